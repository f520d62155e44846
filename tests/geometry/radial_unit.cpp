#include "xrdct/geometry/radial_unit.hpp"

#include "xrdct/base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace xrdct {
namespace {

TEST(radial_unit, names_are_parsed_and_given_back) {
  for (char const* name : {"q_nm^-1", "q_A^-1", "2th_deg", "2th_rad", "r_mm"})
    EXPECT_EQ(name_of(parse_radial_unit(name)), name);
  try {
    parse_radial_unit("q_m^-1");
    FAIL() << "an unknown unit was accepted";
  } catch (usage_error const& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("q_nm^-1, q_A^-1, 2th_deg, 2th_rad or r_mm"));
  }
}

TEST(radial_unit, facts_of_each) {
  EXPECT_EQ(axis_name(radial_unit::q_per_angstrom), "q");
  EXPECT_EQ(nexus_unit(radial_unit::q_per_nm), "1/nm");
  EXPECT_EQ(axis_name(radial_unit::two_theta_rad), "two_theta");
  EXPECT_EQ(nexus_unit(radial_unit::radius_mm), "mm");
  EXPECT_DOUBLE_EQ(scale_of(radial_unit::two_theta_deg), 57.29577951308232);
  EXPECT_EQ(scale_of(radial_unit::q_per_angstrom), 0.1);
  EXPECT_TRUE(needs_wavelength(radial_unit::q_per_angstrom));
  EXPECT_FALSE(needs_wavelength(radial_unit::radius_mm));
}

}  // namespace
}  // namespace xrdct
