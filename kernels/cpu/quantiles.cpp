#include "kernels/cpu/quantiles.hpp"

#include "kernels/cpu/simd_small_bins.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace xrdct::cpu {

namespace {

using simd::lanes;

constexpr float infinity = std::numeric_limits<float>::infinity();

// Bins of fewer entries are sorted.
constexpr std::size_t few_entries = 64;

// Brackets of so many are sorted, and no longer narrowed; nor after so many passes.
constexpr double few_listed = 128;
constexpr int most_passes = 1;

// Sorts as the value does, and equal ones by entries.
std::uint64_t sort_key(float value, std::uint32_t entry) {
  auto const bits = std::bit_cast<std::uint32_t>(value + 0.0F);  // −0 is 0
  std::uint32_t const ordered = bits ^ ((bits >> 31) != 0 ? 0xffffffffU : 0x80000000U);
  return std::uint64_t{ordered} << 32 | entry;
}
std::uint32_t entry_of(std::uint64_t key) { return static_cast<std::uint32_t>(key); }

float single(double x) { return static_cast<float>(x); }

}  // namespace

quantiles::quantiles(variance_source errors, double lower, double upper)
    : errors_(errors), both_{{{lower, {}}, {upper, {}}}} {}

void quantiles::reduce(bin_values const& bin, std::uint32_t lanes_wanted, std::span<bin_sums, lanes> into) {
  auto const& of = bin.entries;
  if (simd::is_small(of)) return reduce_small(bin, lanes_wanted, into);
  bool const selects = of.positive && of.size > few_entries;
  if (selects) {
    if (found_.size() < of.size) found_.resize(of.size);
    if (keys_.size() < of.size * lanes) keys_ = huge_buffer<float>(of.size * lanes);
    sample_.resize(sample_size * lanes);
    simd::make_keys(bin.rows, of, keys_.data(), weight_);
    simd::sort_sample(keys_.data(), of, sample_.data(), alive_);
    bracket(bin, std::span(both_).first(upper_.share != lower_.share ? 2 : 1));
    set_ranges();
    auto const kind = errors_.scatter ? simd::variance_kind::scatter
                      : errors_.image ? simd::variance_kind::image
                                      : simd::variance_kind::raw;
    list(lanes_wanted,
         simd::sum_middle(bin.rows, keys_.data(), of, kind, errors_.floor, centre_, ranges_, middle_, found_.data()));
  }
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    if ((lanes_wanted >> lane & 1) == 0) continue;
    if (!selects || !keep_listed(bin, lane, into[lane])) reduce_by_sorting(bin, lane, into[lane]);
  }
}

void quantiles::reduce_small(bin_values const& bin, std::uint32_t lanes_wanted, std::span<bin_sums, lanes> into) const {
  auto const kind = errors_.scatter ? simd::variance_kind::scatter
                    : errors_.image ? simd::variance_kind::image
                                    : simd::variance_kind::raw;
  simd::small_bin_sums sums;
  simd::keep_middle(bin.rows, bin.entries, kind, errors_.floor, lower_.share, upper_.share, sums);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    if ((lanes_wanted >> lane & 1) == 0) continue;
    into[lane] = {sums.signal[lane], errors_.none ? 0 : sums.variance[lane], sums.norm[lane], sums.norm_squares[lane],
                  sums.count[lane]};
  }
}

// By pivots from the sample, twice, the second time those next to where the quantile seems to be; and then, if still
// many pixels are in between, by linear interpolation, though values may be lumped.
void quantiles::bracket(bin_values const& bin, std::span<quantile> which) {
  auto const set_all = [&](auto set) {
    for (std::size_t q = 0; q < which.size(); ++q)
      for (std::size_t lane = 0; lane < lanes; ++lane)
        set(which[q], lane, std::span(pivot_).subspan(q * simd::pivots, simd::pivots));
  };
  set_all([&](auto& of, std::size_t lane, auto pivot) {
    of.in[lane] = {-infinity, infinity, 0, weight_[lane]};
    set_first_pivots(of, lane, pivot);
  });
  narrow(bin, which);
  set_all([&](auto& of, std::size_t lane, auto pivot) { set_sampled_pivots(of, lane, pivot); });
  narrow(bin, which);
  for (int pass = 0; pass < most_passes; ++pass) {
    bool any = false;
    set_all([&](auto& of, std::size_t lane, auto pivot) { any = set_pivots(bin, of, lane, pivot) || any; });
    if (!any) break;
    narrow(bin, which);
  }
}

