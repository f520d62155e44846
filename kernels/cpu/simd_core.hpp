#pragma once
/// \file The inner loops of sigma clipping: the core of a bin, which is far from being rejected, and the pixels outside
/// it. In 16 lanes as those of simd.hpp, and compiled as they are for several instruction sets.

#include "kernels/cpu/bin_order.hpp"
#include "kernels/cpu/simd.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace xrdct::cpu::simd {

template <class T>
using per_lane = std::array<T, lanes>;

/// Where the values s/ω of a bin lie, by a sample of at most 128 of them that leaves out what is more than `cutoff`
/// deviations from the rest: only a guess, but one that depends on nothing but the lane's own values.
void guess_spread(float const* rows, bin_entries const& bin, float cutoff, per_lane<float>& mean,
                  per_lane<float>& deviation);

/// Clipping by the variance of counts: up to so many times, what is more than cutoff·√(max(mean·norm, floor))/|norm|
/// from the mean is dropped.
struct count_clipping {
  float cutoff = 0, norm = 0, floor = 0;
  float room = 0;  ///< in deviations of what is left
  int cycles = 0;
};

/// Between which values s/ω those lie that are dropped in no cycle, less some room on both sides; by the mean of all,
/// which outliers may have moved far, and then by the sample alone. Only a guess, of the same kind.
void guess_kept(float const* rows, bin_entries const& bin, count_clipping const& how, per_lane<float>& low,
                per_lane<float>& high);

/// What is thought to be no outlier: |s/ω − centre| ≤ bound, in float32. Nothing is if the bound is negative.
struct alignas(64) core_bounds {
  per_lane<double> centre{};
  per_lane<float> bound{};
};

/// Sums over pixels in the core.
struct alignas(64) core_sums {
  per_lane<double> signal{};    ///< Σ c·s
  per_lane<double> variance{};  ///< Σ c²·max(raw, floor); or Σ (c·ω)²·(s/ω − centre)²
  per_lane<double> moment{};    ///< Σ (c·ω)²·(s/ω − centre), beside the latter
};

/// An entry, and the lanes (bit by bit) in which it is not in the core.
struct outside_entry {
  std::uint32_t entry = 0;
  std::uint32_t lanes = 0;
};

/// Sums up the core and lists the entries with other pixels in the lanes wanted, dead ones among them, by ascending
/// entries; returns how many these are. `found` has room for all. Only the sums of lanes wanted have a meaning.
std::size_t sum_core(float const* rows, bin_entries const& bin, float variance_floor, core_bounds const& bounds,
                     std::uint32_t wanted, core_sums& sums, outside_entry* found);
/// The same with the scatter about the centre as variance.
std::size_t sum_core_scatter(float const* rows, bin_entries const& bin, core_bounds const& bounds, std::uint32_t wanted,
                             core_sums& sums, outside_entry* found);

/// What dead and dropped pixels would have added to the totals of a bin.
struct alignas(64) lost_totals {
  per_lane<double> norm{}, norm_squares{}, count{}, variance{}, entries{};
};

/// Which pixels are outliers: |s/ω − mean| > limit, in double. What is at most `surely_within` from `centre` in float32
/// is none, and what is more than `surely_beyond` from it is one.
struct alignas(64) clip_limits {
  per_lane<double> mean{}, limit{};
  per_lane<float> centre{}, surely_within{}, surely_beyond{};
};

/// Sums up what is lost by the dead pixels among the entries found, and takes their lanes out of `found`.
void sum_lost(float const* rows, bin_entries const& bin, outside_entry* found, std::size_t count, lost_totals& lost);
/// Sums up, in the lanes wanted, the pixels found outside the core as the core is summed up. All other lanes, and
/// entries of which none is left, are taken out of `found`; returns how many are left in it.
std::size_t sum_outside(float const* rows, bin_entries const& bin, float variance_floor, bool scatter,
                        core_bounds const& bounds, std::uint32_t wanted, outside_entry* found, std::size_t count,
                        core_sums& sums);
/// Outliers in the lanes wanted die: they are added to what is lost, are NaN in the rows, and no longer in the lanes of
/// `found`. Returns the lanes that have any. `outliers` has room for as many entries as `found`.
std::uint32_t drop_outside(float* rows, bin_entries const& bin, clip_limits const& limits, std::uint32_t wanted,
                           outside_entry* found, std::size_t count, outside_entry* outliers, lost_totals& lost);

}  // namespace xrdct::cpu::simd
