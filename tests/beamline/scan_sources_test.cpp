#include "xrdct/beamline/scan_sources.hpp"

#include "tests/beamline/made_scan.hpp"
#include "tests/support/shared_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace xrdct {
namespace {

using test::held;
using test::made_scan;
using test::ramp;
using test::repeated;
using test::shaken;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::uint64_t lines = 7;
constexpr std::uint64_t points = 11;
constexpr std::uint64_t all = lines * points;

class scan_sources_of : public ::testing::Test {
 protected:
  std::string path(std::string const& name) const { return (folder_ / name).string(); }

  std::mt19937 engine_{20261};

 private:
  test::temporary_folder folder_;
};

std::string name_of_chosen(source_choice const& choice) {
  return choice.chosen ? choice.chosen->name : "none: " + choice.problem;
}

TEST_F(scan_sources_of, one_entry_are_found_by_their_names) {
  auto const rot = repeated(ramp(points, 0, 180.0 / points), lines);
  auto const dty = held(ramp(lines, -1, 0.3), points);
  auto const file = made_scan(path("a.h5"))
                        .list("/1.1/measurement/rot", rot, "deg")
                        .list("/1.1/measurement/dty", dty, "mm")
                        .list("/1.1/measurement/fpico6", shaken(held({1e5}, all), 1e3, engine_))
                        .list("/1.1/measurement/fpico2", held({0}, all))
                        .list("/1.1/measurement/current", held({200}, all), "mA")
                        .list("/1.1/measurement/epoch", ramp(all, 1e9, 0.1), "s")
                        .value("/1.1/instrument/positioners/samty", 3)
                        .value("/1.1/instrument/positioners/dtz", 1)
                        .done();
  scan_sources sources({{file, "/1.1/measurement/eiger", all}});
  auto const rotation = sources.find(scan_role::rotation);
  ASSERT_TRUE(rotation.chosen) << rotation.problem;
  EXPECT_EQ(rotation.chosen->path, "/1.1/measurement/rot");
  EXPECT_EQ(rotation.chosen->values, rot);
  EXPECT_EQ(rotation.chosen->unit, "deg");
  EXPECT_EQ(rotation.chosen->reason, "by its name");
  EXPECT_EQ(rotation.chosen->oddity(), "");
  EXPECT_EQ(rotation.chosen->text(), "rot ('/1.1/measurement/rot', 0 to 163.636 deg), by its name");
  auto const translation = sources.find(scan_role::translation);
  ASSERT_TRUE(translation.chosen) << translation.problem;
  EXPECT_EQ(translation.chosen->values, dty);
  ASSERT_EQ(translation.candidates.size(), 2U);  // and samty, which stands still
  EXPECT_EQ(name_of_chosen(sources.find(scan_role::monitor)), "fpico6");
  auto const layer = sources.find(scan_role::layer);
  EXPECT_FALSE(layer.chosen);
  EXPECT_EQ(layer.problem, "");
}

TEST_F(scan_sources_of, an_entry_a_line_are_put_together_from_lists_and_single_values) {
  made_scan scan(path("lines.h5"));
  std::vector<frame_part> parts;
  std::vector<double> rot;
  std::vector<double> dty;
  std::vector<double> dtz;
  for (std::uint64_t k = 0; k < lines; ++k) {
    auto const entry = "/" + std::to_string(k + 8) + ".1";
    auto const n = points - k % 3;
    auto line = ramp(n, 0, 10);
    if (k % 2 == 1) std::ranges::reverse(line);
    double const y = -0.3 + 0.1 * static_cast<double>(k % 4);
    double const z = k < 4 ? 1.5 : 1.7;
    scan.list(entry + "/measurement/rot", line, "deg");
    scan.link(entry + "/instrument/positioners/rot", entry + "/measurement/rot");
    scan.value(entry + "/instrument/positioners/dty", y, "mm");
    scan.value(entry + "/instrument/positioners/dtz", z, "mm");
    scan.value(entry + "/instrument/positioners/samz", 0.2 + 1e-5 * static_cast<double>(k), "mm");
    parts.push_back({scan.path(), entry + "/measurement/eiger", n});
    rot.insert(rot.end(), line.begin(), line.end());
    dty.insert(dty.end(), n, y);
    dtz.insert(dtz.end(), n, z);
  }
  scan.done();
  scan_sources sources(parts);
  auto const rotation = sources.find(scan_role::rotation);
  ASSERT_TRUE(rotation.chosen) << rotation.problem;
  EXPECT_EQ(rotation.chosen->values, rot);
  EXPECT_EQ(rotation.chosen->path, "/*.1/measurement/rot");
  auto const translation = sources.find(scan_role::translation);
  ASSERT_TRUE(translation.chosen) << translation.problem;
  EXPECT_EQ(translation.chosen->values, dty);
  EXPECT_EQ(translation.chosen->path, "/*.1/instrument/positioners/dty");
  auto const layer = sources.find(scan_role::layer);
  ASSERT_TRUE(layer.chosen) << layer.problem;
  EXPECT_EQ(layer.chosen->name, "dtz");
  EXPECT_EQ(layer.chosen->values, dtz);
}

TEST_F(scan_sources_of, noise_is_no_layer) {
  made_scan scan(path("noise.h5"));
  scan.list("/1.1/measurement/rot", repeated(ramp(points, 0, 10), lines), "deg");
  scan.list("/1.1/measurement/dty", held(ramp(lines, 0, 0.1), points), "mm");
  scan.list("/1.1/measurement/dtz", shaken(held({2}, all), 0.3, engine_), "mm");
  scan_sources sources({{scan.done(), "/1.1/measurement/eiger", all}});
  auto const layer = sources.find(scan_role::layer);
  EXPECT_FALSE(layer.chosen);
  ASSERT_EQ(layer.candidates.size(), 1U);
  EXPECT_EQ(layer.candidates.front().verdict, "does not move as a layer does");
}

TEST_F(scan_sources_of, the_middle_of_the_exposure_is_preferred_to_its_beginning) {
  made_scan scan(path("centre.h5"));
  scan.list("/1.1/measurement/rot", ramp(all, 0, 1), "deg");
  scan.list("/1.1/measurement/rot_center", ramp(all, 0.5, 1), "deg");
  scan.list("/1.1/measurement/rot_cen360", ramp(all, 0.5, 1), "deg");
  scan_sources sources({{scan.done(), "/1.1/measurement/eiger", all}});
  EXPECT_EQ(name_of_chosen(sources.find(scan_role::rotation)), "rot_center");
  std::string why;
  auto const given = sources.named("--rotation", "rot", why);
  ASSERT_TRUE(given) << why;
  EXPECT_EQ(given->values, ramp(all, 0, 1));
}

TEST_F(scan_sources_of, two_motors_that_move_alike_are_ambiguous) {
  made_scan scan(path("two.h5"));
  scan.list("/1.1/measurement/rot", ramp(all, 0, 1), "deg");
  scan.list("/1.1/measurement/diffrz", ramp(all, 10, 2), "deg");
  scan.list("/1.1/measurement/dty", held(ramp(lines, 0, 0.1), points), "mm");
  scan.list("/1.1/measurement/diffty", shaken(held({4}, all), 1e-4, engine_), "mm");
  scan.list("/1.1/measurement/fpico3", held({5}, all));
  scan.list("/1.1/measurement/fpico4", held({6}, all));
  scan_sources sources({{scan.done(), "/1.1/measurement/eiger", all}});
  auto const rotation = sources.find(scan_role::rotation);
  EXPECT_FALSE(rotation.chosen);
  EXPECT_TRUE(rotation.ambiguous);
  EXPECT_THAT(rotation.problem, HasSubstr("rot (0 to 76 deg)"));
  EXPECT_THAT(rotation.problem, HasSubstr("diffrz (10 to 162 deg)"));
  EXPECT_THAT(rotation.problem, HasSubstr("--rotation NAME"));
  EXPECT_EQ(name_of_chosen(sources.find(scan_role::translation)), "dty");
  auto const monitor = sources.find(scan_role::monitor);
  EXPECT_TRUE(monitor.ambiguous);
  EXPECT_THAT(monitor.problem, HasSubstr("fpico3 (5), fpico4 (6); choose with --monitor NAME, or --monitor none"));
}

TEST_F(scan_sources_of, noise_under_a_good_name_does_not_hide_a_scanned_motor) {
  made_scan scan(path("hidden.h5"));
  scan.list("/1.1/measurement/dty", shaken(held({4}, all), 1e-4, engine_), "mm");
  scan.list("/1.1/measurement/samy", held(ramp(lines, 0, 0.1), points), "mm");
  scan_sources sources({{scan.done(), "/1.1/measurement/eiger", all}});
  auto const translation = sources.find(scan_role::translation);
  EXPECT_TRUE(translation.ambiguous);
  EXPECT_THAT(translation.problem, HasSubstr("samy (0 to 0.6 mm)"));
}

TEST_F(scan_sources_of, motors_of_unusual_names_are_known_by_unit_and_motion) {
  made_scan scan(path("unusual.h5"));
  scan.list("/1.1/measurement/turntable", ramp(all, 0, 1), "deg");
  scan.list("/1.1/measurement/tilt", held({3}, all), "deg");
  scan.list("/1.1/measurement/slider", held(ramp(lines, 0, 50), points), "um");
  scan.list("/1.1/measurement/counter", ramp(all, 0, 1));
  for (char const* name : {"turntable", "tilt", "slider", "elsewhere"})
    scan.value("/1.1/instrument/positioners/" + std::string(name), 0);
  scan_sources sources({{scan.done(), "/1.1/measurement/eiger", all}});
  auto const rotation = sources.find(scan_role::rotation);
  ASSERT_TRUE(rotation.chosen) << rotation.problem;
  EXPECT_EQ(rotation.chosen->name, "turntable");
  EXPECT_EQ(rotation.chosen->reason, "the only angle that moves");
  EXPECT_EQ(name_of_chosen(sources.find(scan_role::translation)), "slider");
}

TEST_F(scan_sources_of, what_stands_still_is_named_in_the_problem) {
  made_scan scan(path("still.h5"));
  scan.list("/1.1/measurement/rot", held({7}, all), "deg");
  scan_sources sources({{scan.done(), "/1.1/measurement/eiger", all}});
  auto const rotation = sources.find(scan_role::rotation);
  EXPECT_FALSE(rotation.ambiguous);
  EXPECT_THAT(rotation.problem, HasSubstr("rot (7 deg): stands still"));
  EXPECT_THAT(rotation.problem, HasSubstr("name it with --rotation"));
}

TEST_F(scan_sources_of, interrupted_lines_have_their_first_positions) {
  made_scan scan(path("cut.h5"));
  scan.list("/1.1/measurement/rot", ramp(points + 1, 0, 1));
  scan.list("/2.1/measurement/rot", ramp(points + 1, 0, 1));
  scan.list("/3.1/measurement/rot", ramp(points - 5, 0, 1));
  std::vector<frame_part> parts;
  for (int k = 1; k <= 3; ++k) parts.push_back({scan.path(), "/" + std::to_string(k) + ".1/measurement/eiger", points});
  scan.done();
  scan_sources sources(parts);
  auto const rotation = sources.find(scan_role::rotation);
  ASSERT_TRUE(rotation.chosen) << rotation.problem;
  auto const& values = rotation.chosen->values;
  ASSERT_EQ(values.size(), 3 * points);
  for (std::uint64_t i = 0; i < 3 * points; ++i) {
    bool const without = i >= 3 * points - 5;
    EXPECT_EQ(std::isnan(values[i]), without) << i;
    if (!without) {
      EXPECT_EQ(values[i], static_cast<double>(i % points));
    }
  }
  EXPECT_THAT(rotation.chosen->oddity(), HasSubstr("more values than frames in 2 of 3 parts"));
  EXPECT_THAT(rotation.chosen->oddity(), HasSubstr("5 frames at the end have none"));
  EXPECT_THAT(rotation.chosen->oddity(), HasSubstr("12 values for 11 frames"));
}

TEST_F(scan_sources_of, names_that_do_not_exist_are_answered_with_near_ones) {
  made_scan scan(path("near.h5"));
  scan.list("/1.1/measurement/diffty", ramp(all, 0, 1), "mm");
  scan.list("/1.1/measurement/rot", ramp(all, 0, 1));
  scan_sources sources({{scan.done(), "/1.1/measurement/eiger", all}});
  std::string why;
  EXPECT_FALSE(sources.named("--translation", "difty", why));
  EXPECT_THAT(why, HasSubstr("called 'difty'; there are 'diffty'"));
  EXPECT_FALSE(sources.named("--translation", "/1.1/measurement/ro", why));
  EXPECT_THAT(why, HasSubstr("'rot'"));
}

TEST_F(scan_sources_of, patterns_of_paths_have_one_list_a_part) {
  made_scan scan(path("pattern.h5"));
  std::vector<frame_part> parts;
  std::vector<double> expected;
  for (int k : {3, 4, 12}) {
    auto const entry = "/" + std::to_string(k) + ".1";
    auto const line = ramp(points, k, 0.25);
    scan.list(entry + "/measurement/rot", line).list(entry + "/measurement/rot_center", line);
    parts.push_back({scan.path(), entry + "/measurement/eiger", points});
    expected.insert(expected.end(), line.begin(), line.end());
  }
  scan.list("/5.1/measurement/rot", ramp(2, 0, 1)).done();
  scan_sources sources(parts);
  std::string why;
  auto const given = sources.named("--rotation", "/*.1/measurement/rot", why);
  ASSERT_TRUE(given) << why;
  EXPECT_EQ(given->values, expected);
  EXPECT_THAT(test::input_error_of([&] { sources.named("--rotation", "/*.1/measurement/rot*", why); }).value_or(""),
              HasSubstr("stands for 2 lists"));
  EXPECT_THAT(test::input_error_of([&] { sources.named("--rotation", "/3.1/measurement/rot", why); }).value_or(""),
              HasSubstr("name it as '/*.1/"));
  EXPECT_FALSE(sources.named("--rotation", "/[35].1/measurement/rot", why));
}

TEST_F(scan_sources_of, a_series_of_files_is_put_together_file_by_file) {
  std::vector<frame_part> parts;
  std::vector<double> omega;
  std::vector<double> height;
  for (int k = 0; k < 5; ++k) {
    made_scan scan(path("part_" + std::to_string(k) + ".h5"));
    auto const line = ramp(points, 0, 0.5);
    scan.list("/entry/sample/goniometer/omega", line, "deg");
    scan.value("/entry/sample/x_translation", 0.1 * k, "mm");
    scan.value("/entry/instrument/detector/distance", 1 + k, "mm");
    parts.push_back({scan.path(), "/entry/data/data", points});
    omega.insert(omega.end(), line.begin(), line.end());
    height.insert(height.end(), points, 0.1 * k);
    scan.done();
  }
  scan_sources sources(parts);
  auto const rotation = sources.find(scan_role::rotation);
  ASSERT_TRUE(rotation.chosen) << rotation.problem;
  EXPECT_EQ(rotation.chosen->values, omega);
  auto const translation = sources.find(scan_role::translation);
  ASSERT_TRUE(translation.chosen) << translation.problem;
  EXPECT_EQ(translation.chosen->values, height);
  std::string why;
  auto const given = sources.named("--translation", "/entry/sample/x_translation", why);
  ASSERT_TRUE(given) << why;
  EXPECT_EQ(given->values, height);
}

TEST_F(scan_sources_of, nexus_entries_of_several_facilities_are_known) {
  {
    made_scan scan(path("nxtomo.h5"));
    scan.list("/entry/sample/rotation_angle", repeated(ramp(points, 0, 10), lines), "degrees");
    scan.list("/entry/sample/x_translation", held(ramp(lines, 0, 2), points), "um");
    scan.list("/entry/control/data", shaken(held({3e4}, all), 10, engine_));
    scan.attribute("/entry/control", "NX_class", "NXmonitor");
    std::vector<double> keys(all, 0);
    keys[0] = 2, keys[1] = 1, keys[5] = 3, keys[6] = -1;
    scan.list("/entry/instrument/detector/image_key", keys);
    scan.list("/entry/instrument/detector/rotation_angle", ramp(all, 0, 1));
    scan_sources sources({{scan.done(), "/entry/instrument/detector/data", all}});
    EXPECT_EQ(name_of_chosen(sources.find(scan_role::rotation)), "rotation_angle");
    EXPECT_EQ(sources.find(scan_role::rotation).chosen->path, "/entry/sample/rotation_angle");
    EXPECT_EQ(name_of_chosen(sources.find(scan_role::translation)), "x_translation");
    EXPECT_EQ(name_of_chosen(sources.find(scan_role::monitor)), "control");
    auto const found = sources.image_keys();
    ASSERT_EQ(found.size(), all);
    EXPECT_THAT((std::vector<int>{found.begin(), found.begin() + 8}), ElementsAre(2, 1, 0, 0, 0, 3, 3, 0));
  }
  {
    made_scan scan(path("soleil.nxs"));
    scan.list("/scan_0042/scan_data/actuator_1_1", ramp(all, 0, 1), "deg");
    scan.attribute("/scan_0042/scan_data/actuator_1_1", "long_name", "i13-c/ex/tomo.rz/position");
    scan.list("/scan_0042/scan_data/actuator_2_1", held(ramp(lines, 0, 1), points), "mm");
    scan.attribute("/scan_0042/scan_data/actuator_2_1", "long_name", "i13-c/ex/tomo.tx/position");
    scan.list("/scan_0042/scan_data/data_01", shaken(held({9}, all), 1, engine_));
    scan.attribute("/scan_0042/scan_data/data_01", "long_name", "i13-c/dt/xbpm.i0");
    scan_sources sources({{scan.done(), "/scan_0042/scan_data/data_02", all}});
    EXPECT_EQ(name_of_chosen(sources.find(scan_role::rotation)), "rz");
    EXPECT_EQ(name_of_chosen(sources.find(scan_role::translation)), "tx");
    EXPECT_EQ(name_of_chosen(sources.find(scan_role::monitor)), "i0");
  }
  {
    made_scan scan(path("petra.nxs"));
    scan.list("/entry/scan/data/hrotz/value", held({1}, all), "deg");
    scan.list("/entry/scan/data/samrz/value", ramp(all, 0, 1), "deg");
    scan.list("/entry/scan/data/samty/value", held(ramp(lines, 0, 1), points), "mm");
    scan_sources sources({{scan.done(), "/entry/scan/instrument/collection/eiger", all}});
    EXPECT_EQ(name_of_chosen(sources.find(scan_role::rotation)), "samrz");
    EXPECT_EQ(name_of_chosen(sources.find(scan_role::translation)), "samty");
  }
}

TEST_F(scan_sources_of, a_map_of_frames_has_tables_of_numbers_beside_it) {
  auto const rot = held(ramp(lines, 0, 10), points);
  auto const dty = repeated(ramp(points, -1, 0.2), lines);
  made_scan scan(path("map.h5"));
  test::put_array(scan.file(), "/entry/data/rot", H5T_IEEE_F64LE, {lines, points}, rot);
  test::put_array(scan.file(), "/entry/data/dty", H5T_IEEE_F32LE, {lines, 1, points}, dty);
  test::put_array(scan.file(), "/entry/data/diffrz", H5T_IEEE_F64LE, {lines, points - 1},
                  ramp(lines * (points - 1), 0, 1));
  scan_sources sources({{scan.done(), "/entry/data/eiger", all}});
  auto const rotation = sources.find(scan_role::rotation);
  ASSERT_TRUE(rotation.chosen) << rotation.problem;
  EXPECT_EQ(rotation.chosen->name, "rot");
  EXPECT_EQ(rotation.chosen->values, rot);
  auto const translation = sources.find(scan_role::translation);
  ASSERT_TRUE(translation.chosen) << translation.problem;
  ASSERT_EQ(translation.chosen->values.size(), all);
  for (std::size_t i = 0; i < all; ++i)
    EXPECT_EQ(translation.chosen->values[i], double(static_cast<float>(dty[i]))) << i;
}

TEST_F(scan_sources_of, maps_have_positions_of_all_frames_or_of_one_axis) {
  auto const x = ramp(points, 3, 0.5);
  auto const angles = ramp(lines, 0, 10);
  std::vector<double> const counts = ramp(all, 100, 1);
  made_scan scan(path("map.h5"));
  scan.file().dataset("/entry/data/data", H5T_STD_U16LE, {lines, points, 30, 40});
  test::write_all(scan.file().dataset("/entry/data/mon", H5T_IEEE_F64LE, {lines, points}).id(), H5T_NATIVE_DOUBLE,
                  counts.data());
  scan.file().dataset("/entry/data/i0", H5T_IEEE_F64LE, {points, points});  // of something else
  auto const file = scan.list("/entry/data/omega", angles, "deg").list("/entry/data/dty", x, "mm").done();
  scan_sources sources({{file, "/entry/data/data", all}});
  EXPECT_EQ(sources.find(scan_role::rotation).chosen.value().values, held(angles, points));
  EXPECT_EQ(sources.find(scan_role::translation).chosen.value().values, repeated(x, lines));
  EXPECT_EQ(sources.find(scan_role::monitor).chosen.value().values, counts);
}

TEST_F(scan_sources_of, a_position_that_may_be_of_two_axes_of_a_map_is_of_none) {
  made_scan scan(path("square.h5"));
  scan.file().dataset("/entry/data/data", H5T_STD_U16LE, {points, points, 30, 40});
  auto const file = scan.list("/entry/data/omega", ramp(points, 0, 10), "deg").done();
  auto const choice = scan_sources({{file, "/entry/data/data", points * points}}).find(scan_role::rotation);
  EXPECT_FALSE(choice.chosen);
  EXPECT_THAT(choice.problem, HasSubstr("too few values"));
}

TEST_F(scan_sources_of, readings_of_areadetector_stand_in_the_detector) {
  auto const file = made_scan(path("ad.h5"))
                        .list("/entry/instrument/detector/NDAttributes/theta", ramp(all, 0, 1))
                        .list("/entry/instrument/detector/NDAttributes/samX", repeated(ramp(points, 0, 1), lines))
                        .done();
  scan_sources sources({{file, "/entry/data/data", all}});
  EXPECT_EQ(name_of_chosen(sources.find(scan_role::rotation)), "theta");
  EXPECT_EQ(name_of_chosen(sources.find(scan_role::translation)), "samX");
}

TEST_F(scan_sources_of, datasets_that_their_attributes_call_otherwise_are_known_by_both_names) {
  auto const file = made_scan(path("called.nxs"))
                        .list("/scan/scan_data/actuator_1_1", ramp(all, 0, 1), "mm")
                        .attribute("/scan/scan_data/actuator_1_1", "long_name", "i11/mt_tx/position")
                        .done();
  scan_sources sources({{file, "/scan/scan_data/image", all}});
  std::string why;
  EXPECT_TRUE(sources.named("--translation", "mt_tx", why)) << why;
  EXPECT_TRUE(sources.named("--translation", "actuator_1_1", why)) << why;
  EXPECT_THAT(sources.find(scan_role::rotation).problem, HasSubstr("there are 'mt_tx'"));
}

TEST_F(scan_sources_of, other_entries_and_the_detector_have_no_say) {
  made_scan scan(path("others.h5"));
  scan.list("/entry_2/sample/omega", ramp(all, 5, 1), "deg");
  scan.attribute("/entry_2", "NX_class", "NXentry");
  scan.list("/entry_1/instrument/detector/omega", ramp(all, 3, 1), "deg");
  scan.attribute("/entry_1/instrument/detector", "NX_class", "NXdetector");
  scan_sources sources({{scan.done(), "/entry_1/data/data", all}});
  auto const rotation = sources.find(scan_role::rotation);
  EXPECT_FALSE(rotation.chosen);
  EXPECT_TRUE(rotation.candidates.empty());
}

TEST_F(scan_sources_of, units_speak_against_names) {
  made_scan scan(path("units.h5"));
  scan.list("/1.1/measurement/hrz", repeated(ramp(points, 0, 10), lines), "deg");
  scan.list("/1.1/measurement/y", held(ramp(lines, 0, 1), points), "mm");
  scan.list("/1.1/measurement/theta", ramp(all, 0, 1), "mm");
  for (char const* name : {"hrz", "y", "theta"}) scan.value("/1.1/instrument/positioners/" + std::string(name), 0);
  scan_sources sources({{scan.done(), "/1.1/measurement/eiger", all}});
  EXPECT_FALSE(sources.find(scan_role::layer).chosen);
  EXPECT_EQ(name_of_chosen(sources.find(scan_role::translation)), "y");
  EXPECT_EQ(name_of_chosen(sources.find(scan_role::rotation)), "hrz");  // a height by its name, an angle by its unit
}

}  // namespace
}  // namespace xrdct