void quantiles::set_first_pivots(quantile const& which, std::size_t lane,
                                 std::span<simd::per_lane<float>> pivot) const {
  double const rank = which.share * alive_[lane];
  double const spread = std::max(1.0, std::sqrt(rank * (1 - which.share)));  // of a quantile in a sample
  double const off[simd::pivots] = {-2.5, -0.8, 0.8, 2.5};
  for (std::size_t i = 0; i < simd::pivots; ++i) pivot[i][lane] = sampled_key(lane, std::floor(rank + off[i] * spread));
}

float quantiles::sampled_key(std::size_t lane, double rank) const {
  if (!(rank >= 0)) return -infinity;
  if (rank >= alive_[lane]) return infinity;
  return sample_[static_cast<std::size_t>(rank) * lanes + lane];
}

void quantiles::set_sampled_pivots(quantile const& which, std::size_t lane,
                                   std::span<simd::per_lane<float>> pivot) const {
  auto const& now = which.in[lane];
  std::size_t first = 0, last = alive_[lane];  // ranks of the sample's keys in the bracket
  while (first < last && sample_[first * lanes + lane] <= now.begin) ++first;
  while (last > first && sample_[(last - 1) * lanes + lane] >= now.end) --last;
  double const share = (which.share * weight_[lane] - now.weight_begin) / (now.weight_end - now.weight_begin);
  double const rank = std::floor(static_cast<double>(first) + share * static_cast<double>(last - first + 1)) - 1;
  for (std::size_t i = 0; i < simd::pivots; ++i) pivot[i][lane] = sampled_key(lane, rank - 1 + static_cast<double>(i));
}

// Returns false, and sets none, where the bracket is narrow enough.
bool quantiles::set_pivots(bin_values const& bin, quantile const& which, std::size_t lane,
                           std::span<simd::per_lane<float>> pivot) const {
  auto const& now = which.in[lane];
  for (auto& of_lane : pivot) of_lane[lane] = now.begin;
  double const inside = now.weight_end - now.weight_begin;
  bool const is_narrow = inside * static_cast<double>(bin.entries.size) <= few_listed * weight_[lane];
  double const begin = std::isfinite(now.begin) ? now.begin : sampled_key(lane, 0);
  double const end = std::isfinite(now.end) ? now.end : sampled_key(lane, alive_[lane] - 1.0);
  double const width = end - begin;
  if (is_narrow || !std::isfinite(width) || !(std::nextafter(now.begin, infinity) < now.end)) return false;
  double const share = std::clamp((which.share * weight_[lane] - now.weight_begin) / inside, 0.0, 1.0);
  double const below = std::max(share - 0.06, 0.5 * share), above = std::min(share + 0.06, 0.5 * (share + 1));
  double const at[simd::pivots] = {0.5 * below, below, above, 0.5 * (above + 1)};
  for (std::size_t i = 0; i < simd::pivots; ++i)
    pivot[i][lane] = std::clamp(single(begin + at[i] * width), now.begin, now.end);
  return true;
}

void quantiles::narrow(bin_values const& bin, std::span<quantile> which) {
  simd::weigh_below(keys_.data(), bin.entries, pivot_, which.size(), below_);
  for (std::size_t q = 0; q < which.size(); ++q) narrow(which[q], q * simd::pivots);
}

// Weights are known to about 10⁻⁵: of pivots that are that near, the next one is taken.
void quantiles::narrow(quantile& which, std::size_t first_pivot) const {
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    auto& now = which.in[lane];
    double const target = which.share * weight_[lane], near = 1e-4 * weight_[lane];
    for (auto i = first_pivot; i < first_pivot + simd::pivots; ++i) {
      float const key = pivot_[i][lane];
      double const weight = below_[i][lane];
      if (weight < target - near && key > now.begin) {
        now.begin = key;
        now.weight_begin = weight;
      }
      if (weight > target + near && key < now.end) {
        now.end = key;
        now.weight_end = weight;
      }
    }
  }
}

