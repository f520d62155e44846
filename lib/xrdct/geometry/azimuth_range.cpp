#include "xrdct/geometry/azimuth_range.hpp"

#include "xrdct/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <optional>
#include <string>
#include <vector>

namespace xrdct {
namespace {

using std::numbers::pi;

/// The same direction within [−π, π).
double normalised(double degrees) {
  double turns = std::fmod(degrees / 180, 2);
  if (turns < -1) turns += 2;
  if (turns >= 1) turns -= 2;
  return turns * pi;
}

/// The angle between two directions, either way round.
double angle_between(double a, double b) {
  return std::min(std::fmod(a - b + 2 * pi, 2 * pi), std::fmod(b - a + 2 * pi, 2 * pi));
}

/// For every pixel of a row the angle from its centre to the farthest of its corners.
void half_widths(std::span<double const> centres, std::span<float const> corners, std::span<double> widths) {
  std::size_t const each = corners.size() / centres.size();
  for (std::size_t j = 0; j < centres.size(); ++j) {
    widths[j] = 0;
    for (float corner : corners.subspan(j * each, each))
      widths[j] = std::max(widths[j], angle_between(corner, centres[j]));
  }
}

}  // namespace

azimuth_range::azimuth_range(std::array<double, 2> degrees) {
  auto const [low, high] = degrees;
  if (!std::isfinite(low) || !std::isfinite(high) || low == high) {
    throw usage_error("azimuth range " + std::to_string(low) + " … " + std::to_string(high) +
                      " degrees is empty or not finite; give two different angles");
  }
  lower_ = normalised(low);
  upper_ = high - low >= 360 ? lower_ : normalised(high);
  if (upper_ <= lower_) upper_ += 2 * pi;
  if (upper_ <= pi) {
    cut_ = -pi;
  } else {
    cut_ = lower_ >= 0 && upper_ <= 2 * pi ? 0 : (lower_ + upper_) / 2 - pi;
  }
}

void visit_azimuths(pixel_geometry const& pixels, row_range rows, bool with_extent, azimuths_visitor const& visit) {
  auto const columns = static_cast<std::size_t>(pixels.columns());
  std::vector<double> centres(columns), widths(columns);
  std::optional<corner_rows> corners;
  if (with_extent)
    corners.emplace(
        pixels, [&](int line, std::span<float> values) { pixels.corner_azimuths(line, values); }, rows.first);
  for (int i = 0; i < rows.count; ++i) {
    pixels.centre_azimuths(rows.first + i, centres);
    if (corners) half_widths(centres, corners->next(), widths);
    visit(centres, widths);
  }
}

void exclude_outside(pixel_geometry const& pixels, row_range rows, azimuth_range const& range, bool with_extent,
                     std::span<std::uint8_t> excluded) {
  std::size_t pixel = 0;
  visit_azimuths(pixels, rows, with_extent, [&](std::span<double const> centres, std::span<double const> half_widths) {
    for (std::size_t j = 0; j < centres.size(); ++j, ++pixel)
      if (!range.touches(centres[j] - half_widths[j], centres[j] + half_widths[j])) excluded[pixel] = 1;
  });
}

}  // namespace xrdct
