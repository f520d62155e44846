#pragma once
/// \file 16 frames sorted by bins: the memory in which all pixels of a bin come together.

#include "kernels/cpu/bin_order.hpp"
#include "kernels/cpu/huge_buffer.hpp"
#include "kernels/cpu/simd.hpp"
#include "kernels/cpu/simd_rows.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace xrdct::cpu {

/// A row holds the values of one pixel in 16 frames. Most are counts below 255 and take a byte each; rows with any
/// other value, or one of a dead pixel, are kept apart as float32. What comes out again does not show the difference.
/// Takes 16 bytes a pixel and 64 for every wide row (16 Mpx: 256 MiB), from when it is first used.
class bin_store {
 public:
  explicit bin_store(bin_order const& order) : order_(order) {}

  /// Forgets all frames.
  void clear();
  /// Takes a slice: rows of its pixels, as made by simd::make_rows, NaN marking dead ones.
  template <class T>
  void put(T const* rows, std::size_t slice) {
    auto const sorted = order_.slice(slice);
    make_room(sorted);
    wide_used_ = simd::store_rows(rows, sorted, narrow_.data(), wide_.data(), wide_used_);
  }
  /// The values of a bin, a row an entry.
  void get(bin_entries const& of, float* rows) const { simd::load_rows(narrow_.data(), wide_.data(), of, rows); }

 private:
  void make_room(sorted_slice const& slice);

  bin_order const& order_;
  huge_buffer<std::uint8_t> narrow_;
  huge_buffer<float> wide_;
  std::size_t wide_used_ = 0;
};

}  // namespace xrdct::cpu
