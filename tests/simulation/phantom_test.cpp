#include "xrdct/simulation/phantom.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

namespace xrdct {
namespace {

constexpr double degree = std::numbers::pi / 180;

/// The chord of one ray, from the equation of the ellipse for points along it: a way that shares nothing with the
/// formula under test.
double chord(ellipse const& e, double angle, double t) {
  double const c = std::cos(angle * degree);
  double const s = std::sin(angle * degree);
  // x·cos − y·sin = t: from the foot (t·cos, −t·sin) along (sin, cos).
  auto const level = [&](double along) {
    double const x = t * c + along * s - e.x;
    double const y = -t * s + along * c - e.y;
    double const u = (x * std::cos(e.angle * degree) + y * std::sin(e.angle * degree)) / e.a;
    double const v = (-x * std::sin(e.angle * degree) + y * std::cos(e.angle * degree)) / e.b;
    return u * u + v * v - 1;
  };
  // level is a parabola in `along`: three values make it known.
  double const f0 = level(0), f1 = level(1), f2 = level(-1);
  double const a = (f1 + f2) / 2 - f0;
  double const b = (f1 - f2) / 2;
  double const discriminant = b * b - 4 * a * f0;
  return discriminant <= 0 ? 0 : std::sqrt(discriminant) / a;
}

TEST(Phantom, RaySumsEqualNumericalIntegration) {
  std::mt19937 random(20240611);
  std::uniform_real_distribution<double> uniform(0, 1);
  for (int trial = 0; trial < 200; ++trial) {
    ellipse e;
    e.x = uniform(random) - 0.5;
    e.y = uniform(random) - 0.5;
    e.a = 0.02 + 0.6 * uniform(random);
    e.b = 0.02 + 0.6 * uniform(random);
    e.angle = 360 * uniform(random);
    e.density = 2 * uniform(random) - 0.5;
    double const angle = 720 * uniform(random) - 360;
    double const position = 1.6 * uniform(random) - 0.8;
    double const width = 0.005 + 0.2 * uniform(random);
    constexpr int rays = 4000;
    double sum = 0;
    for (int i = 0; i < rays; ++i) sum += chord(e, angle, position + ((i + 0.5) / rays - 0.5) * width);
    EXPECT_NEAR(ray_sum(e, angle, position, width), e.density * sum / rays, 2e-5) << "trial " << trial;
  }
}

TEST(Phantom, EveryProjectionHoldsTheWholeMass) {
  ellipse const e{0, 0.21, -0.34, 0.31, 0.12, 57, 1.7};
  double const width = 0.03;
  for (double angle : {0.0, 12.5, 90.0, 133.0, 180.0, 271.0}) {
    double mass = 0;
    for (int i = -40; i <= 40; ++i) mass += ray_sum(e, angle, i * width, width) * width;
    EXPECT_NEAR(mass, std::numbers::pi * e.a * e.b * e.density, 1e-12) << angle;
  }
}

TEST(Phantom, OppositeProjectionsMirrorEachOther) {
  ellipse const e{0, 0.3, 0.1, 0.2, 0.1, 20, 1};
  for (double t : {-0.4, -0.21, 0.0, 0.17, 0.33})
    EXPECT_NEAR(ray_sum(e, 33, t, 0.05), ray_sum(e, 213, -t, 0.05), 1e-12);
}

TEST(Phantom, APelletIsNowhereNegativeAndWithinItsCircle) {
  for (std::size_t phases : {1, 2, 3, 4, 5}) {
    phantom const pellet = make_pellet(phases);
    EXPECT_EQ(pellet.phases, phases);
    for (std::size_t p = 0; p < phases; ++p) {
      double most = 0;
      for (int i = -101; i <= 101; ++i)
        for (int j = -101; j <= 101; ++j) {
          double const density = density_at(pellet, p, j / 100.0, i / 100.0);
          EXPECT_GE(density, -1e-12) << phases << " phases, phase " << p << " at " << j << ", " << i;
          if (i * i + j * j > 100 * 100) {
            EXPECT_EQ(density, 0);
          }
          most = std::max(most, density);
        }
      EXPECT_GT(most, 0.05) << phases << " phases, phase " << p;
      EXPECT_LE(most, 1);
    }
  }
}

TEST(Phantom, AMapHoldsTheMeanOverItsPixels) {
  phantom sample{2, {{1, 0.1, -0.2, 0.5, 0.3, 30, 2}, {1, 0.1, -0.2, 0.1, 0.1, 0, -1}, {0, 0, 0, 1, 1, 0, 7}}};
  for (int size : {1, 2, 37, 64}) {
    double const pixel = 2.2 / size;
    auto const map = density_map(sample, 1, size, pixel);
    ASSERT_EQ(map.size(), static_cast<std::size_t>(size * size));
    double mass = 0;
    for (float v : map) mass += static_cast<double>(v) * pixel * pixel;
    EXPECT_NEAR(mass, std::numbers::pi * (0.5 * 0.3 * 2 - 0.1 * 0.1), size < 3 ? 0.06 : 0.004) << size;
  }
  auto const map = density_map(sample, 1, 65, 2.2 / 65);
  // y downwards: the centre of the ellipse, at (0.1, −0.2), is right of the middle and above it.
  auto const at = [&](double x, double y) {
    auto const index = [](double v) { return static_cast<std::size_t>(std::lround(v / (2.2 / 65) + 32)); };
    return map[index(y) * 65 + index(x)];
  };
  EXPECT_FLOAT_EQ(at(0.1, -0.2), 1);
  EXPECT_FLOAT_EQ(at(0.4, -0.03), 2);  // along the long axis, 30° from x towards y
  EXPECT_FLOAT_EQ(at(0.4, -0.45), 0);
  EXPECT_FLOAT_EQ(at(0.9, 0.9), 0);
}

}  // namespace
}  // namespace xrdct
