// Geometries that look like slips are told of, and those of real set-ups are not.

#include "xrdct/geometry/doubts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace xrdct {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// An Eiger in the beam, 0.2 m from the sample.
poni upright() {
  poni geometry;
  geometry.detector.rows = 2167;
  geometry.detector.columns = 2070;
  geometry.detector.pixel1 = geometry.detector.pixel2 = 75e-6;
  geometry.distance = 0.2;
  geometry.poni1 = 1000 * 75e-6;
  geometry.poni2 = 2100 * 75e-6 - 0.02;
  geometry.wavelength = 2e-11;
  return geometry;
}

TEST(doubts, are_none_about_what_is_measured_in) {
  std::mt19937 engine(11);
  auto const between = [&](double a, double b) { return std::uniform_real_distribution(a, b)(engine); };
  for (int i = 0; i < 200; ++i) {
    auto geometry = upright();
    geometry.wavelength = std::exp(between(std::log(4e-12), std::log(6e-10)));  // 2 to 300 keV
    geometry.distance = std::exp(between(std::log(0.02), std::log(31)));
    geometry.detector.pixel1 = geometry.detector.pixel2 = std::exp(between(std::log(1e-6), std::log(1e-3)));
    geometry.poni1 = between(0, 2167) * geometry.detector.pixel1;
    geometry.poni2 = between(0, 2070) * geometry.detector.pixel2;
    geometry.rot3 = between(-3.2, 3.2);
    geometry.detector.orientation = i % 4 + 1;
    EXPECT_THAT(doubts_about(geometry), IsEmpty());
    EXPECT_EQ(beam_beside(geometry), "");
  }
  auto without = upright();
  without.wavelength = 0;  // angles need none
  EXPECT_THAT(doubts_about(without), IsEmpty());
}

TEST(doubts, are_about_wavelengths_in_angstrom_and_energies) {
  auto geometry = upright();
  geometry.wavelength = 0.2;
  EXPECT_THAT(doubts_about(geometry),
              ElementsAre(AllOf(HasSubstr("a wavelength of 0.2 m"), HasSubstr("in angstrom (then 2e-11 m)?"),
                                Not(HasSubstr("keV")))));
  geometry.wavelength = 65;  // keV, or 65 Å, which powders do not diffract
  EXPECT_THAT(doubts_about(geometry),
              ElementsAre(AllOf(HasSubstr("an energy in keV (then 1.90745e-11 m)?"), Not(HasSubstr("angstrom")))));
  geometry.wavelength = 8;
  EXPECT_THAT(doubts_about(geometry), ElementsAre(AllOf(HasSubstr("angstrom"), HasSubstr("keV"))));
  geometry.wavelength = 1e-13;
  EXPECT_THAT(doubts_about(geometry), ElementsAre(AllOf(HasSubstr("1e-13 m"), Not(HasSubstr("angstrom")))));
}

TEST(doubts, are_about_other_units) {
  auto geometry = upright();
  geometry.distance = 200;
  EXPECT_THAT(doubts_about(geometry), ElementsAre(HasSubstr("is that in mm (0.2 m)?")));
  geometry.distance = 1e-4;
  EXPECT_THAT(doubts_about(geometry), ElementsAre(HasSubstr("the detector is 0.0001 m from the sample")));
  geometry = upright();
  geometry.detector.pixel2 = 0.075;
  EXPECT_THAT(doubts_about(geometry), ElementsAre(HasSubstr("pixels of 7.5e-05 x 0.075 m")));
  geometry = upright();
  geometry.rot3 = 90;
  EXPECT_THAT(doubts_about(geometry), ElementsAre(HasSubstr("rot3 is 90 rad, more than a turn: is it in degrees?")));
  geometry = upright();
  geometry.rot2 = 2;
  EXPECT_THAT(doubts_about(geometry), ElementsAre(HasSubstr("turns its back to the beam")));
}

TEST(doubts, are_about_a_beam_beside_the_detector) {
  auto geometry = upright();
  geometry.poni1 = -0.01;
  EXPECT_THAT(beam_beside(geometry), AllOf(HasSubstr("at row -133.3 and column"), HasSubstr("2167 x 2070 pixels")));
  geometry.detector.orientation = 1;
  EXPECT_THAT(beam_beside(geometry), HasSubstr("at row 2300.3"));
  geometry = upright();
  geometry.detector.rows = 500;
  geometry.detector.columns = 2000;
  geometry.poni1 = 1200 * 75e-6;
  geometry.poni2 = 300 * 75e-6;
  EXPECT_THAT(beam_beside(geometry), HasSubstr("are Poni1 (rows) and Poni2 (columns) swapped?"));
  geometry = upright();
  geometry.rot1 = 2;  // no beam meets it
  EXPECT_EQ(beam_beside(geometry), "");
}

}  // namespace
}  // namespace xrdct
