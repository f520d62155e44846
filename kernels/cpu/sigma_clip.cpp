#include "kernels/cpu/sigma_clip.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

namespace xrdct::cpu {
namespace {

using simd::lanes;

constexpr double infinity = std::numeric_limits<double>::infinity();

// A value is screened in float32: fl(fl(s·fl(1/ω)) − fl(centre)). With u = 2⁻²⁴, the product is within 2u·|x|·(1 + u)
// of x = s/ω, the centre within u·|centre|, and the difference d is rounded by u·|d|; with |x| ≤ (|centre| + |d|)·(1 +
// 4u), what is found to be within `bound` is truly within bound·(1 + 4u) + 4u·|centre|, and a bit for products that are
// denormal. The margin is four times as much.
constexpr double margin = 0x1p-20;
double farthest(double centre, double bound) {
  if (bound < 0) return -infinity;
  return bound * (1 + margin) + std::abs(centre) * margin + 1e-43;
}

// When most of a sum has been taken away, or a square is the small difference of large terms, digits are lost: then it
// is made anew.
constexpr double few = 0.25;
constexpr double few_of_square = 1e-6;

template <class F>
void for_each_lane(std::uint32_t bits, F take) {
  for (; bits != 0; bits &= bits - 1) take(static_cast<std::size_t>(std::countr_zero(bits)));
}

}  // namespace

sigma_clip::sigma_clip(variance_source errors, double threshold, int cycles)
    : errors_(errors), threshold_(threshold), cycles_(cycles) {}

void sigma_clip::reduce(bin_values const& bin, std::uint32_t lanes_wanted, std::span<bin_sums, lanes> into) {
  if (bin.entries.size == 0) return;
  for (auto& state : state_) {
    state.cycle = state.attempts = 0;
    state.refined = false;
  }
  guess_core(bin);
  for (auto wanted = lanes_wanted; wanted != 0;) {
    part(bin, wanted);
    wanted = clip(bin, wanted, into);
  }
}

void sigma_clip::guess_core(bin_values const& bin) {
  if (cycles_ > 0 && !errors_.image && !errors_.scatter) return guess_core_of_counts(bin);
  // Somewhat less than is allowed: few pixels are outside, and the mean may change, and
  // be another than guessed, without reaching into the core.
  simd::per_lane<float> mean, deviation;
  auto const& all = bin.totals;
  double const allowed = cutoff(all.count);
  simd::guess_spread(bin.rows, bin.entries, static_cast<float>(allowed), mean, deviation);
  double const wide = errors_.scatter ? 0.84 * allowed : std::max(0.6 * allowed, allowed - 1.1);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    double const centre = std::isfinite(mean[lane]) ? static_cast<double>(mean[lane]) : 0.0;
    double const spread = errors_.image ? std::sqrt(all.variance / all.norm_squares) : deviation[lane];
    set_core(lane, centre, std::isfinite(spread) ? wide * spread : infinity);
  }
}

// Outliers increase variances of counts less than they move means, so that the first cycles may drop pixels on the side
// that later ones do not reach.
void sigma_clip::guess_core_of_counts(bin_values const& bin) {
  auto const& all = bin.totals;
  simd::per_lane<float> low, high;
  simd::guess_kept(bin.rows, bin.entries,
                   {.cutoff = static_cast<float>(cutoff(all.count)),
                    .norm = static_cast<float>(all.norm / all.count),
                    .floor = errors_.floor,
                    .room = 0.35F,
                    .cycles = std::min(cycles_, 6)},
                   low, high);
  for (std::size_t lane = 0; lane < lanes; ++lane) set_core_between(lane, low[lane], high[lane]);
}

void sigma_clip::set_core_between(std::size_t lane, double low, double high) {
  bool const is_one = std::isfinite(low) && std::isfinite(high) && low < high;
  set_core(lane, is_one ? 0.5 * (low + high) : 0, is_one ? 0.5 * (high - low) : -1);
}

