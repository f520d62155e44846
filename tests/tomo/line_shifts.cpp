#include "xrdct/tomo/line_shifts.hpp"

#include "tests/tomo/ellipses.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace xrdct::test {
namespace {

struct drifting_scan {
  scan_geometry geometry;
  std::vector<double> shifts;
  total_scattering total;
};

/// Lines that jump, and drift slowly; sinusoids of the angle, which are the sample's own way, are left out.
std::vector<double> random_shifts(std::vector<double> const& angles, std::mt19937& random, double size) {
  std::normal_distribution<double> normal(0, size);
  std::vector<double> shifts;
  for (std::size_t r = 0; r < angles.size(); ++r) shifts.push_back(normal(random) + size * std::sin(5 * angles[r] + 1));
  auto const fit = fit_sinusoid(angles, shifts);
  for (std::size_t r = 0; r < angles.size(); ++r) shifts[r] -= fit.at(angles[r]);
  return shifts;
}

drifting_scan make(std::mt19937& random, int rotations, int translations, double range, double size, double noise,
                   double radius = 0.33) {
  drifting_scan made;
  made.geometry.angles = even_angles(rotations, range);
  made.geometry.translations = translations;
  made.geometry.axis = (translations - 1) / 2.0 + 0.8;
  made.shifts = random_shifts(made.geometry.angles, random, size);
  auto values = project_ellipses(random_sample(random, radius * translations), made.geometry, made.shifts);
  double const level = *std::ranges::max_element(values);
  std::normal_distribution<double> normal(0, noise * level);
  for (auto& v : values) v += 0.2 * level + normal(random);
  made.total.entries = {rotations, translations, std::vector<std::uint8_t>(values.size(), 1)};
  made.total.angles = made.geometry.angles;
  made.total.values = values;
  return made;
}

/// Of the difference, without what a sinusoid accounts for.
double deviation(std::vector<double> const& angles, std::vector<double> found, std::vector<double> const& truth) {
  for (std::size_t r = 0; r < found.size(); ++r) found[r] -= truth[r];
  auto const fit = fit_sinusoid(angles, found);
  double sum = 0;
  for (std::size_t r = 0; r < found.size(); ++r) sum += std::pow(found[r] - fit.at(angles[r]), 2);
  return std::sqrt(sum / static_cast<double>(found.size()));
}

TEST(line_shifts, are_found_to_a_small_part_of_a_step) {
  std::mt19937 random(1);
  struct {
    int rotations, translations;
    double range;
  } const cases[] = {{48, 41, 180}, {61, 60, 180}, {80, 50, 360}, {45, 37, 360}};
  for (auto const& one : cases)
    for (double const size : {0.3, 1.5}) {
      auto const made = make(random, one.rotations, one.translations, one.range, size, 0.005);
      auto const found = find_line_shifts(made.total, made.geometry.axis, false);
      double const before = deviation(made.geometry.angles, std::vector<double>(made.shifts.size()), made.shifts);
      double const after = deviation(made.geometry.angles, found.shifts, made.shifts);
      EXPECT_GT(before, 0.8 * size);
      EXPECT_LT(after, 0.06) << one.rotations << " x " << one.translations << " shifted by " << size;
      EXPECT_LT(found.misfit_after, (size > 1 ? 0.3 : 0.9) * found.misfit_before);
    }
}

TEST(line_shifts, of_a_sample_larger_than_the_field_get_smaller) {
  std::mt19937 random(2);
  auto const made = make(random, 72, 48, 360, 0.7, 0.002, 0.7);
  auto const found = find_line_shifts(made.total, made.geometry.axis, true);
  double const before = deviation(made.geometry.angles, std::vector<double>(made.shifts.size()), made.shifts);
  EXPECT_LT(deviation(made.geometry.angles, found.shifts, made.shifts), 0.4 * before);
  EXPECT_LT(found.misfit_after, 0.5 * found.misfit_before);
}

TEST(line_shifts, hardly_move_lines_that_are_in_their_places) {
  std::mt19937 random(3);
  for (double const range : {180.0, 360.0}) {
    auto const made = make(random, 60, 45, range, 0, 0.005);
    auto const found = find_line_shifts(made.total, made.geometry.axis, false);
    EXPECT_LT(deviation(made.geometry.angles, found.shifts, made.shifts), 0.05);
    EXPECT_LE(found.misfit_after, found.misfit_before);
    EXPECT_NEAR(fit_sinusoid(made.geometry.angles, found.shifts).offset, 0, 0.01) << "the axis stays";
  }
}

TEST(line_shifts, are_none_where_there_is_too_little) {
  std::mt19937 random(4);
  auto made = make(random, 3, 40, 180, 0.5, 0);
  EXPECT_EQ(find_line_shifts(made.total, 20, false).shifts, std::vector<double>(3));
  made = make(random, 20, 6, 180, 0, 0);
  EXPECT_EQ(find_line_shifts(made.total, 3, false).shifts, std::vector<double>(20));
  made = make(random, 20, 20, 180, 0, 0);
  std::ranges::fill(made.total.values, 0.0);
  EXPECT_EQ(find_line_shifts(made.total, 10, false).shifts, std::vector<double>(20));
}

}  // namespace
}  // namespace xrdct::test
