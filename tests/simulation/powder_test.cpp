#include "xrdct/simulation/powder.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <numeric>

namespace xrdct {
namespace {

constexpr double degree = std::numbers::pi / 180;

TEST(Powder, LinesObeyBraggAndTheLorentzFactor) {
  unit_cell const cell = known_cell("CeO2");
  double const wavelength = 2.3e-11;
  auto const lines = powder_lines(cell, wavelength, 40 * degree);
  ASSERT_GT(lines.size(), 20U);
  for (auto const& line : lines) {
    EXPECT_NEAR(2 * line.plane.d * 1e-10 * std::sin(line.two_theta / 2), wavelength, 1e-22);
    EXPECT_LE(line.two_theta, 40 * degree);
    double const expected =
        line.plane.strength / std::pow(cell.volume(), 2) / (std::sin(line.two_theta / 2) * std::sin(line.two_theta));
    EXPECT_NEAR(line.area / expected, 1, 1e-12);
  }
  EXPECT_TRUE(powder_lines(cell, 1e-9, 180 * degree).empty());  // 10 Å: no plane diffracts
}

TEST(Powder, APatternHoldsTheAreaOfItsLines) {
  double const width = 0.1 * degree;
  powder_line first;
  first.two_theta = 11 * degree;
  first.area = 3;
  powder_line second = first;
  second.two_theta = 20 * degree;
  second.area = 5;
  auto const pattern = make_pattern(std::array{first, second}, width, 40 * degree);
  double const area = std::accumulate(pattern.values.begin(), pattern.values.end(), 0.0) * pattern.step;
  // Of a Lorentzian, the part within ±40 widths is (2/π)·atan(80).
  double const kept = 0.7 + 0.3 * 2 / std::numbers::pi * std::atan(80);
  EXPECT_NEAR(area, 8 * kept, 8e-4);
  // Half the height at half the width, and the top where the line is.
  double const top = pattern(second.two_theta);
  EXPECT_NEAR(pattern(second.two_theta + width / 2) / top, 0.5, 1e-4);
  EXPECT_NEAR(pattern(second.two_theta - width / 2) / top, 0.5, 1e-4);
  EXPECT_NEAR(top * width / 5, 0.7 * 2 * std::sqrt(std::numbers::ln2 / std::numbers::pi) + 0.3 * 2 / std::numbers::pi,
              1e-4);
}

TEST(Powder, APatternIsLinearBetweenPointsAndConstantBeyond) {
  powder_pattern const pattern{0.5, {1, 3, 2}};
  EXPECT_DOUBLE_EQ(pattern(0), 1);
  EXPECT_DOUBLE_EQ(pattern(0.25), 2);
  EXPECT_DOUBLE_EQ(pattern(0.5), 3);
  EXPECT_DOUBLE_EQ(pattern(0.75), 2.5);
  EXPECT_DOUBLE_EQ(pattern(1), 2);
  EXPECT_DOUBLE_EQ(pattern(7), 2);
  EXPECT_DOUBLE_EQ(pattern(-1), 1);
}

TEST(Powder, AirIsLargestNearTheBeam) {
  auto const air = air_scattering(0.2 * degree, 30 * degree);
  EXPECT_NEAR(air(0), 1, 1e-12);
  EXPECT_GT(air(5 * degree), air(10 * degree));
  EXPECT_GT(air(30 * degree), 0);
}

}  // namespace
}  // namespace xrdct