void sigma_clip::set_core(std::size_t lane, double centre, double bound) {
  if (cycles_ == 0) bound = infinity;
  bounds_.centre[lane] = centre;
  bounds_.bound[lane] = static_cast<float>(bound);
  state_[lane].reach = farthest(centre, static_cast<double>(bounds_.bound[lane]));
}

// Sums up the core and, apart from it, what is not in it. Lanes that are not wanted have nothing outside.
void sigma_clip::part(bin_values const& bin, std::uint32_t wanted) {
  auto const& of = bin.entries;
  if (found_.size() < of.size) {
    found_.resize(of.size);
    outliers_.resize(of.size);
  }
  found_count_ = errors_.scatter ? simd::sum_core_scatter(bin.rows, of, bounds_, wanted, core_, found_.data())
                                 : simd::sum_core(bin.rows, of, errors_.floor, bounds_, wanted, core_, found_.data());
  lost_ = {};
  simd::sum_lost(bin.rows, of, found_.data(), found_count_, lost_);
  sum_outside(bin, wanted);
}

void sigma_clip::sum_outside(bin_values const& bin, std::uint32_t wanted) {
  found_count_ = simd::sum_outside(bin.rows, bin.entries, errors_.floor, errors_.scatter, bounds_, wanted,
                                   found_.data(), found_count_, outside_);
}

// Clips, cycle by cycle. Returns the lanes for which the bin has to be parted anew.
std::uint32_t sigma_clip::clip(bin_values const& bin, std::uint32_t wanted, std::span<bin_sums, lanes> into) {
  std::uint32_t again = 0;
  for (;;) {
    std::uint32_t clipped = 0;
    for_each_lane(wanted, [&](std::size_t lane) {
      auto const next = look(bin, lane, into[lane]);
      again |= (next == next_step::part ? 1U : 0U) << lane;
      clipped |= (next == next_step::clip ? 1U : 0U) << lane;
    });
    if (clipped == 0) return again;
    wanted = simd::drop_outside(bin.rows, bin.entries, limits_, clipped, found_.data(), found_count_, outliers_.data(),
                                lost_);
    if (wanted == 0) return again;
    sum_outside(bin, wanted);
    for_each_lane(wanted, [&](std::size_t lane) {
      auto& state = state_[lane];
      ++state.cycle;
      state.attempts = 0;
      state.refined = false;
    });
  }
}

// The sums of what is left, and whether that is all, or the bin has to be parted anew, or limits are set to clip it.
sigma_clip::next_step sigma_clip::look(bin_values const& bin, std::size_t lane, bin_sums& sums) {
  auto& state = state_[lane];
  sums = sum_up(bin, lane);
  double const mean = sums.signal / sums.norm;
  if (errors_.scatter && sums.norm != 0) {
    double terms = 0;
    sums.variance = scatter(lane, sums, terms);
    if (!state.refined && sums.variance < few_of_square * terms && std::isfinite(mean)) {
      state.refined = true;
      set_core(lane, mean, static_cast<double>(bounds_.bound[lane]));
      return next_step::part;
    }
  }
  if (state.cycle == cycles_ || sums.norm == 0 || !(sums.variance > 0)) return next_step::end;
  double const equal = std::numeric_limits<float>::epsilon() * std::abs(mean);
  double const limit = std::max(cutoff(sums.count) * std::sqrt(sums.variance / sums.norm_squares), equal);
  if (std::abs(mean - bounds_.centre[lane]) + state.reach > limit * (1 - 1e-9)) {
    recentre(lane, mean, limit);
    return next_step::part;
  }
  set_limit(lane, mean, limit);
  return next_step::clip;
}

