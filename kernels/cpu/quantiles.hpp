#pragma once
/// \file Trimmed means and medians of bins.

#include "kernels/cpu/bin_result.hpp"
#include "kernels/cpu/huge_buffer.hpp"
#include "kernels/cpu/simd_quantiles.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace xrdct::cpu {

/// Rejects all pixels of a bin that are not between two quantiles of s/ω, without sorting the bin. A sorted sample, and
/// the weights below a few pivots, bracket each quantile by two values with few pixels between them. One pass then
/// sums up the weight below, and the pixels that surely stay, and lists those in the brackets, which are sorted and
/// decided on one by one.
///
/// As defined, weights are added up from the least value on; here those below a bracket are added in another order, so
/// that sums differ by rounding. What that could decide is decided by sorting all of the bin.
///
/// Bins with few entries are left to simd_small_bins.hpp.
///
/// Everything in a lane depends on the values of that lane alone, to the bit.
class quantiles {
 public:
  quantiles(variance_source errors, double lower, double upper);

  /// Reduces a bin for the lanes (bit by bit) that are wanted.
  void reduce(bin_values const& bin, std::uint32_t lanes_wanted, std::span<bin_sums, simd::lanes> into);

 private:
  // Keys between which the pixel is whose weight reaches `target`.
  struct bracket {
    float begin = 0, end = 0;
    double weight_begin = 0, weight_end = 0;  // of all keys below
  };
  struct quantile {
    double share = 0;
    std::array<bracket, simd::lanes> in;
  };

  void reduce_small(bin_values const& bin, std::uint32_t lanes_wanted, std::span<bin_sums, simd::lanes> into) const;
  void bracket(bin_values const& bin, std::span<quantile> which);
  float sampled_key(std::size_t lane, double rank) const;
  void set_first_pivots(quantile const& which, std::size_t lane, std::span<simd::per_lane<float>> pivot) const;
  void set_sampled_pivots(quantile const& which, std::size_t lane, std::span<simd::per_lane<float>> pivot) const;
  bool set_pivots(bin_values const& bin, quantile const& which, std::size_t lane,
                  std::span<simd::per_lane<float>> pivot) const;
  void narrow(bin_values const& bin, std::span<quantile> which);
  void narrow(quantile& which, std::size_t first_pivot) const;
  void set_ranges();
  void list(std::uint32_t wanted, std::size_t found);
  bool keep_listed(bin_values const& bin, std::size_t lane, bin_sums& sums);
  bool middle_is_certain(std::size_t lane, float low, float high, double first_weight, double error,
                         double rounding) const;
  void add(bin_values const& bin, std::size_t lane, std::uint32_t entry, bin_sums& sums, double& moment) const;
  void reduce_by_sorting(bin_values const& bin, std::size_t lane, bin_sums& sums);
  void keep_between(bin_values const& bin, std::size_t lane);
  bin_sums sum_up(bin_values const& bin, std::size_t lane) const;

  variance_source errors_;
  std::array<quantile, 2> both_;
  quantile& lower_ = both_[0];
  quantile& upper_ = both_[1];
  simd::pivot_keys pivot_;
  simd::pivot_weights below_;
  huge_buffer<float> keys_;
  std::vector<float> sample_;
  simd::per_lane<std::uint32_t> alive_{};
  simd::per_lane<double> weight_{};
  simd::per_lane<double> centre_{};
  simd::key_ranges ranges_;
  simd::middle_sums middle_;
  std::vector<simd::outside_entry> found_;
  std::array<std::vector<std::uint64_t>, simd::lanes> listed_;  // s/ω and entry, as one number that sorts as they do
  std::vector<std::uint64_t> sorted_;
};

}  // namespace xrdct::cpu
