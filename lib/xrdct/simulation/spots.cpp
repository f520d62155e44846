#include "xrdct/simulation/spots.hpp"

#include "xrdct/simulation/random.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <optional>

namespace xrdct {
namespace {

constexpr int spots_of_a_crystal = 12;
constexpr double radius = 0.9;  // pixels: the standard deviation of a spot

struct pixel_place {
  double row, column;
};

/// Where the direction (2θ, χ) meets the detector (SEMANTICS: the inverse of a pixel's position); nothing where it
/// passes behind. The matrix takes (p1, p2, p3) to the laboratory; its inverse is its transpose.
std::optional<pixel_place> meet(poni const& g, double two_theta, double chi) {
  double const s1 = std::sin(g.rot1), c1 = std::cos(g.rot1);
  double const s2 = std::sin(g.rot2), c2 = std::cos(g.rot2);
  double const s3 = std::sin(g.rot3), c3 = std::cos(g.rot3);
  double const t1 = std::sin(two_theta) * std::sin(chi);
  double const t2 = std::sin(two_theta) * std::cos(chi);
  double const t3 = std::cos(two_theta);
  double const p1 = t1 * (c2 * c3) + t2 * (c2 * s3) + t3 * s2;
  double const p2 = t1 * (c3 * s1 * s2 - c1 * s3) + t2 * (c1 * c3 + s1 * s2 * s3) - t3 * (c2 * s1);
  double const p3 = -t1 * (c1 * c3 * s2 + s1 * s3) - t2 * (c1 * s2 * s3 - c3 * s1) + t3 * (c1 * c2);
  if (p3 <= 0) return {};
  double row = (p1 * g.distance / p3 + g.poni1) / g.detector.pixel1 - 0.5;
  double column = (p2 * g.distance / p3 + g.poni2) / g.detector.pixel2 - 0.5;
  if (g.detector.orientation == 1 || g.detector.orientation == 2) row = g.detector.rows - 1 - row;
  if (g.detector.orientation == 1 || g.detector.orientation == 4) column = g.detector.columns - 1 - column;
  return pixel_place{row, column};
}

}  // namespace

std::vector<crystal_spot> scatter_crystals(spot_options const& options, poni const& geometry,
                                           std::span<powder_line const> lines) {
  std::vector<crystal_spot> spots;
  if (lines.empty()) return spots;
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
      auto const place = meet(geometry, line.two_theta, (2 * azimuth - 1) * std::numbers::pi);
      if (!place) continue;
      spots.push_back(
          {x, y, turn * options.span, place->row, place->column, options.counts * 5 * std::pow(10, brightness)});
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
