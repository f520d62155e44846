#pragma once
/// \file The integration matrix cut into slices of consecutive pixels, each sorted by bins.

#include "kernels/cpu/pixel_selection.hpp"
#include "kernels/cpu/thread_pool.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace xrdct::cpu {

/// So many entries that follow each other belong to this bin.
struct bin_run {
  std::uint32_t bin = 0;
  std::uint32_t entries = 0;
};

struct slice_entry {
  float coefficient = 0;
  std::uint32_t pixel = 0;  ///< counted from the slice's first
};

/// Runs in ascending bins, entries of a run in ascending pixels: the order of the sums.
struct matrix_slice {
  std::span<bin_run const> runs;
  slice_entry const* entries = nullptr;
  float const* dark = nullptr;  ///< one an entry, or null
};

class matrix_slices {
 public:
  /// Slices of `slice_pixels` pixels; entries of excluded pixels are left out.
  matrix_slices(integration_matrix const& matrix, pixel_selection const& selection, std::span<float const> dark,
                std::size_t slice_pixels, thread_pool& pool);

  std::size_t size() const { return first_run_.size() - 1; }
  matrix_slice operator[](std::size_t slice) const;

 private:
  std::vector<std::size_t> first_run_;    // of every slice, and the end
  std::vector<std::size_t> first_entry_;  // of every slice, and the end
  std::vector<bin_run> runs_;
  std::vector<slice_entry> entries_;
  std::vector<float> dark_;
};

}  // namespace xrdct::cpu
