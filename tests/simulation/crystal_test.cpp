#include "xrdct/simulation/crystal.hpp"

#include "xrdct/base/error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace xrdct {
namespace {

reflection const* find(std::vector<reflection> const& all, double d) {
  auto const found = std::find_if(all.begin(), all.end(), [d](auto const& r) { return std::abs(r.d / d - 1) < 3e-4; });
  return found == all.end() ? nullptr : &*found;
}

/// 2θ in degrees for copper Kα1, in which reference patterns are given.
double copper_two_theta(double d) { return 2 * std::asin(1.5405929 / (2 * d)) * 180 / std::numbers::pi; }

struct known_line {
  int h, k, l, multiplicity;
  double value;  // 2θ or d
};

TEST(Crystal, SiliconHasTheLinesOfTheStandard) {
  // NIST SRM 640: 2θ for Cu Kα1.
  constexpr known_line lines[] = {{1, 1, 1, 8, 28.441}, {2, 2, 0, 12, 47.300}, {3, 1, 1, 24, 56.119},
                                  {4, 0, 0, 6, 69.126}, {3, 3, 1, 24, 76.372}, {4, 2, 2, 24, 88.025}};
  auto const found = reflections(known_cell("Si"), 1.1);
  ASSERT_EQ(found.size(), std::size(lines));  // and none that the diamond structure extinguishes: 200, 222
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_NEAR(copper_two_theta(found[i].d), lines[i].value, 0.005);
    EXPECT_EQ(found[i].multiplicity, lines[i].multiplicity);
    EXPECT_EQ((std::array{found[i].h, found[i].k, found[i].l}), (std::array{lines[i].h, lines[i].k, lines[i].l}));
  }
}

TEST(Crystal, CeriaHasTheLinesOfFluorite) {
  // PDF 34-0394: 2θ for Cu Kα1, measured; its lines scatter by up to 0.017° around those of its own cell.
  constexpr known_line lines[] = {{1, 1, 1, 8, 28.555},  {2, 0, 0, 6, 33.082},  {2, 2, 0, 12, 47.479},
                                  {3, 1, 1, 24, 56.335}, {2, 2, 2, 8, 59.087},  {4, 0, 0, 6, 69.402},
                                  {3, 3, 1, 24, 76.700}, {4, 2, 0, 24, 79.070}, {4, 2, 2, 24, 88.412}};
  auto const found = reflections(known_cell("CeO2"), 1.1);
  ASSERT_EQ(found.size(), std::size(lines));
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_NEAR(copper_two_theta(found[i].d), lines[i].value, 0.02);
    EXPECT_EQ(found[i].multiplicity, lines[i].multiplicity);
  }
}

TEST(Crystal, CorundumHasTheLinesOfTheStandard) {
  // PDF 46-1212: d in Å.
  constexpr known_line lines[] = {
      {0, 1, 2, 6, 3.4797}, {1, 0, 4, 6, 2.5508}, {1, 1, 0, 6, 2.3794},  {0, 0, 6, 2, 2.1654},  {1, 1, 3, 12, 2.0853},
      {2, 0, 2, 6, 1.9643}, {0, 2, 4, 6, 1.7398}, {1, 1, 6, 12, 1.6016}, {2, 1, 4, 12, 1.4045}, {3, 0, 0, 6, 1.3737}};
  auto const found = reflections(known_cell("Al2O3"), 1.3);
  for (auto const& line : lines) {
    auto const* const ring = find(found, line.value);
    ASSERT_NE(ring, nullptr) << line.value;
    EXPECT_EQ(ring->multiplicity, line.multiplicity) << line.value;
  }
  EXPECT_EQ(find(found, 12.9929 / 3), nullptr);  // 003: extinguished by the glide plane
  EXPECT_EQ(find(found, 12.9929 / 9), nullptr);  // 009
}

TEST(Crystal, RelativeIntensitiesAreRoughlyThoseOfReferencePatterns) {
  // Peak intensities of powder cards for copper radiation, with the Lorentz and polarization factor of a
  // diffractometer.
  struct known_intensity {
    char const* formula;
    double d, relative;
  };
  constexpr known_intensity known[] = {{"CeO2", 3.1234, 1.00},  {"CeO2", 2.7056, 0.27},  {"CeO2", 1.9134, 0.46},
                                       {"CeO2", 1.6318, 0.34},  {"Si", 3.1355, 1.00},    {"Si", 1.9201, 0.55},
                                       {"Si", 1.6375, 0.30},    {"Al2O3", 2.5508, 1.00}, {"Al2O3", 2.0853, 0.96},
                                       {"Al2O3", 1.6016, 0.93}, {"Al2O3", 1.7398, 0.46}, {"Al2O3", 2.3794, 0.46}};
  for (auto const& k : known) {
    auto const all = reflections(known_cell(k.formula), 1.0);
    auto const intensity = [](reflection const& r) {
      double const two_theta = copper_two_theta(r.d) * std::numbers::pi / 180;
      double const cosine = std::cos(two_theta);
      return r.strength * (1 + cosine * cosine) / (std::pow(std::sin(two_theta / 2), 2) * std::cos(two_theta / 2));
    };
    double strongest = 0;
    for (auto const& r : all) strongest = std::max(strongest, intensity(r));
    auto const* const ring = find(all, k.d);
    ASSERT_NE(ring, nullptr) << k.formula << " " << k.d;
    double const relative = intensity(*ring) / strongest;
    EXPECT_GT(relative, k.relative / 1.35) << k.formula << " " << k.d;
    EXPECT_LT(relative, k.relative * 1.35) << k.formula << " " << k.d;
  }
}

TEST(Crystal, ReflectionsAreCompleteAndInOrder) {
  // Without extinctions, a primitive cell has as many planes as points of its reciprocal lattice lie in the sphere.
  unit_cell cell = known_cell("LaB6");
  cell.atoms = {{57, 0.1, 0.2, 0.3}};
  cell.displacement = 0;
  double const d_min = 0.9;
  int points = -1;  // not the origin
  int const most = static_cast<int>(cell.a / d_min) + 1;
  for (int h = -most; h <= most; ++h)
    for (int k = -most; k <= most; ++k)
      for (int l = -most; l <= most; ++l) points += h * h + k * k + l * l <= std::pow(cell.a / d_min, 2);
  int planes = 0;
  double previous = 1e9;
  for (auto const& r : reflections(cell, d_min)) {
    planes += r.multiplicity;
    EXPECT_LT(r.d, previous);
    EXPECT_GE(r.d, d_min);
    EXPECT_NEAR(r.d, cell.a / std::sqrt(r.h * r.h + r.k * r.k + r.l * r.l), 1e-12);
    previous = r.d;
  }
  EXPECT_EQ(planes, points);
}

TEST(Crystal, VolumesAndUnknownNames) {
  EXPECT_NEAR(known_cell("Al2O3").volume(), 254.81, 0.02);
  EXPECT_NEAR(known_cell("CeO2").volume(), std::pow(5.4115, 3), 1e-9);
  EXPECT_EQ(known_cell("Al2O3").atoms.size(), 30U);
  EXPECT_EQ(known_cell("Si").atoms.size(), 8U);
  EXPECT_EQ(known_cell("CeO2").atoms.size(), 12U);
  EXPECT_EQ(known_cell("LaB6").atoms.size(), 7U);
  EXPECT_THROW(known_cell("Unobtainium"), usage_error);
}

}  // namespace
}  // namespace xrdct
