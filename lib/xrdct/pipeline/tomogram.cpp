#include "xrdct/pipeline/tomogram.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/scan/position_axis.hpp"
#include "xrdct/tomo/fbp.hpp"
#include "xrdct/tomo/geometry.hpp"

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
  if (!asked) {
    geometry.axis = default_axis(plan.convention, geometry.translations);
    plan.axis = position_at(translation, plan.step, geometry.axis);
    plan.axis_method = "middle of the translation axis";
    return;
  }
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

/// The columns [first, first + count) of a view.
template <class T>
view<T> columns_of(view<T> const& all, std::uint64_t first, std::uint64_t count) {
  return all.empty() ? view<T>() : view<T>(all.data + first, all.rows, count, all.stride);
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

std::string plural(std::size_t count, std::string const& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

std::vector<double> tomogram_plan::pixel_positions() const {
  std::vector<double> positions;
  for (int i = 0; i < geometry.size; ++i) positions.push_back((i - geometry.centre) * step);
  return positions;
}

tomogram_plan plan_tomogram(tomogram_options const& options, std::vector<double> const& rotation,
                            std::vector<double> const& translation, std::uint64_t channels) {
  tomogram_plan plan;
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
  set_axis(plan, options.axis, translation);
  set_channels(plan, options.channels, channels);
  return plan;
}

std::vector<channel_slab> tomogram_slabs(std::vector<channel_slab> const& sinogram, frame_range channels) {
  std::vector<channel_slab> slabs;
  for (auto slab : sinogram) {
    auto const first = std::max(slab.first, channels.first);
    auto const end = std::min(slab.first + slab.count, channels.first + channels.count);
    slab.count = end > first ? end - first : 0;
    slab.first = slab.count > 0 ? first - channels.first : 0;
    slabs.push_back(slab);
  }
  return slabs;
}

tomogram_slab make_tomogram(tomogram_plan const& plan, device& backend, slab_to_fill const& sinogram,
                            channel_slab const& own, frame_range rows) {
  tomogram_slab made;
  made.filled = examine_missing(plan.how_to_fill, sinogram.entries);
  bool const with_errors = sinogram.has_errors;
  auto const pixels = rows.count * static_cast<std::uint64_t>(plan.geometry.size);
  if (made.filled.undefined) {
    made.intensity.assign(pixels * own.count, std::numeric_limits<float>::quiet_NaN());
    if (with_errors) made.error = made.intensity;
    return made;
  }
  made.intensity.resize(pixels * own.count);
  if (with_errors) made.error.resize(pixels * own.count);
  auto const weights = angle_weights(plan.geometry.angles, plan.convention, made.filled.dropped);
  if (made.intensity.empty()) return made;

  auto const first = own.first + plan.channels.first - sinogram.slab.first;
  auto const intensity = columns_of(sinogram.intensity, first, own.count);
  auto variances = with_errors ? squared(columns_of(sinogram.error, first, own.count)) : std::vector<float>();
  view<float> const variance = with_errors ? view<float>(variances.data(), intensity.rows, own.count) : view<float>();
  fill_missing(plan.how_to_fill, sinogram.entries, intensity, variance);

  auto const filter = make_filter(plan.filter, plan.convention, plan.geometry.translations);
  auto const tomograph = backend.make_tomograph(plan.geometry);
  auto const image = [&](std::vector<float>& values) { return view<float>(values.data(), pixels, own.count); };
  fbp(*tomograph, plan.geometry, intensity, variance, filter, weights, static_cast<std::int64_t>(rows.first),
      image(made.intensity), with_errors ? image(made.error) : view<float>());
  take_roots(made.error);
  return made;
}

std::string describe(fill_report const& report, entry_map const& entries, fill how) {
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
