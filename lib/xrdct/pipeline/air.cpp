#include "xrdct/pipeline/air.hpp"

#include "xrdct/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>

namespace xrdct {
namespace {

std::string plural(std::uint64_t count, std::string const& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// Ascending numbers as ranges: "0:40,1900:1968".
std::string ranges_text(std::vector<std::uint64_t> const& numbers) {
  constexpr std::size_t most = 8;
  std::string text;
  std::size_t ranges = 0;
  for (std::size_t i = 0; i < numbers.size(); ++ranges) {
    auto end = i + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    if (ranges == most) return text + ",...";
    text += (text.empty() ? "" : ",") + std::to_string(numbers[i]) + ":" + std::to_string(numbers[end - 1] + 1);
    i = end;
  }
  return text;
}

template <class T>
std::vector<T> chosen(std::vector<T> const& values, std::span<std::uint64_t const> which) {
  std::vector<T> some;
  if (values.empty()) return some;
  for (auto const i : which) some.push_back(values[i]);
  return some;
}

/// The positions of some frames.
scan_positions positions_of(scan_positions all, std::span<std::uint64_t const> which) {
  all.rotation = chosen(all.rotation, which);
  all.translation = chosen(all.translation, which);
  all.layer = chosen(all.layer, which);
  return all;
}

void require_columns(air_plan const& air, scan_plan const& scan) {
  if (air.columns == 0 || 2 * air.columns < scan.translation.size()) return;
  throw input_error(plural(air.columns, "column") + " of air on both sides leave nothing of " +
                    plural(scan.translation.size(), "translation") + "; correct --air columns:N");
}

}  // namespace

air_plan plan_air(air_options const& options, std::uint64_t frames, std::span<std::uint64_t const> flats) {
  air_plan plan;
  plan.columns = static_cast<std::uint64_t>(options.columns);
  if (options.flat) {
    if (flats.empty()) throw input_error("--air flat: the file marks no frame as taken without a sample");
    plan.frames.assign(flats.begin(), flats.end());
  }
  for (auto const& range : options.frames) {
    if (range.first >= frames || range.count > frames - range.first)
      throw input_error("--air " + std::to_string(range.first) + ":" + std::to_string(range.first + range.count) +
                        ": there are " + plural(frames, "frame") + ", counted from 0");
    for (std::uint64_t i = 0; i < range.count; ++i) plan.frames.push_back(range.first + i);
  }
  std::sort(plan.frames.begin(), plan.frames.end());
  plan.frames.erase(std::unique(plan.frames.begin(), plan.frames.end()), plan.frames.end());
  return plan;
}

scan_positions spread_over(scan_positions const& rest, air_plan const& air, std::uint64_t frames) {
  if (air.frames.empty()) return rest;
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  auto all = rest;
  auto const spread = [&](std::vector<double> const& values) {
    if (values.empty()) return values;
    std::vector<double> wide(frames, none);
    auto next = values.begin();
    auto is_air = air.frames.begin();
    for (std::uint64_t f = 0; f < frames && next != values.end(); ++f) {
      if (is_air != air.frames.end() && *is_air == f) {
        ++is_air;
      } else {
        wide[f] = *next++;
      }
    }
    return wide;
  };
  all.rotation = spread(rest.rotation);
  all.translation = spread(rest.translation);
  all.layer = spread(rest.layer);
  return all;
}

scan_plan plan_without_air(scan_positions const& positions, air_plan const& air, plan_options const& options) {
  auto const frames = positions.rotation.size();
  if (air.frames.empty() || positions.translation.size() != frames) {
    auto plan = make_plan(positions, options);
    require_columns(air, plan);
    return plan;
  }
  std::vector<std::uint64_t> all(frames), rest;
  std::iota(all.begin(), all.end(), std::uint64_t{0});
  std::set_difference(all.begin(), all.end(), air.frames.begin(), air.frames.end(), std::back_inserter(rest));
  if (rest.empty()) throw input_error("--air: all frames show air, and none is left for the sinogram");
  auto plan = make_plan(positions_of(positions, rest), options);
  std::vector<std::int64_t> entry(frames, -1);
  for (std::size_t i = 0; i < rest.size(); ++i) entry[rest[i]] = plan.entry[i];
  plan.entry = std::move(entry);
  return plan;
}

std::vector<std::uint8_t> shows_air(air_plan const& air, scan_plan const& scan, std::uint64_t frames) {
  std::vector<std::uint8_t> flags(frames);
  for (auto const f : air.frames) flags[f] = 1;
  auto const translations = scan.translation.size();
  for (std::size_t f = 0; f < scan.entry.size(); ++f)
    if (scan.entry[f] >= 0 && air.is_column(static_cast<std::uint64_t>(scan.entry[f]) % translations, translations))
      flags[f] = 1;
  return flags;
}

std::string describe(air_plan const& air) {
  if (air.columns > 0)
    return "the " +
           (air.columns == 1 ? std::string("outermost translation")
                             : std::to_string(air.columns) + " outermost translations") +
           " on both sides of every rotation";
  return "frames " + ranges_text(air.frames) + " (" + plural(air.frames.size(), "frame") + ")";
}

air_patterns::air_patterns(air_plan const& air, scan_plan const& scan, std::span<frame_status const> status,
                           std::span<float const> patterns, std::size_t channels)
    : plan_(air), translations_(scan.translation.size()), channels_(channels) {
  if (!air.any()) return;
  auto const rows = air.columns > 0 ? scan.entries() / translations_ : 1;
  air_.resize(rows * channels);
  auto const is_air = shows_air(air, scan, status.size());
  bool any = false;
  for (std::size_t f = 0; f < status.size(); ++f) {
    if (is_air[f] == 0 || status[f] != frame_status::ok) continue;
    any = true;
    auto const row = air.columns > 0 ? row_of(static_cast<std::size_t>(scan.entry[f])) : 0;
    for (std::size_t c = 0; c < channels; ++c) {
      auto const quantity = [&](std::size_t q) { return patterns[(f * pattern_quantities + q) * channels + c]; };
      auto& sum = air_[row * channels + c];
      sum.signal += quantity(0);
      sum.variance += quantity(1);
      sum.norm += quantity(2);
    }
  }
  if (!any) throw input_error("--air: none of the frames that show air can be used (" + describe(air) + ")");
  if (air.columns > 0) borrow(scan.rotation);
}

// Rows that have no air of their own in a channel get that of the nearest rotation.
void air_patterns::borrow(std::vector<double> const& rotation) {
  auto const own = air_;
  auto const rotations = rotation.size();
  for (std::size_t row = 0; row < own.size() / std::max<std::size_t>(1, channels_); ++row) {
    auto const layer = row / rotations * rotations;
    auto const r = row - layer;
    std::vector<std::size_t> others(rotations);
    for (std::size_t c = 0; c < channels_; ++c) {
      if (own[row * channels_ + c].norm != 0) continue;
      if (others.back() == 0) {
        std::iota(others.begin(), others.end(), std::size_t{0});
        std::stable_sort(others.begin(), others.end(), [&](std::size_t a, std::size_t b) {
          return std::abs(rotation[a] - rotation[r]) < std::abs(rotation[b] - rotation[r]);
        });
      }
      for (auto const other : others) {
        auto const& its = own[(layer + other) * channels_ + c];
        if (its.norm == 0) continue;
        air_[row * channels_ + c] = its;
        break;
      }
    }
  }
}

void air_patterns::subtract(std::size_t entry, std::size_t channel, bin_sums& sums) const {
  if (!plan_.any()) return;
  auto const& air = air_[row_of(entry) * channels_ + channel];
  if (air.norm == 0 || sums[2] == 0) return;
  double const share = sums[2] / air.norm;
  bool const is_part = plan_.is_column(entry % translations_, translations_);
  sums[0] -= share * air.signal;
  sums[1] = is_part ? sums[1] * (1 - share) * (1 - share) + share * share * std::max(0.0, air.variance - sums[1])
                    : sums[1] + share * share * air.variance;
}

}  // namespace xrdct
