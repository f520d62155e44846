#include "xrdct/geometry/azimuth_range.hpp"

#include "xrdct/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>
#include <utility>
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

/// For every pixel between two lines of corners the angle from its centre to the farthest corner.
void half_widths(std::span<double const> centres, std::span<float const> above, std::span<float const> below,
                 std::span<double> widths) {
  for (std::size_t j = 0; j < centres.size(); ++j) {
    widths[j] = std::max({angle_between(above[j], centres[j]), angle_between(below[j], centres[j]),
                          angle_between(below[j + 1], centres[j]), angle_between(above[j + 1], centres[j])});
  }
}

}  // namespace

azimuth_range::azimuth_range(std::array<double, 2> degrees) : turn_(2 * pi) {
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

void visit_azimuths(pixel_geometry const& pixels, bool with_extent, azimuths_visitor const& visit) {
  auto const columns = static_cast<std::size_t>(pixels.columns());
  std::vector<double> centres(columns), widths(columns);
  std::vector<float> above(columns + 1), below(columns + 1);
  if (with_extent) pixels.corner_azimuths(0, below);
  for (int row = 0; row < pixels.rows(); ++row) {
    pixels.centre_azimuths(row, centres);
    if (with_extent) {
      std::swap(above, below);
      pixels.corner_azimuths(row + 1, below);
      half_widths(centres, above, below, widths);
    }
    visit(centres, widths);
  }
}

void exclude_outside(pixel_geometry const& pixels, azimuth_range const& range, bool with_extent,
                     std::span<std::uint8_t> excluded) {
  std::size_t pixel = 0;
  visit_azimuths(pixels, with_extent, [&](std::span<double const> centres, std::span<double const> half_widths) {
    for (std::size_t j = 0; j < centres.size(); ++j, ++pixel)
      if (!range.touches(centres[j], half_widths[j])) excluded[pixel] = 1;
  });
}

}  // namespace xrdct
