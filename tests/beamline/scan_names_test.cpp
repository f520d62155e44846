#include "xrdct/beamline/scan_names.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

namespace xrdct {
namespace {

constexpr std::array all_roles{scan_role::rotation, scan_role::translation, scan_role::layer, scan_role::monitor};

TEST(scan_names, are_known_with_what_says_how_they_were_taken) {
  EXPECT_EQ(usual_rank(scan_role::rotation, "rot"), 0);
  EXPECT_EQ(usual_rank(scan_role::rotation, "rot_center"), 0);
  EXPECT_EQ(usual_rank(scan_role::rotation, "diffrz_cen360"), 0);
  EXPECT_EQ(usual_rank(scan_role::rotation, "hrrz_trig"), 0);
  EXPECT_EQ(usual_rank(scan_role::rotation, "OMEGA"), 0);
  EXPECT_EQ(usual_rank(scan_role::rotation, "rot_delta"), std::nullopt);
  EXPECT_EQ(usual_rank(scan_role::translation, "dty_center"), 0);
  EXPECT_EQ(usual_rank(scan_role::translation, "rot"), std::nullopt);
  EXPECT_EQ(usual_rank(scan_role::layer, "hrz"), 0);
  EXPECT_EQ(usual_rank(scan_role::monitor, "fpico6"), 0);
  EXPECT_EQ(usual_rank(scan_role::monitor, "fpico"), 0);
  EXPECT_EQ(usual_rank(scan_role::monitor, "fpico6_raw"), std::nullopt);
  EXPECT_EQ(usual_rank(scan_role::monitor, "ic3"), 1);
  EXPECT_EQ(usual_rank(scan_role::monitor, "icarus"), std::nullopt);
  EXPECT_EQ(usual_rank(scan_role::monitor, "current"), std::nullopt);
  EXPECT_EQ(usual_rank(scan_role::rotation, ""), std::nullopt);
}

TEST(scan_names, motors_have_names_of_their_own) {
  EXPECT_EQ(motor_of("rot_center"), "rot");
  EXPECT_EQ(motor_of("rot"), "rot");
  EXPECT_EQ(motor_of("_center"), "_center");
  EXPECT_EQ(motor_of("dty_encoder"), "dty");
  EXPECT_TRUE(is_centre("rot_center"));
  EXPECT_FALSE(is_centre("rot"));
}

TEST(scan_names, mean_one_thing_each) {
  std::set<std::string> seen;
  for (auto const table : {rotation_names(), translation_names(), layer_names(), monitor_names()})
    for (auto const& usual : table) {
      EXPECT_FALSE(usual.name.empty());
      EXPECT_TRUE(seen.insert(std::string(usual.name)).second) << usual.name;
      std::string const name(usual.name.substr(0, usual.name.find('*')));
      int roles = 0;
      for (auto const role : all_roles) roles += usual_rank(role, name) ? 1 : 0;
      EXPECT_EQ(roles, 1) << usual.name;
    }
}

}  // namespace
}  // namespace xrdct
