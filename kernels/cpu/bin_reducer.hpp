#pragma once
/// \file 16 frames, sorted by bins, are reduced bin by bin: for what needs all pixels of a bin more than once.

#include "kernels/cpu/aligned_buffer.hpp"
#include "kernels/cpu/bin_order.hpp"
#include "kernels/cpu/bin_result.hpp"
#include "kernels/cpu/bin_store.hpp"
#include "kernels/cpu/quantiles.hpp"
#include "kernels/cpu/sigma_clip.hpp"
#include "xrdct/kernels/reduction.hpp"

#include <cstdint>
#include <vector>

namespace xrdct::cpu {

/// Errors and rejection that cannot be had in one pass over the pixels.
bool needs_whole_bins(error_model errors, rejection const& reject);

/// The memory of one thread: the store, and 64 bytes for every entry of the largest bin.
class bin_reducer {
 public:
  bin_reducer(bin_order const& order, error_model errors, rejection const& reject);

  bin_store& store() { return store_; }
  /// Reduces all bins for the lanes (bit by bit) that are wanted.
  void reduce(std::uint32_t lanes_wanted);
  bin_sums const& sums(std::size_t bin, std::size_t lane) const { return sums_[bin * simd::lanes + lane]; }

 private:
  bin_order const& order_;
  bin_store store_;
  bool by_quantiles_;
  quantiles quantiles_;
  sigma_clip clip_;
  huge_buffer<float> rows_;  // of one bin
  std::vector<bin_sums> sums_;
};

}  // namespace xrdct::cpu
