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
    for_each_lane(wanted, [&](std::size_t lane) {
      if (advance(bin, lane, into[lane])) wanted &= ~(1U << lane);
    });
  }
}

// Three standard deviations, or somewhat less than is allowed: few pixels are outside, and the mean may change, and be
// another than guessed, without reaching into the core. Variances of counts grow less by outliers than means move.
void sigma_clip::guess_core(bin_values const& bin) {
  simd::per_lane<float> mean, deviation;
  simd::guess_spread(bin.rows, bin.entries, mean, deviation);
  auto const& all = bin.totals;
  double const allowed = cutoff(all.count);
  double const wide =
      errors_.scatter ? std::clamp(3.0, 0.6 * allowed, 0.75 * allowed) : std::max(0.6 * allowed, allowed - 1.1);
  double const usual_norm = all.norm / all.count;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    double const centre = std::isfinite(mean[lane]) ? static_cast<double>(mean[lane]) : 0.0;
    double spread = deviation[lane];
    if (errors_.image) spread = std::sqrt(all.variance / all.norm_squares);
    if (!errors_.image && !errors_.scatter)
      spread = std::sqrt(std::max<double>(centre * usual_norm, errors_.floor)) / std::abs(usual_norm);
    set_core(lane, centre, std::isfinite(spread) ? wide * spread : infinity);
  }
}

void sigma_clip::set_core(std::size_t lane, double centre, double bound) {
  if (cycles_ == 0) bound = infinity;
  bounds_.centre[lane] = centre;
  bounds_.bound[lane] = static_cast<float>(bound);
  state_[lane].reach = farthest(centre, static_cast<double>(bounds_.bound[lane]));
}

// Sums up the core, and makes lists of what is not in it. Lanes that are not wanted have no lists.
void sigma_clip::part(bin_values const& bin, std::uint32_t wanted) {
  auto const& of = bin.entries;
  if (found_.size() < of.size) found_.resize(of.size);
  auto const count = errors_.scatter ? simd::sum_core_scatter(bin.rows, of, bounds_, core_, found_.data())
                                     : simd::sum_core(bin.rows, of, errors_.floor, bounds_, core_, found_.data());
  lost_ = {};
  simd::sum_lost(bin.rows, of, found_.data(), count, lost_);
  for_each_lane(wanted, [&](std::size_t lane) { state_[lane].outside.clear(); });
  for (std::size_t i = 0; i < count; ++i) {
    auto const e = found_[i].entry;
    double const c = bin.coefficient(e), norm = bin.norm(e), square = errors_.scatter ? 0.0 : c * c;
    for_each_lane(found_[i].lanes & wanted, [&](std::size_t lane) {
      double const s = bin.signal(e, lane), v = std::max(bin.raw(e, lane), errors_.floor);
      state_[lane].outside.push_back({s / norm, c * s, square * v, c * norm, e});
    });
  }
}

// Clips, cycle by cycle. Returns true when that is done, or false when the bin has to be parted anew.
bool sigma_clip::advance(bin_values const& bin, std::size_t lane, bin_sums& sums) {
  auto& state = state_[lane];
  for (;; ++state.cycle) {
    sums = sum_up(bin, lane);
    double const mean = sums.signal / sums.norm;
    if (errors_.scatter && sums.norm != 0) {
      double terms = 0;
      sums.variance = scatter(lane, sums, terms);
      if (!state.refined && sums.variance < few_of_square * terms && std::isfinite(mean)) {
        state.refined = true;
        set_core(lane, mean, static_cast<double>(bounds_.bound[lane]));
        return false;
      }
    }
    if (state.cycle == cycles_ || sums.norm == 0 || !(sums.variance > 0)) return true;
    double const equal = std::numeric_limits<float>::epsilon() * std::abs(mean);
    double const limit = std::max(cutoff(sums.count) * std::sqrt(sums.variance / sums.norm_squares), equal);
    if (std::abs(mean - bounds_.centre[lane]) + state.reach > limit * (1 - 1e-9)) {
      recentre(lane, mean, limit);
      return false;
    }
    if (!drop(bin, lane, mean, limit)) return true;
    state.attempts = 0;
    state.refined = false;
  }
}

// A cycle would reach into the core. A core about the same centre that is smaller, if that is not much smaller, lasts
// longer than one about a mean that outliers have moved.
void sigma_clip::recentre(std::size_t lane, double mean, double limit) {
  auto& state = state_[lane];
  double const centre = bounds_.centre[lane], room = 0.9 * (limit - std::abs(mean - centre));
  bool const is_sound = state.attempts++ < 2;
  if (is_sound && room > 0.6 * static_cast<double>(bounds_.bound[lane]) && farthest(centre, room) < room / 0.9) {
    set_core(lane, centre, room);
  } else {
    double const bound = 0.8 * limit;
    set_core(lane, mean, is_sound && farthest(mean, bound) < 0.95 * limit ? bound : -1);
  }
}

// Four sums side by side, as an addition takes as long as four.
void sigma_clip::add_outsiders(std::span<outsider const> outside, bin_sums& sums) {
  double signal[4] = {}, variance[4] = {};
  std::size_t i = 0;
  for (; i + 4 <= outside.size(); i += 4) {
    for (std::size_t k = 0; k < 4; ++k) {
      signal[k] += outside[i + k].signal;
      variance[k] += outside[i + k].variance;
    }
  }
  for (std::size_t k = 0; i + k < outside.size(); ++k) {
    signal[k] += outside[i + k].signal;
    variance[k] += outside[i + k].variance;
  }
  sums.signal += (signal[0] + signal[1]) + (signal[2] + signal[3]);
  sums.variance += (variance[0] + variance[1]) + (variance[2] + variance[3]);
}

bin_sums sigma_clip::sum_up(bin_values const& bin, std::size_t lane) const {
  bin_sums sums;
  sums.signal = core_.signal[lane];
  sums.variance = core_.variance[lane];
  add_outsiders(state_[lane].outside, sums);
  sums.norm = bin.totals.norm - lost_.norm[lane];
  sums.norm_squares = bin.totals.norm_squares - lost_.norm_squares[lane];
  sums.count = bin.totals.count - lost_.count[lane];
  auto const image = bin.totals.variance - lost_.variance[lane];
  if (errors_.image) sums.variance = image;
  bool const vague = sums.count < few * bin.totals.count || sums.norm_squares < few * bin.totals.norm_squares ||
                     std::abs(image) < few * std::abs(bin.totals.variance);
  if (lost_.entries[lane] == bin.entries.size) return {};
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
  double about_centre = core_.variance[lane];
  double moment = core_.moment[lane];
  for (auto const& o : state_[lane].outside) {
    double const off = o.weight * (o.value - centre);
    about_centre += off * off;
    moment += o.weight * off;
  }
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

bool sigma_clip::drop(bin_values const& bin, std::size_t lane, double mean, double limit) {
  return std::erase_if(state_[lane].outside, [&](outsider const& o) {
           if (!(std::abs(o.value - mean) > limit)) return false;
           auto const e = o.entry;
           double const c = bin.coefficient(e);
           lost_.norm[lane] += o.weight;
           lost_.norm_squares[lane] += o.weight * o.weight;
           lost_.count[lane] += c;
           if (bin.entries.variance != nullptr)
             lost_.variance[lane] += c * c * static_cast<double>(bin.entries.variance[e]);
           ++lost_.entries[lane];
           bin.rows[e * lanes + lane] = std::numeric_limits<float>::quiet_NaN();
           return true;
         }) > 0;
}

}  // namespace xrdct::cpu
