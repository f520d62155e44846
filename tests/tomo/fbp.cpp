#include "xrdct/tomo/fbp.hpp"

#include "tests/tomo/backends.hpp"
#include "tests/tomo/dense_operator.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/tomo/filters.hpp"
#include "xrdct/tomo/geometry.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

namespace xrdct::test {
namespace {

using std::numbers::pi;

class fbp_on : public testing::TestWithParam<tomograph_backend> {};

scan_geometry geometry_of(int rotations, int translations, int size) {
  scan_geometry geometry;
  for (int a = 0; a < rotations; ++a) geometry.angles.push_back(pi * a / rotations + 0.1);
  geometry.translations = translations;
  geometry.size = size;
  geometry.axis = default_axis(convention::xrdct, translations);
  geometry.centre = centre(convention::xrdct, size);
  return geometry;
}

/// More channels than are worked on at a time, bands of rows, and rows of views that do not touch.
TEST_P(fbp_on, makes_bands_of_many_channels) {
  auto const geometry = geometry_of(11, 13, 12);
  auto const filter = make_filter(window::hann, convention::xrdct, 13);
  auto const weights = angle_weights(geometry.angles, convention::xrdct);
  std::size_t const channels = 300;
  std::mt19937_64 random(77);
  std::uniform_real_distribution<float> uniform;
  std::vector<float> sinogram(11 * 13 * channels);
  std::vector<float> variance(sinogram.size());
  std::ranges::generate(sinogram, [&] { return uniform(random); });
  std::ranges::generate(variance, [&] { return uniform(random); });

  std::size_t const stride = channels + 3;
  std::vector<float> tomogram(144 * stride, -7);
  std::vector<float> errors(144 * stride, -7);
  auto const device = GetParam().make(geometry);
  for (std::size_t row = 0; row < 12; row += 5) {
    std::size_t const pixels = std::min<std::size_t>(5, 12 - row) * 12;
    fbp(*device, geometry, view<float const>(sinogram.data(), 143, channels),
        view<float const>(variance.data(), 143, channels), filter, weights, static_cast<std::int64_t>(row),
        view<float>(tomogram.data() + row * 12 * stride, pixels, channels, stride),
        view<float>(errors.data() + row * 12 * stride, pixels, channels, stride));
  }

  dense_operator const dense(geometry, filter, weights);
  auto const expected = dense.values(sinogram, channels);
  auto const expected_errors = dense.variances(variance, channels);
  for (std::size_t pixel = 0; pixel < 144; ++pixel) {
    for (std::size_t c = 0; c < stride; ++c) {
      if (c >= channels) {
        ASSERT_EQ(tomogram[pixel * stride + c], -7);
        continue;
      }
      ASSERT_NEAR(tomogram[pixel * stride + c], expected[pixel * channels + c], 1e-6);
      ASSERT_NEAR(errors[pixel * stride + c], expected_errors[pixel * channels + c], 1e-7);
    }
  }
}

/// A disc of density 1 off the axis is found where it was put, with its density.
TEST_P(fbp_on, finds_a_disc) {
  int const n = 64;
  auto const geometry = geometry_of(90, n, n);
  auto const filter = make_filter(window::hann, convention::xrdct, n);
  auto const weights = angle_weights(geometry.angles, convention::xrdct);
  double const x = 9;
  double const y = -5;  // downwards
  double const radius = 12;
  std::vector<float> sinogram;
  for (double const angle : geometry.angles) {
    for (int t = 0; t < n; ++t) {
      double const away = t - geometry.axis - (x * std::cos(angle) - y * std::sin(angle));
      sinogram.push_back(static_cast<float>(2 * std::sqrt(std::max(0.0, radius * radius - away * away))));
    }
  }
  std::vector<float> tomogram(n * n);
  fbp(*GetParam().make(geometry), geometry, view<float const>(sinogram.data(), sinogram.size(), 1), {}, filter, weights,
      0, view<float>(tomogram.data(), tomogram.size(), 1), {});
  for (int row = 0; row < n; ++row) {
    for (int column = 0; column < n; ++column) {
      double const from_disc = std::hypot(column - geometry.centre - x, row - geometry.centre - y);
      double const from_axis = std::hypot(column - geometry.centre, row - geometry.centre);
      if (from_axis > n / 2 - 2 || std::abs(from_disc - radius) < 3) continue;
      EXPECT_NEAR(tomogram[static_cast<std::size_t>(row * n + column)], from_disc < radius ? 1 : 0, 0.06)
          << row << ", " << column;
    }
  }
}

/// In the ramp filter of a large, smooth object the terms cancel to a hundredth: single precision would be off by 10⁻⁵.
TEST_P(fbp_on, is_precise_for_large_smooth_objects) {
  int const n = 301;
  auto const geometry = geometry_of(40, n, n);
  auto const filter = make_filter(window::ramp, convention::xrdct, n);
  auto const weights = angle_weights(geometry.angles, convention::xrdct);
  std::vector<float> sinogram;
  for (std::size_t a = 0; a < geometry.angles.size(); ++a) {
    for (int t = 0; t < n; ++t) {
      sinogram.push_back(
          static_cast<float>(2e4 * std::sqrt(std::max(0.0, 140.0 * 140 - std::pow(t - geometry.axis, 2)))));
    }
  }
  auto const band = [&](tomograph_backend const& backend) {
    std::vector<float> tomogram(static_cast<std::size_t>(5 * n));
    fbp(*backend.make(geometry), geometry, view<float const>(sinogram.data(), sinogram.size(), 1), {}, filter, weights,
        148, view<float>(tomogram.data(), tomogram.size(), 1), {});
    return tomogram;
  };
  auto const expected = band(tomograph_backend_named("reference"));
  auto const got = band(GetParam());
  float const largest = *std::ranges::max_element(expected);
  EXPECT_NEAR(expected[2 * n + n / 2], 2e4 / 2, 100);
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 1e-6 * largest) << i;
}

TEST_P(fbp_on, refuses_shapes_that_contradict) {
  auto const geometry = geometry_of(2, 3, 4);
  auto const device = GetParam().make(geometry);
  auto const filter = make_filter(window::ramp, convention::xrdct, 3);
  std::vector<double> const weights(2, 1.0);
  std::vector<float> values(64);
  auto const rows = [&](std::size_t count, std::size_t channels) {
    return view<float>(values.data(), count, channels);
  };
  auto const attempt = [&](view<float const> sinogram, view<float const> variance, view<float> tomogram,
                           view<float> errors) {
    fbp(*device, geometry, sinogram, variance, filter, weights, 0, tomogram, errors);
  };
  EXPECT_NO_THROW(attempt(rows(6, 2), {}, rows(16, 2), {}));
  EXPECT_THROW(attempt(rows(5, 2), {}, rows(16, 2), {}), input_error);
  EXPECT_THROW(attempt(rows(6, 2), {}, rows(15, 2), {}), input_error);
  EXPECT_THROW(attempt(rows(6, 2), {}, rows(16, 3), {}), input_error);
  EXPECT_THROW(attempt(rows(6, 2), rows(6, 2), rows(16, 2), {}), input_error);
  EXPECT_THROW(attempt(rows(6, 2), {}, rows(16, 2), rows(16, 2)), input_error);
  EXPECT_THROW(attempt(rows(6, 2), rows(6, 1), rows(16, 2), rows(16, 2)), input_error);
  EXPECT_THROW(attempt(rows(6, 2), rows(6, 2), rows(16, 2), rows(12, 2)), input_error);
  EXPECT_NO_THROW(attempt(rows(6, 2), {}, rows(0, 2), {}));
}

INSTANTIATE_TEST_SUITE_P(tomo, fbp_on, testing::ValuesIn(tomograph_backends()),
                         [](auto const& one) { return one.param.name; });

}  // namespace
}  // namespace xrdct::test