// What float32 shows to be surely within or beyond the limit, by the same margin as that of the core.
void sigma_clip::set_limit(std::size_t lane, double mean, double limit) {
  double const off = limit * margin + std::abs(mean) * margin + 1e-43;
  limits_.mean[lane] = mean;
  limits_.limit[lane] = limit;
  limits_.centre[lane] = static_cast<float>(mean);
  limits_.surely_within[lane] = static_cast<float>(limit - off);
  limits_.surely_beyond[lane] = static_cast<float>(limit + off);
}

// A cycle would reach into the core. What the core has in common with this cycle's range, if that is enough, lasts
// longer than one about a mean that outliers have moved.
void sigma_clip::recentre(std::size_t lane, double mean, double limit) {
  auto& state = state_[lane];
  double const centre = bounds_.centre[lane], bound = static_cast<double>(bounds_.bound[lane]);
  bool const is_sound = state.attempts++ < 2 && farthest(mean, 0.96 * limit) < 0.98 * limit;
  double const low = std::max(centre - bound, mean - 0.96 * limit),
               high = std::min(centre + bound, mean + 0.96 * limit);
  if (is_sound && high - low > 0.6 * std::min(2 * bound, limit)) {
    set_core_between(lane, low, high);
  } else {
    set_core(lane, mean, is_sound ? 0.8 * limit : -1);
  }
}

bin_sums sigma_clip::sum_up(bin_values const& bin, std::size_t lane) const {
  bin_sums sums;
  sums.signal = core_.signal[lane] + outside_.signal[lane];
  sums.variance = core_.variance[lane] + outside_.variance[lane];
  sums.norm = bin.totals.norm - lost_.norm[lane];
  sums.norm_squares = bin.totals.norm_squares - lost_.norm_squares[lane];
  sums.count = bin.totals.count - lost_.count[lane];
  auto const image = bin.totals.variance - lost_.variance[lane];
  if (errors_.image) sums.variance = image;
  bool const vague = sums.count < few * bin.totals.count || sums.norm_squares < few * bin.totals.norm_squares ||
                     std::abs(image) < few * std::abs(bin.totals.variance);
  if (lost_.entries[lane] == static_cast<double>(bin.entries.size)) return {};
  if (vague) count_left(bin, lane, sums);
  return sums;
}

// The sums that do not depend on values, pixel by pixel.
void sigma_clip::count_left(bin_values const& bin, std::size_t lane, bin_sums& sums) const {
  sums.norm = sums.norm_squares = sums.count = 0;
  if (errors_.image) sums.variance = 0;
  for (std::size_t e = 0; e < bin.entries.size; ++e) {
    if (!bin.is_left(e, lane)) continue;
    double const c = bin.coefficient(e), weight = c * bin.norm(e);
    sums.norm += weight;
    sums.norm_squares += weight * weight;
    sums.count += c;
    if (errors_.image) sums.variance += c * c * static_cast<double>(bin.entries.variance[e]);
  }
}

// Σ (c·ω)²·(x − I)² by what is known about the centre Z: Σ (c·ω)²·(x − Z)² − 2(I − Z)·Σ (c·ω)²·(x − Z) + (I − Z)²·N2.
double sigma_clip::scatter(std::size_t lane, bin_sums const& sums, double& terms) const {
  double const centre = bounds_.centre[lane];
  double const about_centre = core_.variance[lane] + outside_.variance[lane];
  double const moment = core_.moment[lane] + outside_.moment[lane];
  double const shift = sums.signal / sums.norm - centre;
  terms = about_centre + shift * shift * sums.norm_squares;
  return std::max(0.0, about_centre - 2 * shift * moment + shift * shift * sums.norm_squares);
}

// In standard deviations. Chauvenet's criterion: among n values of a normal distribution, fewer than one half is
// expected beyond about √(2·ln(n/√(2π))).
double sigma_clip::cutoff(double count) const {
  double const n = std::max(3.0, count);
  return std::max(threshold_, std::sqrt(2 * std::log(n / std::sqrt(2 * std::numbers::pi))));
}

}  // namespace xrdct::cpu
