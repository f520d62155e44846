/// \file Full splitting against pixels taken apart point by point.

#include "xrdct/geometry/integration.hpp"
#include "xrdct/geometry/polygon.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>
#include <random>

namespace xrdct {
namespace {

using std::numbers::pi;

/// The R2 sequence (M. Roberts, 2018): points that fill the unit square evenly whatever way it is cut.
std::array<double, 2> even_point(int k) {
  double whole;
  return {std::modf(0.5 + k * 0.7548776662466927, &whole), std::modf(0.5 + k * 0.5698402909980532, &whole)};
}

/// A tilted detector of oblong pixels, the beam on it near one corner.
poni large_detector() {
  poni p;
  p.detector.name = "Detector";
  p.detector.pixel1 = 1.1e-4;
  p.detector.pixel2 = 0.8e-4;
  p.detector.rows = 520;
  p.detector.columns = 610;
  p.distance = 0.11;
  p.poni1 = 1.9e-2;
  p.poni2 = 3.9e-2;
  p.rot1 = 0.08;
  p.rot2 = -0.11;
  p.rot3 = -1.5;
  p.wavelength = 3e-11;
  return p;
}

struct polar {
  double radius, azimuth;  // 2θ and χ in radians
};

/// Three turns, one after another: about the axes 1 and 2, then about the beam.
polar polar_of(poni const& p, double row, double column) {
  double x1 = row * p.detector.pixel1 - p.poni1, x2 = column * p.detector.pixel2 - p.poni2, x3 = p.distance;
  auto const turn = [](double& a, double& b, double angle) {
    double const c = std::cos(angle), s = std::sin(angle), a0 = a;
    a = c * a - s * b;
    b = s * a0 + c * b;
  };
  turn(x2, x3, -p.rot1);
  turn(x1, x3, p.rot2);
  turn(x1, x2, p.rot3);
  return {std::atan2(std::hypot(x1, x2), x3), std::atan2(x1, x2)};
}

double remainder_of_turn(double angle) { return std::remainder(angle, 2 * pi); }

/// The shares of a pixel in bins of 2θ: points spread evenly on it, each weighted with the area that its surroundings
/// have over 2θ and χ. Azimuths only enter through their small differences.
std::map<int, double> subsampled(poni const& p, int row, int column, double lower, double step, int bins) {
  std::map<int, double> shares;
  double total = 0;
  for (int k = 0; k < 60000; ++k) {
    auto const [u, v] = even_point(k);
    double constexpr h = 1e-2;
    auto const down = polar_of(p, row + u + h, column + v), up = polar_of(p, row + u - h, column + v);
    auto const right = polar_of(p, row + u, column + v + h), left = polar_of(p, row + u, column + v - h);
    double const weight = std::abs((down.radius - up.radius) * remainder_of_turn(right.azimuth - left.azimuth) -
                                   (right.radius - left.radius) * remainder_of_turn(down.azimuth - up.azimuth));
    int const bin = static_cast<int>(std::floor((polar_of(p, row + u, column + v).radius - lower) / step));
    if (bin < 0 || bin >= bins) continue;
    shares[bin] += weight;
    total += weight;
  }
  for (auto& [bin, share] : shares) share /= total;
  return shares;
}

bool crosses_cut(poni const& p, int row, int column) {
  std::array<double, 4> const chi{polar_of(p, row, column).azimuth, polar_of(p, row + 1, column).azimuth,
                                  polar_of(p, row, column + 1).azimuth, polar_of(p, row + 1, column + 1).azimuth};
  auto const [low, high] = std::minmax_element(chi.begin(), chi.end());
  return *high - *low > pi;
}

double pixels_from_beam(poni const& p, int row, int column) {
  return p.distance * std::tan(polar_of(p, row + 0.5, column + 0.5).radius) / p.detector.pixel1;
}

integration_options full_options(int bins, std::array<double, 2> range) {
  integration_options o;
  o.splitting = pixel_splitting::full;
  o.unit = radial_unit::two_theta_rad;
  o.bins = bins;
  o.radial_range = range;
  return o;
}

class full_splitting : public testing::TestWithParam<int> {
 protected:
  static constexpr std::array<double, 2> range{0.3, 0.46};
  poni geometry_ = large_detector();
  integration made_ = make_integration(geometry_, full_options(GetParam(), range), {});

