#include "xrdct/tomo/geometry.hpp"

#include "xrdct/base/error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <random>
#include <stdexcept>

namespace xrdct::test {
namespace {

using std::numbers::pi;

std::vector<double> turn(int angles, double span, double start = 0) {
  std::vector<double> all;
  for (int i = 0; i < angles; ++i) all.push_back(start + span * i / angles);
  return all;
}

/// The share of the half circle for which an angle is the nearest one, by trying many directions.
std::vector<double> shares_by_trial(std::vector<double> const& angles) {
  constexpr int trials = 200000;
  std::vector<double> shares(angles.size());
  for (int i = 0; i < trials; ++i) {
    double const direction = pi * (i + 0.5) / trials;
    std::vector<double> far;
    for (double const angle : angles) far.push_back(std::abs(std::remainder(angle - direction, pi)));
    double const least = *std::ranges::min_element(far);
    auto const ties = std::ranges::count_if(far, [&](double d) { return d - least < 1e-9; });
    for (std::size_t k = 0; k < far.size(); ++k) {
      if (far[k] - least < 1e-9) shares[k] += 1.0 / static_cast<double>(ties) / trials;
    }
  }
  return shares;
}

TEST(centre, is_that_of_the_convention) {
  EXPECT_EQ(centre(convention::xrdct, 5), 2);
  EXPECT_EQ(centre(convention::xrdct, 6), 2.5);
  EXPECT_EQ(centre(convention::silx, 6), 2.5);
  EXPECT_EQ(centre(convention::skimage, 5), 2);
  EXPECT_EQ(centre(convention::skimage, 6), 3);
  EXPECT_EQ(default_axis(convention::xrdct, 40), 19.5);
  EXPECT_EQ(default_axis(convention::silx, 41), 20);
  EXPECT_EQ(default_axis(convention::skimage, 40), 20);
}

TEST(angle_weights, of_uniform_angles_are_equal) {
  for (auto const& angles : {turn(48, pi), turn(47, pi), turn(48, 2 * pi), turn(47, 2 * pi), turn(180, -pi),
                             turn(33, pi, 1.234), turn(90, 2 * pi, -17.3), turn(1, pi), turn(2, pi)}) {
    for (convention const whose : {convention::xrdct, convention::skimage, convention::silx}) {
      for (double const weight : angle_weights(angles, whose)) {
        EXPECT_EQ(weight, pi / (2 * static_cast<double>(angles.size())));
      }
    }
  }
}

TEST(angle_weights, are_voronoi_shares_of_the_half_circle) {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> angle(-10, 10);
  for (int const count : {2, 3, 10, 25}) {
    std::vector<double> angles;
    for (int i = 0; i < count; ++i) angles.push_back(angle(random));
    if (count == 25) {  // repeated ones, exactly and by half turns
      angles[7] = angles[3];
      angles[11] = angles[3] + pi;
      angles[12] = angles[4] - 3 * pi;
    }
    auto const expected = shares_by_trial(angles);
    for (convention const whose : {convention::xrdct, convention::silx}) {
      auto const weights = angle_weights(angles, whose);
      for (std::size_t i = 0; i < angles.size(); ++i) EXPECT_NEAR(weights[i], expected[i] * pi / 2, 2e-4) << i;
      EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0.0), pi / 2, 1e-12);
    }
    for (double const weight : angle_weights(angles, convention::skimage)) EXPECT_EQ(weight, pi / (2.0 * count));
  }
}

TEST(angle_weights, of_0_and_180_degrees_share) {
  for (double const rounding : {0.0, 1e-12, -1e-12}) {
    std::vector<double> angles;
    for (int i = 0; i <= 180; ++i) angles.push_back(i * pi / 180);
    angles.back() += rounding;
    auto const weights = angle_weights(angles, convention::xrdct);
    EXPECT_NEAR(weights.front(), pi / 720, 1e-9);
    EXPECT_NEAR(weights.back(), pi / 720, 1e-9);
    for (std::size_t i = 1; i < 180; ++i) EXPECT_NEAR(weights[i], pi / 360, 1e-9);
  }
}

TEST(angle_weights, go_to_the_neighbours_of_dropped_rotations) {
  auto const angles = turn(10, pi);
  auto const weights = angle_weights(angles, convention::xrdct, {3, 9});
  double const step = pi / 20;
  for (std::size_t i = 0; i < 10; ++i) {
    double const expected = i == 3 || i == 9 ? 0 : i == 2 || i == 4 || i == 8 || i == 0 ? 1.5 : 1;
    EXPECT_NEAR(weights[i], expected * step, 1e-12) << i;
  }
  auto const equal = angle_weights(angles, convention::skimage, {3, 9});
  EXPECT_EQ(equal[3], 0);
  EXPECT_EQ(equal[4], pi / 16);
  EXPECT_THROW(angle_weights({0, 1}, convention::xrdct, {0, 1}), input_error);
  EXPECT_THROW(angle_weights({}, convention::xrdct), input_error);
  EXPECT_THROW(angle_weights({0, std::nan("")}, convention::xrdct), input_error);
  EXPECT_THROW(angle_weights({0, 1}, convention::skimage, {2}), std::out_of_range);
  EXPECT_THROW(angle_weights({0, 1}, convention::skimage, {-1}), std::out_of_range);
}

}  // namespace
}  // namespace xrdct::test
