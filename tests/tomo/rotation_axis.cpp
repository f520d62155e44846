#include "xrdct/tomo/rotation_axis.hpp"

#include "tests/tomo/ellipses.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace xrdct::test {
namespace {

struct scan_case {
  char const* name;
  int rotations;
  int translations;
  double range;  // degrees
  bool uneven = false;
};

scan_case const cases[] = {{"half a turn", 48, 41, 180},
                           {"half a turn, even", 61, 60, 180},
                           {"a turn", 72, 50, 360},
                           {"a turn, odd", 45, 33, 360},
                           {"half a turn, unevenly", 50, 45, 180, true}};

scan_geometry geometry_of(scan_case const& one, std::mt19937& random) {
  scan_geometry geometry;
  geometry.angles = even_angles(one.rotations, one.range);
  double const step = geometry.angles[1];
  std::uniform_real_distribution<double> jitter(-0.7 * step, 0.7 * step);
  if (one.uneven)
    for (auto& angle : geometry.angles) angle += jitter(random);
  std::ranges::sort(geometry.angles);
  geometry.translations = one.translations;
  geometry.axis = (one.translations - 1) / 2.0 + std::uniform_real_distribution<double>(-3, 3)(random);
  return geometry;
}

total_scattering total_of(scan_geometry const& geometry, std::vector<double> values) {
  auto const rotations = static_cast<int>(geometry.angles.size());
  return {entry_map{rotations, geometry.translations, std::vector<std::uint8_t>(values.size(), 1)}, geometry.angles,
          std::move(values)};
}

double largest_radius(scan_geometry const& geometry) {
  return std::min(geometry.axis, geometry.translations - 1 - geometry.axis) - 2;
}

TEST(rotation_axis, is_found_to_a_hundredth_of_a_step_without_noise) {
  std::mt19937 random(1);
  for (auto const& one : cases)
    for (int i = 0; i < 4; ++i) {
      auto const geometry = geometry_of(one, random);
      auto values = project_ellipses(random_sample(random, largest_radius(geometry)), geometry);
      for (auto& v : values) v += 3.7;  // air
      auto const found = find_rotation_axis(total_of(geometry, values));
      EXPECT_TRUE(found.clear) << one.name;
      EXPECT_FALSE(found.truncated) << one.name;
      EXPECT_NEAR(found.index, geometry.axis, 0.01) << one.name;
      EXPECT_LT(found.misfit, 0.02) << one.name;
    }
}

TEST(rotation_axis, is_where_its_error_says_with_noise_lost_entries_and_spoiled_rotations) {
  std::mt19937 random(2);
  std::normal_distribution<double> normal;
  double squares = 0;
  int n = 0;
  for (auto const& one : cases)
    for (int i = 0; i < 10; ++i, ++n) {
      auto const geometry = geometry_of(one, random);
      auto values = project_ellipses(random_sample(random, largest_radius(geometry)), geometry);
      double const level = *std::ranges::max_element(values) / 2;
      for (auto& v : values) v = level + v * (1 + 0.02 * normal(random)) + 0.02 * level * normal(random);
      for (int s = 0; s < 3; ++s) values[random() % values.size()] += 20 * level;
      auto total = total_of(geometry, values);
      for (std::size_t e = 2; e < values.size(); e += 97) total.entries.present[e] = 0;
      auto const found = find_rotation_axis(total);
      ASSERT_TRUE(found.clear) << one.name;
      EXPECT_NEAR(found.index, geometry.axis, 0.2) << one.name;
      EXPECT_LT(found.error, 0.06) << one.name;
      squares += std::pow((found.index - geometry.axis) / found.error, 2);
    }
  EXPECT_LT(squares / n, 2);
  EXPECT_GT(squares / n, 0.4);
}

TEST(rotation_axis, of_a_round_sample_on_the_axis_is_its_middle) {
  scan_geometry geometry;
  geometry.angles = even_angles(40, 180);
  geometry.translations = 30;
  geometry.axis = 16.25;
  auto const found = find_rotation_axis(total_of(geometry, project_ellipses({{0, 0, 9, 9, 0, 1}}, geometry)));
  EXPECT_TRUE(found.clear);
  EXPECT_NEAR(found.index, 16.25, 1e-3);
}

TEST(rotation_axis, of_a_sample_larger_than_the_field_is_found_by_its_tomogram) {
  std::mt19937 random(3);
  for (auto const& one : cases) {
    double squares = 0;
    for (int i = 0; i < 4; ++i) {
      auto const geometry = geometry_of(one, random);
      auto const values = project_ellipses(random_sample(random, 0.8 * one.translations, 16), geometry);
      auto const found = find_rotation_axis(total_of(geometry, values), 2);
      EXPECT_TRUE(found.truncated) << one.name;
      EXPECT_NEAR(found.index, geometry.axis, 1) << one.name;
      squares += std::pow(found.index - geometry.axis, 2);
    }
    EXPECT_LT(std::sqrt(squares / 4), 0.5) << one.name;
  }
}

TEST(rotation_axis, is_the_middle_where_the_scan_does_not_tell) {
  std::mt19937 random(4);
  std::normal_distribution<double> normal;
  scan_geometry geometry;
  geometry.angles = even_angles(50, 180);
  geometry.translations = 41;
  geometry.axis = 22;
  auto const middle = [&](std::vector<double> values) {
    auto const found = find_rotation_axis(total_of(geometry, std::move(values)));
    EXPECT_FALSE(found.clear);
    return found.index;
  };
  std::vector<double> noise(50 * 41);
  EXPECT_EQ(middle(noise), 20) << "nothing at all";
  for (auto& v : noise) v = 100 + normal(random);
  EXPECT_EQ(middle(noise), 20) << "air";
  geometry.angles = even_angles(50, 1);  // degrees
  auto values = project_ellipses(random_sample(random, 15), geometry);
  for (auto& v : values) v += 0.2 * normal(random);
  EXPECT_EQ(middle(values), 20) << "one side only";
  geometry.angles = even_angles(3, 180);
  EXPECT_EQ(middle(project_ellipses(random_sample(random, 15), geometry)), 20) << "three rotations";
  geometry.translations = 1;
  EXPECT_EQ(middle({1, 2, 3}), 0) << "one translation";
}

TEST(mass_centres, are_not_known_where_little_was_measured_or_nothing_is_there) {
  total_scattering total;
  total.entries.rotations = 3;
  total.entries.translations = 4;
  total.entries.present = {1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1};
  total.angles = {0, 1, 2};
  total.values = {1, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  auto const centres = mass_centres(total, 1);
  EXPECT_EQ(centres[0], 1.5);
  EXPECT_TRUE(std::isnan(centres[1]));
  EXPECT_TRUE(std::isnan(centres[2]));
}

TEST(sinusoid, fit_ignores_outliers_and_values_that_are_not_known) {
  std::mt19937 random(5);
  std::normal_distribution<double> normal(0, 0.01);
  auto const angles = even_angles(60, 180);
  sinusoid const truth{20.3, 4, -7, 0, 0};
  std::vector<double> values;
  for (double const a : angles) values.push_back(truth.at(a) + normal(random));
  values[3] = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t i = 5; i < 60; i += 10) values[i] += 5;
  auto const fit = fit_sinusoid(angles, values);
  EXPECT_NEAR(fit.offset, truth.offset, 0.015);
  EXPECT_NEAR(fit.cosine, truth.cosine, 0.015);
  EXPECT_NEAR(fit.sine, truth.sine, 0.02);
  EXPECT_NEAR(fit.deviation, 0.01, 0.004);
  EXPECT_LT(fit.offset_error, 0.01);
}

TEST(sinusoid, fit_says_where_angles_do_not_tell) {
  std::vector<double> const same(20, 0.3);
  EXPECT_TRUE(std::isinf(fit_sinusoid(same, std::vector<double>(20, 5.0)).offset_error));
  EXPECT_TRUE(std::isinf(fit_sinusoid({}, {}).offset_error));
}

}  // namespace
}  // namespace xrdct::test
