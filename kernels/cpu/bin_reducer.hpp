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

/// What it costs, counted for one entry of a bin in 16 frames:
/// - stored, 16 bytes; loaded, 16 bytes in and 64 out, to where they stay in the second-level cache;
/// - parted into core and others (1.2 to 1.8 times a bin): 64 bytes in, 4 conversions to double, 4 fused
///   multiply-adds, 4 operations to screen (counts with c = 1: 2 additions in float32 instead);
/// - outside the core, which is an entry in 20 to an entry in 3, for each of 3 to 5 cycles: 64 bytes in, 5 operations
///   that decide, and the same sums again where any pixel has dropped;
/// - quantiles: a division; 2 or 3 times a comparison and an addition for each of 4 pivots a quantile; and between two
///   quantiles 2 conversions, 5 additions or fused multiply-adds in double a half; small bins are sorted instead, see
///   simd_small_bins.cpp.
/// Measured with the powder frames of benchmarks/ (Zen 4, 2.6 GHz, one thread), plain integration being 1, without and
/// with splitting: Eiger 4M (plain 3.7 and 4.4 ms a frame) azimuthal errors 1.7 and 1.7, clipping at 5 σ of Poisson
/// errors 1.7 and 2.4, at 3 σ 2.3 and 3.2, at 3 σ of azimuthal errors 2.0 and 3.2, trimmed mean 3.5 and 4.4, median
/// 2.5 and 2.9; Pilatus 2M (2.1 and 2.5 ms) is up to half as much again, as its rings are a bin wide. The time beside
/// plain integration is that of these passes: were that to take 1.1 ms, clipping at 5 σ would be 3.4 and 6.7.
///
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
