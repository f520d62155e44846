#include "xrdct/simulation/spots.hpp"

#include "xrdct/geometry/pixel_geometry.hpp"
#include "xrdct/simulation/random.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace xrdct {
namespace {

constexpr int spots_of_a_crystal = 12;
constexpr double radius = 0.9;  // pixels: the standard deviation of a spot

lab_vector direction(double two_theta, double chi) {
  return {std::sin(two_theta) * std::sin(chi), std::sin(two_theta) * std::cos(chi), std::cos(two_theta)};
}

}  // namespace

std::vector<crystal_spot> scatter_crystals(spot_options const& options, poni const& geometry,
                                           std::span<powder_line const> lines) {
  std::vector<crystal_spot> spots;
  if (lines.empty()) return spots;
  pixel_geometry const pixels(geometry);
  std::size_t const bright = std::min<std::size_t>(lines.size(), 10);
  for (int crystal = 0; crystal < options.crystals; ++crystal) {
    random_source const random(options.seed, purpose::crystals, static_cast<std::uint64_t>(crystal));
    auto const [where, angle] = random.uniform(0);
    double const distance = 0.8 * std::sqrt(where);
    double const x = distance * std::cos(2 * std::numbers::pi * angle);
    double const y = distance * std::sin(2 * std::numbers::pi * angle);
    for (std::uint32_t i = 0; i < spots_of_a_crystal; ++i) {
      auto const [which, turn] = random.uniform(1 + i, 0);
      auto const [azimuth, brightness] = random.uniform(1 + i, 1);
      auto const& line = lines[static_cast<std::size_t>(which * static_cast<double>(bright))];
      auto const place = pixels.meet(direction(line.two_theta, (2 * azimuth - 1) * std::numbers::pi));
      if (!place) continue;
      auto const [row, column] = *place;
      spots.push_back({x, y, turn * options.span, row, column, options.counts * 5 * std::pow(10, brightness)});
    }
  }
  return spots;
}

void add_spot(crystal_spot const& spot, double share, int rows, int columns, std::span<float> image) {
  constexpr int reach = 4;
  // Far outside, and where a place would not fit an int.
  if (!(spot.row > -reach && spot.row < rows + reach && spot.column > -reach && spot.column < columns + reach)) return;
  int const row = static_cast<int>(std::lround(spot.row));
  int const column = static_cast<int>(std::lround(spot.column));
  for (int i = std::max(0, row - reach); i <= std::min(rows - 1, row + reach); ++i)
    for (int j = std::max(0, column - reach); j <= std::min(columns - 1, column + reach); ++j) {
      double const distance2 = (i - spot.row) * (i - spot.row) + (j - spot.column) * (j - spot.column);
      auto const pixel = static_cast<std::size_t>(i) * static_cast<std::size_t>(columns) + static_cast<std::size_t>(j);
      image[pixel] += static_cast<float>(share * spot.counts * std::exp(-distance2 / (2 * radius * radius)));
    }
}

}  // namespace xrdct