// Brackets that touch are one.
void quantiles::set_ranges() {
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    auto const& low = lower_.in[lane];
    auto const& high = upper_.share != lower_.share ? upper_.in[lane] : low;
    bool const one = !(low.end < high.begin);
    ranges_.first_begin[lane] = std::min(low.begin, high.begin);
    ranges_.first_end[lane] = one ? std::max(low.end, high.end) : low.end;
    ranges_.second_begin[lane] = one ? -infinity : high.begin;
    ranges_.second_end[lane] = one ? std::numeric_limits<float>::quiet_NaN() : high.end;
    double const middle = 0.5 * (static_cast<double>(low.end) + static_cast<double>(high.begin));
    centre_[lane] = std::isfinite(middle) ? middle : 0;
  }
}

void quantiles::list(std::uint32_t wanted, std::size_t found) {
  for (auto& of_lane : listed_) of_lane.clear();
  for (std::size_t i = 0; i < found; ++i) {
    auto const e = found_[i].entry;
    for (auto bits = found_[i].lanes & wanted; bits != 0; bits &= bits - 1) {
      auto const lane = static_cast<std::size_t>(std::countr_zero(bits));
      listed_[lane].push_back(sort_key(keys_.data()[e * lanes + lane], e));
    }
  }
}

// Returns false if rounding may decide.
bool quantiles::keep_listed(bin_values const& bin, std::size_t lane, bin_sums& sums) {
  auto const& of = bin.entries;
  auto& listed = listed_[lane];
  if (!std::is_sorted(listed.begin(), listed.end())) std::sort(listed.begin(), listed.end());
  // Of a sum of n positive numbers in any order.
  double const rounding = 4 * std::numeric_limits<double>::epsilon() * static_cast<double>(of.size) * weight_[lane];
  auto const low = single(lower_.share * weight_[lane]), high = single(upper_.share * weight_[lane]);
  if (single(lower_.share * (weight_[lane] - rounding)) != single(lower_.share * (weight_[lane] + rounding)) ||
      single(upper_.share * (weight_[lane] - rounding)) != single(upper_.share * (weight_[lane] + rounding)))
    return false;

  bool const has_middle = ranges_.second_begin[lane] > ranges_.first_end[lane];
  double error = ranges_.first_begin[lane] == -infinity ? 0 : rounding;  // nothing has been added in another order yet
  double sum = middle_.weight_below[lane], moment = middle_.moment[lane];
  if (ranges_.first_begin[lane] != -infinity && sum > 0 && !(single(sum + error) < low)) return false;
  sums = {middle_.signal[lane], middle_.variance[lane], middle_.norm[lane], middle_.norm_squares[lane],
          middle_.count[lane]};
  bool before_middle = has_middle;
  auto const end_of_first = sort_key(ranges_.first_end[lane], std::numeric_limits<std::uint32_t>::max());
  for (auto const key : listed) {
    auto const e = entry_of(key);
    if (before_middle && key > end_of_first) {
      if (!middle_is_certain(lane, low, high, sum, error, rounding)) return false;
      sum += middle_.weight[lane];
      error = rounding;
      before_middle = false;
    }
    double const from = sum;
    sum += static_cast<double>(of.coefficient[e] * of.norm[e]);
    float const from_low = single(from - error), from_high = single(from + error);
    float const to_low = single(sum - error), to_high = single(sum + error);
    bool const surely = (low <= from_low && to_high <= high) || (from_high <= low && high <= to_low);
    bool const perhaps = (low <= from_high && to_low <= high) || (from_low <= low && high <= to_high);
    if (surely != perhaps) return false;
    if (surely) add(bin, lane, e, sums, moment);
  }
  if (before_middle) {
    if (!middle_is_certain(lane, low, high, sum, error, rounding)) return false;
    sum += middle_.weight[lane];
    error = rounding;
  }
  float const end = has_middle ? ranges_.second_end[lane] : ranges_.first_end[lane];
  if (end != infinity && !(single(sum - error) > high)) return false;
  if (errors_.none) sums.variance = 0;
  if (!errors_.scatter) return true;
  if (sums.norm == 0) return sums.count == 0;
  double const shift = sums.signal / sums.norm - centre_[lane], about_centre = sums.variance;
  sums.variance = std::max(0.0, about_centre - 2 * shift * moment + shift * shift * sums.norm_squares);
  return sums.variance >= 1e-6 * (about_centre + shift * shift * sums.norm_squares);
}