  /// The largest difference of a share.
  double off(int row, int column) const {
    double const step = (range[1] * (1 + std::ldexp(1, -23)) - range[0]) / GetParam();
    auto expected = subsampled(geometry_, row, column, range[0], step, GetParam());
    auto const& m = made_.matrix;
    auto const pixel = static_cast<std::size_t>(row * geometry_.detector.columns + column);
    for (auto i = m.offsets[pixel]; i < m.offsets[pixel + 1]; ++i)
      expected[static_cast<int>(m.bin[i])] -= static_cast<double>(m.coefficient[i]);
    double largest = 0;
    for (auto const& [bin, difference] : expected) largest = std::max(largest, std::abs(difference));
    return largest;
  }
};
INSTANTIATE_TEST_SUITE_P(bins, full_splitting, testing::Values(90, 400, 2900));

TEST_P(full_splitting, shares_are_those_of_the_pixel_taken_apart) {
  std::mt19937 random(77);
  std::uniform_int_distribution<int> rows(0, 519), columns(0, 609);
  int seen = 0;
  while (seen < 12) {
    int const row = rows(random), column = columns(random);
    double const radius = polar_of(geometry_, row + 0.5, column + 0.5).radius;
    if (radius < range[0] + 1e-3 || radius > range[1] - 1e-3 || crosses_cut(geometry_, row, column)) continue;
    EXPECT_LT(off(row, column), 1e-3) << "pixel " << row << ", " << column;
    ++seen;
  }
}

TEST_P(full_splitting, a_pixel_across_the_cut_is_like_any_other) {
  int seen = 0;
  for (int row = 0; row < 520; ++row)
    for (int column = 0; column < 610; ++column) {
      double const radius = polar_of(geometry_, row + 0.5, column + 0.5).radius;
      if (radius < range[0] + 1e-3 || radius > range[1] - 1e-3 || !crosses_cut(geometry_, row, column)) continue;
      if (++seen % 32 == 1) {
        EXPECT_LT(off(row, column), 1e-3) << "pixel " << row << ", " << column;
      }
    }
  EXPECT_GT(seen, 48);
}

TEST_P(full_splitting, what_lies_outside_the_range_is_left_out_and_the_rest_scaled) {
  int seen = 0;
  for (int row = 0; row < 520; row += 3)
    for (int column = 0; column < 610; ++column) {
      double low = 10, high = 0, inside = 0;
      for (auto [i, j] : {std::array{0, 0}, {1, 0}, {1, 1}, {0, 1}}) {
        double const radius = polar_of(geometry_, row + i, column + j).radius;
        low = std::min(low, radius);
        high = std::max(high, radius);
      }
      for (double end : range) inside = std::max(inside, std::min(high - end, end - low) / (high - low));
      if (inside < 0.2 || ++seen % 48 != 1) continue;
      EXPECT_LT(off(row, column), 2e-3) << "pixel " << row << ", " << column;
    }
  EXPECT_GT(seen, 100);
}

/// How many times a quadrilateral runs round a point: edges that cross the line to the right of it, by their direction.
int windings(quadrilateral const& q, double x, double y) {
  int count = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    std::size_t const next = (i + 1) % 4;
    bool const from_below = q.azimuth[i] <= y, to_below = q.azimuth[next] <= y;
    if (from_below == to_below) continue;
    double const along = (y - q.azimuth[i]) / (q.azimuth[next] - q.azimuth[i]);
    if (q.radius[i] + along * (q.radius[next] - q.radius[i]) > x) count += from_below ? 1 : -1;
  }
  return count;
}

TEST(quadrilateral, areas_of_strips_are_those_of_points_inside) {
  std::mt19937 random(31);
  std::uniform_real_distribution<double> radius(0, 3), azimuth(-1, 1);
  for (int trial = 0; trial < 40; ++trial) {  // convex, concave and crossed ones
    quadrilateral q{};
    for (std::size_t i = 0; i < 4; ++i) q.radius[i] = radius(random), q.azimuth[i] = azimuth(random);
    if (trial % 8 == 0) q.radius[1] = q.radius[0];
    polygon_strips const strips(q);
    int constexpr points = 200000;
    for (int strip = 0; strip < 3; ++strip) {
      double net = 0;
      for (int k = 0; k < points; ++k) {
        auto const [u, v] = even_point(k);
        net += windings(q, strip + u, 2 * v - 1);
      }
      EXPECT_NEAR(strips.area(strip, strip + 1.0), std::abs(net) * 2 / points, 1e-3) << "quadrilateral " << trial;
    }
  }
}

TEST(quadrilateral, is_joined_across_the_cut_and_not_elsewhere) {
  quadrilateral across{{10, 10.6, 11.2, 10.7}, {3.12, 3.17 - 2 * pi, 3.13, 3.08}};
  join_across_cut(across, false, -pi);
  EXPECT_NEAR(across.azimuth[1], 3.17, 1e-12);
  EXPECT_EQ(across.azimuth[3], 3.08);
  quadrilateral below{{10, 10.6, 11.2, 10.7}, {-3.12, -3.07, -3.11, -3.16 + 2 * pi}};
  join_across_cut(below, false, -pi);
  EXPECT_NEAR(below.azimuth[3], -3.16, 1e-12);
  EXPECT_NEAR(below.azimuth[0], -3.12, 1e-12);
  quadrilateral at_zero{{10, 10.6, 11.2, 10.7}, {-0.01, 0.04, 0, -0.05}};
  join_across_cut(at_zero, false, -pi);
  EXPECT_EQ(at_zero.azimuth[0], -0.01);
}

TEST(full_splitting_near_the_beam, shares_add_up_and_stay_where_the_corners_are) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> place(2, 5), angle(-pi, pi);
  for (int trial = 0; trial < 400; ++trial) {
    poni p = large_detector();
    p.detector.rows = p.detector.columns = 7;
    p.detector.orientation = 1 + trial % 4;
    p.rot1 = p.rot2 = 0;
    p.rot3 = angle(random);
    p.poni1 = place(random) * p.detector.pixel1;
    p.poni2 = place(random) * p.detector.pixel2;
    auto options = full_options(150, {0, 1e-2});
    auto const m = make_integration(p, options, {}).matrix;
    for (std::size_t pixel = 0; pixel < m.pixels(); ++pixel) {
      double sum = 0;
      for (auto i = m.offsets[pixel]; i < m.offsets[pixel + 1]; ++i) {
        ASSERT_GE(m.coefficient[i], 0) << "trial " << trial;
        ASSERT_TRUE(i == m.offsets[pixel] || m.bin[i] > m.bin[i - 1]);
        sum += static_cast<double>(m.coefficient[i]);
      }
      ASSERT_NEAR(sum, 1, 1e-5) << "trial " << trial << ", pixel " << pixel;
    }
  }
}

