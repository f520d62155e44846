// Where the beam meets the detector, compared with the pixel whose scattering angle is least.

#include "xrdct/geometry/beam_centre.hpp"
#include "xrdct/geometry/pixel_geometry.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace xrdct {
namespace {

poni random_geometry(std::mt19937& engine, int orientation) {
  auto const between = [&](double a, double b) { return std::uniform_real_distribution(a, b)(engine); };
  poni geometry;
  geometry.detector.rows = 90;
  geometry.detector.columns = 70;
  geometry.detector.pixel1 = 1e-3;
  geometry.detector.pixel2 = 1.5e-3;
  geometry.detector.orientation = orientation;
  geometry.distance = between(0.05, 0.2);
  geometry.rot1 = between(-0.3, 0.3);
  geometry.rot2 = between(-0.3, 0.3);
  geometry.rot3 = between(-3, 3);
  // So that the beam meets it within the middle half.
  poni probe = geometry;
  probe.detector.orientation = 3;
  auto const at = centre_of_beam(probe).value();
  geometry.poni1 = (between(0.25, 0.75) * 90 - at.row) * 1e-3;
  geometry.poni2 = (between(0.25, 0.75) * 70 - at.column) * 1.5e-3;
  return geometry;
}

TEST(beam_centre, lies_in_the_pixel_of_the_least_angle) {
  std::mt19937 engine(5);
  for (int i = 0; i < 40; ++i) {
    auto const geometry = random_geometry(engine, i % 4 + 1);
    auto const centre = centre_of_beam(geometry).value();
    pixel_geometry const pixels(geometry);
    double least = std::numeric_limits<double>::infinity();
    int row = 0, column = 0;
    std::vector<double> angles(70);
    for (int r = 0; r < 90; ++r) {
      pixels.centre_radii(parse_radial_unit("2th_deg"), r, angles);
      for (int c = 0; c < 70; ++c)
        if (angles[static_cast<std::size_t>(c)] < least) {
          least = angles[static_cast<std::size_t>(c)];
          row = r;
          column = c;
        }
    }
    // Tilted as it is, the least angle may be that of a neighbour.
    EXPECT_NEAR(centre.row, row + 0.5, 0.6) << i;
    EXPECT_NEAR(centre.column, column + 0.5, 0.6) << i;
  }
}

TEST(beam_centre, is_nowhere_without_pixels_or_behind_the_detector) {
  poni geometry;
  geometry.distance = 0.1;
  EXPECT_FALSE(centre_of_beam(geometry).has_value());
  geometry.detector.pixel1 = geometry.detector.pixel2 = 1e-4;
  EXPECT_TRUE(centre_of_beam(geometry).has_value());
  geometry.rot1 = 2;
  EXPECT_FALSE(centre_of_beam(geometry).has_value());
}

}  // namespace
}  // namespace xrdct
