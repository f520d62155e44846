#include "xrdct/pipeline/tomogram.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/scan/position_axis.hpp"
#include "xrdct/tomo/fbp.hpp"
#include "xrdct/tomo/geometry.hpp"
#include "xrdct/tomo/padding.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace xrdct {
namespace {

constexpr int largest_size = 1 << 15;  // pixels along an edge

/// The position at an index that may lie between two, or beyond the ends by the median step.
double position_at(std::vector<double> const& axis, double step, double index) {
  auto const last = static_cast<double>(axis.size() - 1);
  if (index <= 0) return axis.front() + index * step;
  if (index >= last) return axis.back() + (index - last) * step;
  auto const below = static_cast<std::size_t>(index);
  return axis[below] + (index - static_cast<double>(below)) * (axis[below + 1] - axis[below]);
}

double index_of(std::vector<double> const& axis, double step, double position) {
  if (position <= axis.front()) return (position - axis.front()) / step;
  if (position >= axis.back()) return static_cast<double>(axis.size() - 1) + (position - axis.back()) / step;
  auto const above = static_cast<std::size_t>(std::upper_bound(axis.begin(), axis.end(), position) - axis.begin());
  return static_cast<double>(above - 1) + (position - axis[above - 1]) / (axis[above] - axis[above - 1]);
}

void set_axis(tomogram_plan& plan, std::optional<double> const& asked, std::vector<double> const& translation) {
  auto& geometry = plan.geometry;
  if (!asked)
    return place_axis(plan, translation, default_axis(plan.convention, geometry.translations),
                      "middle of the translation axis");
  if (!std::isfinite(*asked)) throw usage_error("--axis must be a finite number");
  plan.axis = *asked;
  plan.axis_method = "given";
  geometry.axis = index_of(translation, plan.step, plan.axis);
  if (std::abs(geometry.axis - (geometry.translations - 1) / 2.0) > 1.5 * geometry.translations)
    throw usage_error("--axis " + std::to_string(plan.axis) + " is far outside the translations, which extend from " +
                      std::to_string(translation.front()) + " to " + std::to_string(translation.back()) +
                      "; it is in their unit");
}

void set_channels(tomogram_plan& plan, std::optional<std::array<int, 2>> const& asked, std::uint64_t channels) {
  plan.channels = {0, channels};
  if (!asked) return;
  auto const [low, high] = *asked;
  if (low < 0 || high <= low || static_cast<std::uint64_t>(high) > channels)
    throw usage_error("--channels " + std::to_string(low) + " " + std::to_string(high) +
                      " is not a range of bins: there are " + std::to_string(channels) + ", counted from 0");
  plan.channels = {static_cast<std::uint64_t>(low), static_cast<std::uint64_t>(high - low)};
}

/// σ² of every channel; nothing for nothing.
std::vector<float> squared(view<float> const& errors) {
  std::vector<float> squares;
  squares.reserve(errors.rows * errors.columns);
  for (std::size_t row = 0; row < errors.rows; ++row)
    for (float const sigma : errors.row(row)) squares.push_back(sigma * sigma);
  return squares;
}

/// Rounding can leave a variance of nearly nothing below 0.
void take_roots(std::vector<float>& variances) {
  for (auto& v : variances) v = std::sqrt(std::max(v, 0.0F));
}

/// Rows of channels, in memory of their own where they are not those that were given.
struct owned_rows {
  std::vector<float> memory;
  view<float const> rows;
};

owned_rows with_edges(tomogram_plan const& plan, view<float const> sinogram, bool variances) {
  if (plan.margin == 0 || sinogram.empty()) return {{}, sinogram};
  owned_rows longer{padded(sinogram, plan.geometry.translations, plan.margin, variances), {}};
  longer.rows = {longer.memory.data(), longer.memory.size() / sinogram.columns, sinogram.columns};
  return longer;
}

bool nothing_measured(fill_report const& report, entry_map const& entries) {
  return report.dropped.size() == static_cast<std::size_t>(entries.rotations);
}

std::string plural(std::size_t count, std::string const& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

std::vector<double> tomogram_plan::pixel_positions() const {
  std::vector<double> positions;
  for (int i = 0; i < geometry.size; ++i) positions.push_back((i - geometry.centre) * step);
  return positions;
}

scan_geometry tomogram_plan::geometry_of(std::size_t layer) const {
  auto made = with_margin(geometry, margin);
  if (!line_shifts.empty()) made.shifts = line_shifts[layer];
  return made;
}

double position_of(tomogram_plan const& plan, std::vector<double> const& translation, double index) {
  return position_at(translation, plan.step, index);
}

void place_axis(tomogram_plan& plan, std::vector<double> const& translation, double index, std::string const& method) {
  plan.geometry.axis = index;
  plan.axis = position_of(plan, translation, index);
  plan.axis_method = method;
}

tomogram_plan tomogram_plan::of_chosen() const {
  auto plan = *this;
  plan.bins.channels = channels.count;
  plan.channels.first = 0;
  return plan;
}

tomogram_plan plan_tomogram(tomogram_options const& options, std::vector<double> const& rotation,
                            std::vector<double> const& translation, bin_layout const& bins, layer_axis const& layers) {
  tomogram_plan plan;
  plan.layers = layers;
  plan.filter = options.filter;
  plan.convention = options.convention;
  plan.how_to_fill = parse_fill(options.fill);
  plan.step = median_step(translation) > 0 ? median_step(translation) : 1;
  for (double const degrees : rotation) plan.geometry.angles.push_back(degrees * std::numbers::pi / 180);
  plan.geometry.translations = static_cast<int>(translation.size());
  plan.geometry.size = options.size.value_or(plan.geometry.translations);
  if (plan.geometry.size < 1 || plan.geometry.size > largest_size)
    throw usage_error("--size must be from 1 to " + std::to_string(largest_size) + " pixels, not " +
                      std::to_string(plan.geometry.size));
  plan.geometry.centre = centre(plan.convention, plan.geometry.size);
  if (options.pad) plan.margin = (plan.geometry.translations + 1) / 2;
  set_axis(plan, options.axis, translation);
  plan.bins = bins;
  set_channels(plan, options.channels, bins.channels);
  plan.solver = settle(options.solver, static_cast<int>(rotation.size()));
  for (double const angle : rotation)
    for (double const position : translation) {
      plan.entry_rotation.push_back(angle);
      plan.entry_translation.push_back(position);
    }
  return plan;
}

void place_entries(tomogram_plan& plan, std::vector<double> const& rotation, std::vector<double> const& translation) {
  if (rotation.empty() && translation.empty()) return;
  auto const entries = plan.entry_rotation.size();
  auto const all = entries * plan.layers.count();
  if (rotation.size() != all || translation.size() != all)
    throw input_error("the sinogram has " + std::to_string(all) + " entries, but positions of " +
                      std::to_string(rotation.size()) + " and " + std::to_string(translation.size()));
  auto const placed = [&](std::vector<double> const& axis, std::vector<double> const& own) {
    std::vector<double> made;
    for (std::size_t i = 0; i < all; ++i) made.push_back(std::isfinite(own[i]) ? own[i] : axis[i % entries]);
    return made;
  };
  plan.entry_rotation = placed(plan.entry_rotation, rotation);
  plan.entry_translation = placed(plan.entry_translation, translation);
}

void require_errors(tomogram_plan const& plan, bool errors) {
  if (!plan.solver.weighted || errors) return;
  throw usage_error("--weights errors needs errors of the sinogram, and there are none: take another --error-model");
}

std::vector<frame_range> chosen_columns(tomogram_plan const& plan, channel_slab const& slab) {
  std::vector<frame_range> runs;
  for (std::uint64_t part = 0; part < plan.bins.parts(); ++part) {
    auto const wanted = plan.bins.in_part(part, plan.channels);
    auto const first = std::max(wanted.first, slab.first);
    auto const end = std::min(wanted.first + wanted.count, slab.first + slab.count);
    if (first >= end) continue;
    auto const column = first - slab.first;
    if (!runs.empty() && runs.back().first + runs.back().count == column)
      runs.back().count += end - first;
    else
      runs.push_back({column, end - first});
  }
  return runs;
}

tomogram_slab make_tomogram(tomogram_plan const& plan, std::size_t layer, tomograph& solver,
                            slab_to_fill const& sinogram, frame_range rows) {
  tomogram_slab made;
  made.filled = examine_missing(plan.how_to_fill, sinogram.entries);
  if (plan.layers.several() && nothing_measured(made.filled, sinogram.entries)) made.filled.undefined = true;
  auto const runs = chosen_columns(plan, sinogram.slab);
  std::uint64_t bins = 0;
  for (auto const& run : runs) bins += run.count;
  auto const pixels = rows.count * static_cast<std::uint64_t>(plan.geometry.size);
  float const before = made.filled.undefined ? std::numeric_limits<float>::quiet_NaN() : 0.0F;
  made.intensity.assign(pixels * bins, before);
  if (sinogram.has_errors) made.error.assign(pixels * bins, before);
  if (made.filled.undefined) return made;
  auto const weights = angle_weights(plan.geometry.angles, plan.convention, made.filled.dropped);
  if (made.intensity.empty()) return made;

  auto const geometry = plan.geometry_of(layer);
  auto const filter = make_filter(plan.filter, plan.convention, geometry.translations);
  auto const image = [&](std::vector<float>& values, std::uint64_t column, std::uint64_t count) {
    return columns_of(view<float>(values.data(), values.size() / bins, bins), column, count);
  };
  std::uint64_t column = 0;
  for (auto const& run : runs) {
    auto const intensity = columns_of(sinogram.intensity, run.first, run.count);
    auto squares = squared(columns_of(sinogram.error, run.first, run.count));
    view<float> const variance = squares.empty() ? view<float>() : view(squares.data(), intensity.rows, run.count);
    fill_missing(plan.how_to_fill, sinogram.entries, intensity, variance);
    auto const longer = with_edges(plan, intensity, false);
    auto const longer_variance = with_edges(plan, variance, true);
    fbp(solver, geometry, longer.rows, longer_variance.rows, filter, weights, static_cast<std::int64_t>(rows.first),
        image(made.intensity, column, run.count), image(made.error, column, run.count));
    column += run.count;
  }
  take_roots(made.error);
  if (plan.solver.non_negative)
    for (auto& v : made.intensity) v = std::max(v, 0.0F);
  return made;
}

std::string describe(fill_report const& report, entry_map const& entries, fill how) {
  if (nothing_measured(report, entries)) return "there is no usable frame: the tomogram is not defined (NaN)";
  if (report.undefined) return "entries are missing and --fill none: the tomogram is not defined (NaN)";
  std::string line;
  if (report.filled > 0)
    line = std::to_string(report.filled) + " of " + std::to_string(entries.present.size()) +
           " entries were missing and are filled (" + std::string(name_of(how)) + ")";
  if (!report.dropped.empty())
    line += (line.empty() ? "" : ", ") + plural(report.dropped.size(), "rotation") + " without any frame left out";
  return line;
}

}  // namespace xrdct
