#include "xrdct/geometry/integration.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/geometry/pixel_geometry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <optional>
#include <random>
#include <set>

namespace xrdct {
namespace {

using std::numbers::pi;
using testing::HasSubstr;

/// A tilted plain detector of odd sizes, different in both directions, with the beam on it.
poni tilted(int rows = 83, int columns = 61) {
  poni p;
  p.detector.name = "Detector";
  p.detector.pixel1 = 1.3e-4;
  p.detector.pixel2 = 0.9e-4;
  p.detector.rows = rows;
  p.detector.columns = columns;
  p.distance = 0.05;
  p.poni1 = 3.1e-3;
  p.poni2 = 2.2e-3;
  p.rot1 = 0.12;
  p.rot2 = -0.07;
  p.rot3 = 0.4;
  p.wavelength = 2e-11;
  return p;
}

/// Untilted, the beam in the middle of the corner between four pixels.
poni straight(int rows, int columns) {
  poni p = tilted(rows, columns);
  p.detector.pixel1 = p.detector.pixel2 = 1e-4;
  p.poni1 = rows * 0.5e-4;
  p.poni2 = columns * 0.5e-4;
  p.rot1 = p.rot2 = p.rot3 = 0;
  return p;
}

integration_options options_of(pixel_splitting splitting, int bins, radial_unit unit = radial_unit::q_per_nm) {
  integration_options o;
  o.splitting = splitting;
  o.bins = bins;
  o.unit = unit;
  return o;
}

std::vector<std::uint8_t> random_mask(std::size_t pixels, double fraction) {
  std::mt19937 random(20240611);
  std::bernoulli_distribution masked(fraction);
  std::vector<std::uint8_t> mask(pixels);
  for (auto& value : mask) value = masked(random) ? 7 : 0;
  return mask;
}

double total(integration_matrix const& matrix, std::size_t pixel) {
  double sum = 0;
  for (auto i = matrix.offsets[pixel]; i < matrix.offsets[pixel + 1]; ++i) sum += matrix.coefficient[i];
  return sum;
}

std::vector<double> count_of(integration_matrix const& matrix) {
  std::vector<double> count(matrix.bins);
  for (std::size_t i = 0; i < matrix.entries(); ++i) count[matrix.bin[i]] += matrix.coefficient[i];
  return count;
}

class every_splitting : public testing::TestWithParam<pixel_splitting> {};
INSTANTIATE_TEST_SUITE_P(integration, every_splitting,
                         testing::Values(pixel_splitting::no, pixel_splitting::bbox, pixel_splitting::full),
                         [](auto const& splitting) { return std::string(name_of(splitting.param)); });

TEST_P(every_splitting, keeps_the_total_of_every_pixel) {
  for (auto unit : {radial_unit::q_per_nm, radial_unit::q_per_angstrom, radial_unit::two_theta_deg,
                    radial_unit::two_theta_rad, radial_unit::radius_mm})
    for (int bins : {1, 2, 37, 5000}) {
      auto const mask = random_mask(83 * 61, 0.1);
      auto const made = make_integration(tilted(), options_of(GetParam(), bins, unit), mask);
      ASSERT_EQ(made.matrix.offsets.size(), mask.size() + 1);
      for (std::size_t pixel = 0; pixel < mask.size(); ++pixel)
        ASSERT_NEAR(total(made.matrix, pixel), mask[pixel] == 0 ? 1 : 0, 3e-6)
            << "pixel " << pixel << ", bins " << bins;
    }
}

TEST_P(every_splitting, entries_are_valid_and_ascend) {
  auto const made = make_integration(tilted(), options_of(GetParam(), 977), {});
  auto const& m = made.matrix;
  EXPECT_EQ(m.rows, 83);
  EXPECT_EQ(m.columns, 61);
  EXPECT_EQ(m.bins, 977U);
  ASSERT_EQ(made.radial.size(), 977U);
  EXPECT_EQ(m.bin.size(), m.coefficient.size());
  EXPECT_EQ(m.offsets.front(), 0U);
  EXPECT_EQ(m.offsets.back(), m.bin.size());
  for (std::size_t pixel = 0; pixel < m.pixels(); ++pixel)
    for (auto i = m.offsets[pixel]; i < m.offsets[pixel + 1]; ++i) {
      ASSERT_LT(m.bin[i], m.bins);
      ASSERT_TRUE(i == m.offsets[pixel] || m.bin[i] == m.bin[i - 1] + 1);
      ASSERT_GE(m.coefficient[i], 0);
      ASSERT_LE(m.coefficient[i], 1);
    }
}

TEST_P(every_splitting, a_flat_image_gives_a_flat_pattern) {
  poni const p = tilted();
  auto const made = make_integration(p, options_of(GetParam(), 400), {});
  norm_images images;
  images.solid_angle = solid_angle(p);
  images.polarization = polarization(p, 0.95, 0.1);
  auto const norm = pixel_norm(images);
  std::vector<double> signal(400), sum_of_norms(400);
  for (std::size_t pixel = 0; pixel < norm.size(); ++pixel)
    for (auto i = made.matrix.offsets[pixel]; i < made.matrix.offsets[pixel + 1]; ++i) {
      double const c = made.matrix.coefficient[i];
      signal[made.matrix.bin[i]] += c * 42.5 * norm[pixel];
      sum_of_norms[made.matrix.bin[i]] += c * norm[pixel];
    }
  int filled = 0;
  for (std::size_t bin = 0; bin < 400; ++bin)
    if (sum_of_norms[bin] > 0) {
      EXPECT_NEAR(signal[bin] / sum_of_norms[bin], 42.5, 1e-10);
      ++filled;
    }
  EXPECT_GT(filled, 200);
}

TEST_P(every_splitting, mirrored_detectors_are_mirrored_images) {
  for (int orientation : {1, 2, 4}) {
    poni p = tilted();
    auto options = options_of(GetParam(), 200);
    options.azimuth_range = {{-70, 15}};
    auto const usual = make_integration(p, options, {}).matrix;
    auto const usual_norm = polarization(p, 0.8, 0.3);
    auto const usual_solid = solid_angle(p);
    p.detector.orientation = orientation;
    auto const mirrored = make_integration(p, options, {}).matrix;
    auto const norm = polarization(p, 0.8, 0.3);
    auto const solid = solid_angle(p);
    for (int row = 0; row < 83; ++row)
      for (int column = 0; column < 61; ++column) {
        int const other_row = orientation == 4 ? row : 82 - row;
        int const other_column = orientation == 2 ? column : 60 - column;
        auto const a = static_cast<std::size_t>(row * 61 + column);
        auto const b = static_cast<std::size_t>(other_row * 61 + other_column);
        ASSERT_EQ(norm[a], usual_norm[b]);
        ASSERT_EQ(solid[a], usual_solid[b]);
        ASSERT_EQ(mirrored.offsets[a + 1] - mirrored.offsets[a], usual.offsets[b + 1] - usual.offsets[b]);
        for (std::uint32_t i = 0; i < mirrored.offsets[a + 1] - mirrored.offsets[a]; ++i) {
          ASSERT_EQ(mirrored.bin[mirrored.offsets[a] + i], usual.bin[usual.offsets[b] + i]);
          ASSERT_EQ(mirrored.coefficient[mirrored.offsets[a] + i], usual.coefficient[usual.offsets[b] + i]);
        }
      }
  }
}

TEST_P(every_splitting, bins_that_no_pixel_reaches_are_empty) {
  poni const p = straight(20, 20);
  auto options = options_of(GetParam(), 100, radial_unit::radius_mm);
  options.radial_range = {{0, 100}};  // bins of 1 mm; the corner of the detector is at √2 mm
  auto const made = make_integration(p, options, {});
  auto const count = count_of(made.matrix);
  EXPECT_GT(count[0], 0);
  EXPECT_GT(count[1], 0);
  for (std::size_t bin = 2; bin < 100; ++bin) EXPECT_EQ(count[bin], 0) << bin;
  EXPECT_NEAR(made.radial[3], 3.5, 1e-6);
}

TEST_P(every_splitting, refuses_what_makes_no_sense) {
  poni const p = tilted();
  auto const bad = [&](auto change) {
    auto options = options_of(GetParam(), 100);
    change(options);
    return options;
  };
  auto const nan = std::numeric_limits<double>::quiet_NaN();
  for (std::array<double, 2> range : {std::array{2.0, 1.0}, {1.0, 1.0}, {nan, 1.0}, {0.0, HUGE_VAL}})
    EXPECT_THROW(make_integration(p, bad([&](auto& o) { o.radial_range = range; }), {}), usage_error);
  for (std::array<double, 2> range : {std::array{10.0, 10.0}, {nan, 1.0}, {0.0, HUGE_VAL}})
    EXPECT_THROW(make_integration(p, bad([&](auto& o) { o.azimuth_range = range; }), {}), usage_error);
  for (int bins : {0, -5, 1 << 30})
    EXPECT_THROW(make_integration(p, bad([&](auto& o) { o.bins = bins; }), {}), usage_error);
  EXPECT_EQ(make_integration(p, bad([](auto& o) { o.radial_range = {{1e6, 2e6}}; }), {}).matrix.entries(), 0U);
  std::vector<std::uint8_t> const all(83 * 61, 1), short_one(83 * 61 - 1);
  EXPECT_THROW(make_integration(p, options_of(GetParam(), 100), all), input_error);
  EXPECT_THROW(make_integration(p, options_of(GetParam(), 100), short_one), input_error);
  poni unknown_shape = p;
  unknown_shape.detector.rows = unknown_shape.detector.columns = 0;
  EXPECT_THROW(make_integration(unknown_shape, options_of(GetParam(), 100), {}), input_error);
  EXPECT_THROW(solid_angle(unknown_shape), input_error);
  poni no_wavelength = p;
  no_wavelength.wavelength = 0;
  EXPECT_THROW(make_integration(no_wavelength, options_of(GetParam(), 100), {}), input_error);
  EXPECT_NO_THROW(make_integration(no_wavelength, options_of(GetParam(), 100, radial_unit::two_theta_deg), {}));
}

TEST_P(every_splitting, a_single_pixel_is_enough) {
  std::vector<std::uint8_t> mask(83 * 61, 1);
  mask[1234] = 0;
  auto const made = make_integration(tilted(), options_of(GetParam(), 3), mask);
  EXPECT_NEAR(total(made.matrix, 1234), 1, 1e-6);
  EXPECT_EQ(made.matrix.offsets.back(), made.matrix.entries());
}

TEST_P(every_splitting, sectors_across_180_degrees_join_their_halves) {
  poni const p = straight(40, 40);
  auto const selected = [&](double low, double high) {
    auto options = options_of(GetParam(), 50);
    options.azimuth_range = {{low, high}};
    auto const matrix = make_integration(p, options, {}).matrix;
    std::set<std::size_t> pixels;
    for (std::size_t i = 0; i < matrix.pixels(); ++i)
      if (matrix.offsets[i + 1] > matrix.offsets[i]) pixels.insert(i);
    return pixels;
  };
  auto joined = selected(150, 180);
  joined.merge(selected(-180, -150));
  auto const across = selected(150, 210);
  EXPECT_EQ(across, selected(150, -150));
  EXPECT_EQ(across, selected(510, -150));
  // Only a pixel that straddles ±180° and reaches an end of the sector from there could tell them apart: there is none.
  EXPECT_EQ(across, joined);
  EXPECT_EQ(selected(-180, 180).size(), 1600U);
  EXPECT_EQ(selected(0, 360).size(), 1600U);
  EXPECT_EQ(selected(-500, 500).size(), 1600U);
  // A sector that holds both 0° and 180°, and the one that it leaves out.
  auto most_upwards = selected(100, 180);
  most_upwards.merge(selected(-180, 0));
  most_upwards.merge(selected(0, 40));
  EXPECT_EQ(selected(100, 400), most_upwards);
  auto const most = selected(-100, 200), rest = selected(-160, -100);
  EXPECT_LT(most.size(), 1600U);
  EXPECT_GE(most.size() + rest.size(), 1600U);
}

TEST(integration_without_splitting, puts_pixels_where_their_centres_are) {
  poni const p = straight(30, 50);
  auto options = options_of(pixel_splitting::no, 64, radial_unit::two_theta_rad);
  options.radial_range = {{0.004, 0.03}};
  auto const made = make_integration(p, options, {});
  double const step = (0.03 * (1 + std::ldexp(1, -23)) - 0.004) / 64;
  for (int row = 0; row < 30; ++row)
    for (int column = 0; column < 50; ++column) {
      double const two_theta = std::atan(std::hypot(row - 14.5, column - 24.5) * 1e-4 / 0.05);
      double const position = (two_theta - 0.004) / step;
      auto const pixel = static_cast<std::size_t>(row * 50 + column);
      auto const first = made.matrix.offsets[pixel];
      if (position <= -1 || position >= 64) {
        ASSERT_EQ(made.matrix.offsets[pixel + 1], first);
        continue;
      }
      ASSERT_EQ(made.matrix.offsets[pixel + 1], first + 1);
      ASSERT_NEAR(made.matrix.bin[first] + 0.5, std::max(position, 0.0), 0.5 + 1e-9);
    }
}

TEST(integration_without_splitting, automatic_range_ends_at_the_outermost_centres_outside_the_mask) {
  poni const p = straight(30, 50);
  std::vector<std::uint8_t> mask(30 * 50);
  for (std::size_t i : {0U, 49U, 29U * 50U, 29U * 50U + 49U}) mask[i] = 1;  // the four corners, the farthest pixels
  auto const made = make_integration(p, options_of(pixel_splitting::no, 10, radial_unit::radius_mm), mask);
  double const lower = std::hypot(0.5, 0.5) * 0.1, upper = std::hypot(13.5, 24.5) * 0.1;
  EXPECT_NEAR(made.radial[0], lower + (upper - lower) / 20, 1e-6);
  EXPECT_NEAR(made.radial[9], upper - (upper - lower) / 20, 1e-6);
  auto const count = count_of(made.matrix);
  EXPECT_EQ(std::accumulate(count.begin(), count.end(), 0.0), 30 * 50 - 4);
}

TEST(integration_without_splitting, a_sector_takes_pixels_by_their_centres) {
  poni const p = straight(30, 30);
  auto options = options_of(pixel_splitting::no, 10);
  options.azimuth_range = {{20, 110}};
  auto const made = make_integration(p, options, {});
  for (int row = 0; row < 30; ++row)
    for (int column = 0; column < 30; ++column) {
      double const chi = std::atan2(row - 14.5, column - 14.5) * 180 / pi;
      auto const pixel = static_cast<std::size_t>(row * 30 + column);
      ASSERT_EQ(made.matrix.offsets[pixel + 1] > made.matrix.offsets[pixel], chi >= 20 && chi <= 110) << chi;
    }
}

TEST(integration_by_bounding_boxes, range_starts_at_0_where_the_beam_hits_the_detector) {
  auto const made =
      make_integration(straight(30, 50), options_of(pixel_splitting::bbox, 10, radial_unit::radius_mm), {});
  double const upper = std::hypot(15, 25) * 0.1;
  EXPECT_NEAR(made.radial[0], upper / 20, 1e-5);
  EXPECT_NEAR(made.radial[9], upper - upper / 20, 1e-5);
}

TEST(integration_by_bounding_boxes, spreads_a_pixel_evenly) {
  poni const p = straight(31, 31);
  auto options = options_of(pixel_splitting::bbox, 5000, radial_unit::radius_mm);
  options.radial_range = {{0, 3}};
  auto const made = make_integration(p, options, {});
  // The pixel right of the middle one: centre at 0.1 mm; its far corners at √(0.15² + 0.05²) mm, near ones closer.
  std::size_t const pixel = 15 * 31 + 16;
  double const half_width = std::hypot(0.15, 0.05) - 0.1, step = 3.0 / 5000;
  auto const first = made.matrix.offsets[pixel], last = made.matrix.offsets[pixel + 1] - 1;
  EXPECT_EQ(made.matrix.bin[first], static_cast<std::uint32_t>((0.1 - half_width) / step));
  EXPECT_EQ(made.matrix.bin[last], static_cast<std::uint32_t>((0.1 + half_width) / step));
  for (auto i = first + 1; i < last; ++i) EXPECT_NEAR(made.matrix.coefficient[i], step / (2 * half_width), 1e-6);
}

TEST(integration_by_bounding_boxes, what_lies_outside_the_range_goes_to_its_ends) {
  poni const p = straight(31, 31);
  auto options = options_of(pixel_splitting::bbox, 10, radial_unit::radius_mm);
  options.radial_range = {{0.5, 0.9}};
  auto const made = make_integration(p, options, {});
  for (std::size_t pixel = 0; pixel < made.matrix.pixels(); ++pixel) {
    double const sum = total(made.matrix, pixel);
    ASSERT_TRUE(sum == 0 || std::abs(sum - 1) < 1e-6) << sum;
  }
}

TEST(pixel_geometry, a_ray_meets_the_pixel_whose_angles_it_has) {
  for (int orientation : {1, 2, 3, 4}) {
    poni p = tilted();
    p.detector.orientation = orientation;
    pixel_geometry const pixels(p);
    std::vector<double> two_theta(61), azimuth(61);
    for (int row = 0; row < 83; ++row) {
      pixels.centre_radii(radial_unit::two_theta_rad, row, two_theta);
      pixels.centre_azimuths(row, azimuth);
      for (std::size_t j = 0; j < 61; ++j) {
        double const across = std::sin(two_theta[j]);
        auto const met =
            pixels.meet({across * std::sin(azimuth[j]), across * std::cos(azimuth[j]), std::cos(two_theta[j])});
        ASSERT_TRUE(met.has_value());
        ASSERT_NEAR((*met)[0], row, 1e-3) << "orientation " << orientation;  // azimuths come of positions in float
        ASSERT_NEAR((*met)[1], static_cast<double>(j), 1e-3) << "orientation " << orientation;
      }
    }
    EXPECT_FALSE(pixels.meet({0, 0, -1}).has_value());
  }
}

TEST(norms, solid_angle_is_that_of_an_exact_formula) {
  poni const p = tilted();
  auto const image = solid_angle(p);
  for (int row = 0; row < 83; ++row)
    for (int column = 0; column < 61; ++column) {
      double const p1 = (row + 0.5) * 1.3e-4 - 3.1e-3, p2 = (column + 0.5) * 0.9e-4 - 2.2e-3;
      double const expected = std::pow(0.05 / std::sqrt(0.05 * 0.05 + p1 * p1 + p2 * p2), 3);
      ASSERT_NEAR(image[static_cast<std::size_t>(row * 61 + column)], expected, 1e-7);
    }
}

TEST(norms, polarization_of_an_untilted_detector) {
  poni p = straight(40, 40);
  p.distance = 2e-3;  // 2θ up to 55°
  auto const linear = polarization(p, 1, 0), none = polarization(p, 0, 0), turned = polarization(p, 1, pi / 2);
  for (int row = 0; row < 40; ++row)
    for (int column = 0; column < 40; ++column) {
      double const up = (row - 19.5) * 1e-4, across = (column - 19.5) * 1e-4;
      double const squared = up * up + across * across + p.distance * p.distance;
      auto const pixel = static_cast<std::size_t>(row * 40 + column);
      // Polarized across: 1 − sin² of the angle between the ray's projection and the direction of the field.
      ASSERT_NEAR(linear[pixel], 1 - across * across / squared, 2e-7);
      ASSERT_NEAR(turned[pixel], 1 - up * up / squared, 2e-7);
      ASSERT_NEAR(none[pixel], 0.5 * (1 + p.distance * p.distance / squared), 2e-7);
    }
}

TEST_P(every_splitting, is_the_same_to_the_bit_for_any_number_of_threads) {
  auto const mask = random_mask(203 * 61, 0.1);
  for (auto const azimuth_bins : {std::optional<int>(), std::optional<int>(7), std::optional<int>(700)})
    for (bool const sector : {false, true}) {
      auto options = options_of(GetParam(), 200);
      options.azimuth_bins = azimuth_bins;
      if (sector) options.azimuth_range = {{30, 250}};
      auto const alone = make_integration(tilted(203), options, mask, 1);
      EXPECT_GT(alone.matrix.entries(), 1000U);
      for (int const threads : {2, 3, 50}) {
        auto const made = make_integration(tilted(203), options, mask, threads);
        EXPECT_EQ(made.matrix.offsets, alone.matrix.offsets);
        EXPECT_EQ(made.matrix.bin, alone.matrix.bin);
        EXPECT_EQ(made.matrix.coefficient, alone.matrix.coefficient);
        EXPECT_EQ(made.radial, alone.radial);
        EXPECT_EQ(made.azimuthal, alone.azimuthal);
      }
    }
}

TEST(norms, are_multiplied_in_float_from_left_to_right) {
  norm_images images;
  EXPECT_TRUE(pixel_norm(images).empty());
  images.solid_angle = {0.7F, 0.3F};
  EXPECT_EQ(pixel_norm(images), images.solid_angle);
  images.flat = {1.1F, 0.9F};
  images.polarization = {0.123F, 0.456F};
  images.absorption = {0.987F, 3.21F};
  EXPECT_EQ(pixel_norm(images),
            (std::vector<float>{((1.1F * 0.123F) * 0.7F) * 0.987F, ((0.9F * 0.456F) * 0.3F) * 3.21F}));
  images.absorption.push_back(1);
  EXPECT_THROW(pixel_norm(images), input_error);
}

TEST(splitting, names) {
  EXPECT_EQ(parse_splitting("no"), pixel_splitting::no);
  EXPECT_EQ(parse_splitting("bbox"), pixel_splitting::bbox);
  EXPECT_EQ(parse_splitting("full"), pixel_splitting::full);
  EXPECT_EQ(name_of(pixel_splitting::no), "no");
  EXPECT_EQ(name_of(pixel_splitting::bbox), "bbox");
  EXPECT_EQ(name_of(pixel_splitting::full), "full");
  EXPECT_THROW(parse_splitting("Bbox"), usage_error);
}

}  // namespace
}  // namespace xrdct
