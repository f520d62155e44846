#include "xrdct/tomo/padding.hpp"

#include "tests/tomo/backends.hpp"
#include "tests/tomo/ellipses.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/tomo/fbp.hpp"
#include "xrdct/tomo/filters.hpp"
#include "xrdct/tomo/geometry.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace xrdct::test {
namespace {

struct centre_and_rim {
  double rim = 0;     ///< mean of the outermost tenth of the circle
  double centre = 0;  ///< and of its inner half
};

/// Of an even disc, reconstructed with `margin` columns beside the field.
centre_and_rim reconstruct_disc(double radius, int translations, int margin) {
  scan_geometry geometry;
  geometry.angles = even_angles(90, 180);
  geometry.translations = translations;
  geometry.size = translations;
  geometry.axis = geometry.centre = (translations - 1) / 2.0;
  auto const exact = project_ellipses({{0, 0, radius, radius, 0, 1}}, geometry);
  std::vector<float> const sinogram(exact.begin(), exact.end());
  auto const longer = padded(view<float const>(sinogram.data(), sinogram.size(), 1), translations, margin, false);
  auto const wide = with_margin(geometry, margin);
  auto const device = tomograph_backend_named("reference").make(wide);
  std::vector<float> image(static_cast<std::size_t>(translations) * static_cast<std::size_t>(translations));
  fbp(*device, wide, view<float const>(longer.data(), longer.size(), 1), {},
      make_filter(window::ramp, convention::xrdct, wide.translations), angle_weights(wide.angles, convention::xrdct), 0,
      view<float>(image.data(), image.size(), 1), {});
  centre_and_rim found;
  double inner = 0;
  double outer = 0;
  for (std::size_t i = 0; i < image.size(); ++i) {
    double const at = std::hypot(static_cast<double>(i % static_cast<std::size_t>(translations)) - geometry.centre,
                                 static_cast<double>(i / static_cast<std::size_t>(translations)) - geometry.centre) /
                      geometry.centre;
    if (at < 0.5) found.centre += image[i], inner += 1;
    if (at > 0.9 && at < 1) found.rim += image[i], outer += 1;
  }
  return {found.rim / outer, found.centre / inner};
}

TEST(padding, takes_the_bright_rim_from_a_sample_that_is_larger_than_the_field) {
  for (int const translations : {50, 61}) {
    auto const without = reconstruct_disc(0.8 * translations, translations, 0);
    auto const with = reconstruct_disc(0.8 * translations, translations, translations / 2);
    // The disc is 1 everywhere.
    EXPECT_GT(without.rim / without.centre, 1.5);
    EXPECT_LT(with.rim / with.centre, 1.15);
    EXPECT_LT(std::abs(with.centre - 1), std::abs(without.centre - 1));
  }
}

TEST(padding, alters_nothing_where_the_sample_is_in_the_field) {
  auto const without = reconstruct_disc(20, 50, 0);
  auto const with = reconstruct_disc(20, 50, 25);
  EXPECT_NEAR(with.centre, without.centre, 1e-6);
  EXPECT_NEAR(with.rim, without.rim, 1e-6);
}

TEST(padding, continues_projections_and_not_their_variances) {
  std::vector<float> const rows{1, 10, 2, 20, 3, 30, 4, 40};  // 2 rotations of 2 translations of 2 channels
  view<float const> const sinogram(rows.data(), 4, 2);
  EXPECT_EQ(padded(sinogram, 2, 0, false), rows);
  auto const values = padded(sinogram, 2, 1, false);
  EXPECT_EQ(values, (std::vector<float>{0.5, 5, 1, 10, 2, 20, 1, 10, 1.5, 15, 3, 30, 4, 40, 2, 20}));
  auto const variances = padded(sinogram, 2, 1, true);
  EXPECT_EQ(variances, (std::vector<float>{0, 0, 1, 10, 2, 20, 0, 0, 0, 0, 3, 30, 4, 40, 0, 0}));
  auto const columns = padded(view<float const>(rows.data() + 1, 4, 1, 2), 2, 1, false);
  EXPECT_EQ(columns, (std::vector<float>{5, 10, 20, 10, 15, 30, 40, 20}));
  EXPECT_THROW(padded(sinogram, 3, 1, false), input_error);
  EXPECT_THROW(padded(sinogram, 0, 1, false), input_error);
  EXPECT_THROW(padded(sinogram, 2, -1, false), input_error);
}

}  // namespace
}  // namespace xrdct::test
