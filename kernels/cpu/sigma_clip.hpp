#pragma once
/// \file Sigma clipping of a bin, and the variance of its scatter.

#include "kernels/cpu/bin_result.hpp"
#include "kernels/cpu/simd_core.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace xrdct::cpu {

/// One pass over a bin parts its pixels into a core, which is far from being rejected, and the others. Of the core only
/// sums are kept; the entries with others are listed and gone through once a cycle, all lanes side by side, by float32
/// where that is sure and in double as it is defined where it is not. So nothing is ever subtracted from sums that an
/// outlier was in. A cycle that would reach into the core makes another pass necessary: the parting only saves time,
/// and every decision is that of the definition.
///
/// Everything in a lane depends on the values of that lane alone, to the bit.
class sigma_clip {
 public:
  /// `cycles` may be 0: then only the variance is made.
  sigma_clip(variance_source errors, double threshold, int cycles);

  /// Reduces a bin for the lanes (bit by bit) that are wanted.
  void reduce(bin_values const& bin, std::uint32_t lanes_wanted, std::span<bin_sums, simd::lanes> into);

 private:
  // What is known of the bin in one lane.
  struct lane_state {
    double reach = 0;  // no pixel of the core is farther from the centre
    int cycle = 0;
    int attempts = 0;      // to part the bin for this cycle
    bool refined = false;  // the centre has been the mean in this cycle, for the digits of the scatter
  };
  enum class next_step : std::uint8_t { end, part, clip };

  void guess_core(bin_values const& bin);
  void guess_core_of_counts(bin_values const& bin);
  void set_core_between(std::size_t lane, double low, double high);
  void set_core(std::size_t lane, double centre, double bound);
  void part(bin_values const& bin, std::uint32_t wanted);
  void sum_outside(bin_values const& bin, std::uint32_t wanted);
  std::uint32_t clip(bin_values const& bin, std::uint32_t wanted, std::span<bin_sums, simd::lanes> into);
  next_step look(bin_values const& bin, std::size_t lane, bin_sums& sums);
  void set_limit(std::size_t lane, double mean, double limit);
  void recentre(std::size_t lane, double mean, double limit);
  bin_sums sum_up(bin_values const& bin, std::size_t lane) const;
  void count_left(bin_values const& bin, std::size_t lane, bin_sums& sums) const;
  double scatter(std::size_t lane, bin_sums const& sums, double& terms) const;
  double cutoff(double count) const;

  variance_source errors_;
  double threshold_;
  int cycles_;
  simd::core_bounds bounds_;
  simd::core_sums core_;
  simd::core_sums outside_;
  simd::lost_totals lost_;
  simd::clip_limits limits_;
  std::array<lane_state, simd::lanes> state_;
  std::vector<simd::outside_entry> found_, outliers_;
  std::size_t found_count_ = 0;
};

}  // namespace xrdct::cpu
