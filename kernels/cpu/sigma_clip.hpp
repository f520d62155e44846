#pragma once
/// \file Sigma clipping of a bin, and the variance of its scatter.

#include "kernels/cpu/bin_result.hpp"
#include "kernels/cpu/simd_bins.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace xrdct::cpu {

/// One pass over a bin parts its pixels into a core, which is far from being rejected, and the few others. Of the core
/// only sums are kept; the others are looked at one by one, cycle after cycle, and decided on in double as they are
/// defined. So nothing is ever subtracted from sums that an outlier was in. A cycle that would reach into the core
/// makes another pass necessary: the parting only saves time, and every decision is that of the definition.
///
/// Everything in a lane depends on the values of that lane alone, to the bit.
class sigma_clip {
 public:
  /// `cycles` may be 0: then only the variance is made.
  sigma_clip(variance_source errors, double threshold, int cycles);

  /// Reduces a bin for the lanes (bit by bit) that are wanted.
  void reduce(bin_values const& bin, std::uint32_t lanes_wanted, std::span<bin_sums, simd::lanes> into);

 private:
  // A pixel outside the core.
  struct outsider {
    double value = 0;     // s/ω
    double signal = 0;    // c·s
    double variance = 0;  // c²·v, of counts
    double weight = 0;    // c·ω
    std::uint32_t entry = 0;
  };
  // What is known of the bin in one lane.
  struct lane_state {
    double reach = 0;  // no pixel of the core is farther from the centre
    int cycle = 0;
    int attempts = 0;      // to part the bin for this cycle
    bool refined = false;  // the centre has been the mean in this cycle, for the digits of the scatter
    std::vector<outsider> outside;
  };

  void guess_core(bin_values const& bin);
  void set_core(std::size_t lane, double centre, double bound);
  void part(bin_values const& bin, std::uint32_t wanted);
  bool advance(bin_values const& bin, std::size_t lane, bin_sums& sums);
  void recentre(std::size_t lane, double mean, double limit);
  static void add_outsiders(std::span<outsider const> outside, bin_sums& sums);
  bin_sums sum_up(bin_values const& bin, std::size_t lane) const;
  void count_left(bin_values const& bin, std::size_t lane, bin_sums& sums) const;
  double scatter(std::size_t lane, bin_sums const& sums, double& terms) const;
  double cutoff(double count) const;
  bool drop(bin_values const& bin, std::size_t lane, double mean, double limit);

  variance_source errors_;
  double threshold_;
  int cycles_;
  simd::core_bounds bounds_;
  simd::core_sums core_;
  simd::lost_totals lost_;
  std::array<lane_state, simd::lanes> state_;
  std::vector<simd::outside_entry> found_;
};

}  // namespace xrdct::cpu