// Whether all pixels between the brackets stay.
bool quantiles::middle_is_certain(std::size_t lane, float low, float high, double first_weight, double error,
                                  double rounding) const {
  double const weight = middle_.weight[lane];
  return weight == 0 || (single(first_weight - error) >= low && single(first_weight + weight + rounding) <= high);
}

// A pixel that stays; with its scatter about the centre.
void quantiles::add(bin_values const& bin, std::size_t lane, std::uint32_t e, bin_sums& sums, double& moment) const {
  double const c = bin.coefficient(e), weight = c * bin.norm(e);
  double const s = bin.signal(e, lane);
  sums.signal += c * s;
  sums.norm += weight;
  sums.norm_squares += weight * weight;
  sums.count += c;
  if (errors_.image) {
    sums.variance += c * c * static_cast<double>(bin.entries.variance[e]);
  } else if (errors_.scatter) {
    double const off = weight * (s / bin.norm(e) - centre_[lane]);
    sums.variance += off * off;
    moment += weight * off;
  } else {
    sums.variance += c * c * static_cast<double>(std::max(bin.raw(e, lane), errors_.floor));
  }
}

void quantiles::reduce_by_sorting(bin_values const& bin, std::size_t lane, bin_sums& sums) {
  keep_between(bin, lane);
  sums = sum_up(bin, lane);
}

void quantiles::keep_between(bin_values const& bin, std::size_t lane) {
  auto const& of = bin.entries;
  sorted_.clear();
  for (std::uint32_t e = 0; e < of.size; ++e)
    if (bin.is_left(e, lane)) sorted_.push_back(sort_key(bin.signal(e, lane) / of.norm[e], e));
  std::sort(sorted_.begin(), sorted_.end());
  auto const weight = [&](std::uint64_t key) {
    return static_cast<double>(of.coefficient[entry_of(key)] * of.norm[entry_of(key)]);
  };
  double total = 0;
  for (auto const key : sorted_) total += weight(key);
  auto const low = single(lower_.share * total), high = single(upper_.share * total);
  double sum = 0;
  for (auto const key : sorted_) {
    auto const from = single(sum);
    sum += weight(key);
    auto const to = single(sum);
    bool const stays = (low <= from && to <= high) || (from <= low && high <= to);
    if (!stays) bin.rows[entry_of(key) * lanes + lane] = std::numeric_limits<float>::quiet_NaN();
  }
}

bin_sums quantiles::sum_up(bin_values const& bin, std::size_t lane) const {
  bin_sums sums;
  for (std::size_t e = 0; e < bin.entries.size; ++e) {
    if (!bin.is_left(e, lane)) continue;
    double const c = bin.coefficient(e), weight = c * bin.norm(e);
    sums.signal += c * static_cast<double>(bin.signal(e, lane));
    sums.norm += weight;
    sums.norm_squares += weight * weight;
    sums.count += c;
    if (errors_.image) sums.variance += c * c * static_cast<double>(bin.entries.variance[e]);
    if (!errors_.image && !errors_.scatter && !errors_.none)
      sums.variance += c * c * static_cast<double>(std::max(bin.raw(e, lane), errors_.floor));
  }
  if (!errors_.scatter || sums.norm == 0) return sums;
  double const mean = sums.signal / sums.norm;
  for (std::size_t e = 0; e < bin.entries.size; ++e) {
    if (!bin.is_left(e, lane)) continue;
    double const value = static_cast<double>(bin.signal(e, lane)) / bin.norm(e);
    double const off = bin.coefficient(e) * bin.norm(e) * (value - mean);
    sums.variance += off * off;
  }
  return sums;
}

}  // namespace xrdct::cpu
