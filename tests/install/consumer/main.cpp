// Reconstructs a disc from its chords by the installed libraries, and looks at its middle.
#include <xrdct/pipeline/backend.hpp>
#include <xrdct/tomo/fbp.hpp>
#include <xrdct/tomo/filters.hpp>
#include <xrdct/tomo/geometry.hpp>

#include <cmath>
#include <cstdio>
#include <numbers>
#include <vector>

int main() {
  constexpr int rotations = 90, translations = 31;
  constexpr double radius = 10;
  xrdct::scan_geometry geometry;
  for (int i = 0; i < rotations; ++i) geometry.angles.push_back(std::numbers::pi * i / rotations);
  geometry.translations = geometry.size = translations;
  geometry.axis = geometry.centre = (translations - 1) / 2.0;

  std::vector<float> sinogram, tomogram(translations * translations);
  for (int i = 0; i < rotations; ++i)
    for (int t = 0; t < translations; ++t) {
      double const off = t - geometry.axis;
      sinogram.push_back(static_cast<float>(2 * std::sqrt(std::max(radius * radius - off * off, 0.0))));
    }
  auto const backend = xrdct::make_backend("cpu", 1);
  auto const solver = backend->make_tomograph(geometry);
  auto const filter = xrdct::make_filter(xrdct::window::ramp, xrdct::convention::xrdct, translations);
  auto const weights = xrdct::angle_weights(geometry.angles, xrdct::convention::xrdct);
  xrdct::fbp(*solver, geometry, {sinogram.data(), sinogram.size(), 1, 1}, {}, filter, weights, 0,
             {tomogram.data(), tomogram.size(), 1, 1}, {});
  double const middle = tomogram[translations / 2 * translations + translations / 2];
  std::printf("the middle of a disc of 1 is %.3f\n", middle);
  return std::abs(middle - 1) < 0.02 ? 0 : 1;
}