TEST(full_splitting_of_a_sector, takes_pixels_with_all_their_weights_by_their_corners) {
  poni const p = large_detector();
  auto options = full_options(200, {0.05, 0.4});
  auto const all = make_integration(p, options, {}).matrix;
  for (std::array<double, 2> sector : {std::array{-40.0, 75.0}, {150, 210}, {150, -150}, {-179, -120}, {170, 400}}) {
    options.azimuth_range = sector;
    auto const m = make_integration(p, options, {}).matrix;
    double const width = (sector[1] < sector[0] ? sector[1] + 360 : sector[1]) - sector[0];
    double const middle = (sector[0] + width / 2) * pi / 180, half = width / 2 * pi / 180;
    for (int row = 0; row < 520; row += 7)
      for (int column = 0; column < 610; ++column) {
        auto const pixel = static_cast<std::size_t>(row * 610 + column);
        auto const entries = all.offsets[pixel + 1] - all.offsets[pixel];
        if (entries == 0 || pixels_from_beam(p, row, column) < 5) continue;
        double const centre = remainder_of_turn(polar_of(p, row + 0.5, column + 0.5).azimuth - middle);
        double low = centre, high = centre;
        for (auto [i, j] : {std::array{0, 0}, {1, 0}, {1, 1}, {0, 1}}) {
          double const corner = centre + remainder_of_turn(polar_of(p, row + i, column + j).azimuth - middle - centre);
          low = std::min(low, corner);
          high = std::max(high, corner);
        }
        // Corners are rounded to float; a pixel on the far side may reach over the cut.
        if (std::abs(std::abs(low) - half) < 1e-6 || std::abs(std::abs(high) - half) < 1e-6) continue;
        ASSERT_EQ(m.offsets[pixel + 1] - m.offsets[pixel], low <= half && high >= -half ? entries : 0)
            << "pixel " << row << ", " << column << ", sector from " << sector[0] << " to " << sector[1];
        for (std::uint32_t i = 0; i < m.offsets[pixel + 1] - m.offsets[pixel]; ++i)
          // Azimuths are cut elsewhere, and rounded to float there.
          ASSERT_NEAR(m.coefficient[m.offsets[pixel] + i], all.coefficient[all.offsets[pixel] + i], 1e-4);
      }
  }
}

TEST(full_splitting_range, ends_at_the_outermost_corners_outside_the_mask) {
  poni const p = large_detector();
  std::vector<std::uint8_t> mask(520 * 610, 1);
  double low = 10, high = 0;
  for (auto [row, column] : {std::array{3, 500}, {400, 17}, {511, 300}}) {
    mask[static_cast<std::size_t>(row * 610 + column)] = 0;
    for (auto [i, j] : {std::array{0, 0}, {1, 0}, {1, 1}, {0, 1}}) {
      low = std::min(low, polar_of(p, row + i, column + j).radius);
      high = std::max(high, polar_of(p, row + i, column + j).radius);
    }
  }
  auto options = full_options(10, {});
  options.radial_range.reset();
  auto const radial = make_integration(p, options, mask).radial;
  double const step = (high - low) / 10;
  EXPECT_NEAR(radial.front(), low + step / 2, 1e-7);
  EXPECT_NEAR(radial.back(), high - step / 2, 1e-7);
}

/// So far away that corners, in float, lie on lines and have no area.
TEST(full_splitting_range, pixels_without_area_keep_their_total) {
  poni p = large_detector();
  p.rot1 = p.rot2 = p.rot3 = 0;
  p.poni1 = -1000;
  p.poni2 = 0;
  auto options = full_options(700, {});
  options.radial_range.reset();
  options.unit = radial_unit::radius_mm;
  auto const m = make_integration(p, options, {}).matrix;
  std::size_t shared = 0;
  for (std::size_t pixel = 0; pixel < m.pixels(); ++pixel) {
    double sum = 0;
    for (auto i = m.offsets[pixel]; i < m.offsets[pixel + 1]; ++i) sum += static_cast<double>(m.coefficient[i]);
    ASSERT_NEAR(sum, 1, 1e-6);
    shared += m.offsets[pixel + 1] - m.offsets[pixel] > 1;
  }
  EXPECT_GT(shared, 0U);
}

}  // namespace
}  // namespace xrdct
