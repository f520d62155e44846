#include "xrdct/beamline/choose_frames.hpp"

#include "tests/beamline/made_scan.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/beamline/path_pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace xrdct {
namespace {

using test::made_scan;
using test::ramp;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class choose_frames_of : public ::testing::Test {
 protected:
  std::string path(std::string const& name) const { return (folder_ / name).string(); }
  static std::string refusal(std::string const& file, std::string const& dataset) {
    return test::input_error_of([&] { choose_frames(file, dataset); }).value_or("");
  }

 private:
  test::temporary_folder folder_;
};

/// An entry as BLISS writes it: frames in the instrument, a link to them in the measurement.
void add_entry(made_scan& scan, std::string const& entry, std::string const& detector, hsize_t frames,
               std::vector<std::string> const& motors, hsize_t rows = 30) {
  auto const data = entry + "/instrument/" + detector + "/data";
  scan.frames(data, frames, rows).link(entry + "/measurement/" + detector, data);
  scan.list(entry + "/measurement/epoch", ramp(frames, 0, 1), "s");
  for (auto const& motor : motors) scan.list(entry + "/measurement/" + motor, ramp(frames, 0, 1), "deg");
  for (char const* motor : {"rot", "dty", "samtz"})
    scan.value(entry + "/instrument/positioners/" + std::string(motor), 1);
}

TEST_F(choose_frames_of, entries_of_one_kind_are_one_stack_in_the_order_of_their_numbers) {
  made_scan scan(path("lines.h5"));
  for (int k : {10, 2, 9, 1}) add_entry(scan, "/" + std::to_string(k) + ".1", "eiger", 5, {"rot"});
  scan.list("/3.1/measurement/dty", ramp(4, 0, 1));            // no frames: an alignment
  add_entry(scan, "/11.1", "eiger", 0, {"rot"});               // interrupted before its first frame
  scan.link("/12.1/measurement/eiger", "/12.1/instrument/x");  // or before anything
  auto const choice = choose_frames(scan.done(), "");
  EXPECT_THAT(choice.datasets, ElementsAre("/1.1/measurement/eiger", "/2.1/measurement/eiger", "/9.1/measurement/eiger",
                                           "/10.1/measurement/eiger"));
  EXPECT_EQ(choice.reason, "all entries, of one kind");
  EXPECT_THAT(choice.left_out, ElementsAre("'/11.1/measurement/eiger', as it holds no frame"));
  EXPECT_EQ(choice.text(), "/1.1/measurement/eiger to /10.1/measurement/eiger (4 entries)");
}

TEST_F(choose_frames_of, entries_of_several_kinds_are_refused_with_the_way_out) {
  made_scan scan(path("kinds.h5"));
  add_entry(scan, "/1.1", "eiger", 7, {"samtz"});
  scan.text("/1.1/title", "ascan samtz 0 1 6 0.1");
  for (int k = 2; k < 9; ++k) add_entry(scan, "/" + std::to_string(k) + ".1", "eiger", 5, {"rot", "rot_center"});
  add_entry(scan, "/9.1", "eiger", 1, {});
  auto const file = scan.done();
  EXPECT_THAT(refusal(file, ""),
              AllOf(HasSubstr("3 kinds of entries"),
                    HasSubstr("'/2.1/measurement/eiger … /8.1/measurement/eiger' (7 entries, 35 frames of 30 x 40, rot "
                              "scanned)"),
                    HasSubstr("'/1.1/measurement/eiger' (1 entry, 7 frames of 30 x 40, samtz scanned; 'ascan samtz 0 1 "
                              "6 0.1')"),
                    HasSubstr("no motor scanned"), HasSubstr("--dataset '/*.1/measurement/NAME'")));
  auto const choice = choose_frames(file, "/[2-8].1/measurement/eiger");
  EXPECT_EQ(choice.datasets.size(), 7U);
  EXPECT_EQ(choice.datasets.back(), "/8.1/measurement/eiger");
  EXPECT_THAT(choose_frames(file, "/9.1/measurement/eiger,/[34].1/measurement/eiger,/3.1/measurement/eiger").datasets,
              ElementsAre("/9.1/measurement/eiger", "/3.1/measurement/eiger", "/4.1/measurement/eiger"));
}

TEST_F(choose_frames_of, other_shapes_and_detectors_are_other_kinds) {
  made_scan scan(path("shapes.h5"));
  add_entry(scan, "/1.1", "eiger", 5, {"rot"});
  add_entry(scan, "/2.1", "eiger", 5, {"rot"}, 31);
  add_entry(scan, "/3.1", "frelon", 5, {"rot"});
  auto const file = scan.done();
  EXPECT_THAT(refusal(file, ""), HasSubstr("3 kinds"));
  EXPECT_THAT(choose_frames(file, "frelon").datasets, ElementsAre("/3.1/measurement/frelon"));
  EXPECT_THAT(refusal(file, "pilatus"), AllOf(HasSubstr("no frames called 'pilatus'"), HasSubstr("frelon")));
}

TEST_F(choose_frames_of, smaller_images_of_an_entry_are_passed_over_and_said) {
  made_scan scan(path("mca.h5"));
  add_entry(scan, "/1.1", "eiger", 5, {"rot"});
  scan.frames("/1.1/measurement/mca", 5, 2, 90);
  auto const choice = choose_frames(scan.done(), "");
  EXPECT_THAT(choice.datasets, ElementsAre("/1.1/measurement/eiger"));
  EXPECT_THAT(choice.left_out, ElementsAre("'/1.1/measurement/mca' [5][2][90], as its images are smaller"));
}

TEST_F(choose_frames_of, what_many_entries_have_is_passed_over_in_one_line) {
  made_scan scan(path("many.h5"));
  for (int k : {10, 2, 9}) {
    auto const entry = "/" + std::to_string(k) + ".1";
    add_entry(scan, entry, "eiger", 5, {"rot"});
    scan.frames(entry + "/measurement/camera", 5, 7, 8);
  }
  EXPECT_THAT(choose_frames(scan.done(), "").left_out,
              ElementsAre("'/2.1/measurement/camera' [5][7][8] and its like in 2 entries more, as their images are "
                          "smaller"));
}

TEST_F(choose_frames_of, frames_of_a_type_that_pixels_do_not_have_are_named) {
  made_scan scan(path("long.h5"));
  scan.file().dataset("/entry/data", H5T_STD_U64LE, {3, 30, 40});
  EXPECT_THAT(refusal(scan.done(), ""), HasSubstr("not of pixels, by their type: '/entry/data' [3][30][40]"));
}

TEST_F(choose_frames_of, frames_along_several_axes_are_frames) {
  made_scan scan(path("map.h5"));
  scan.file().dataset("/entry/detector/data", H5T_STD_U16LE, {3, 4, 30, 40});
  scan.file().dataset("/entry/stage/x", H5T_IEEE_F64LE, {3, 4});
  EXPECT_THAT(choose_frames(scan.done(), "").datasets, ElementsAre("/entry/detector/data"));
}

TEST_F(choose_frames_of, patterns_that_stand_for_nothing_or_nothing_but_empty_are_refused) {
  made_scan scan(path("none.h5"));
  add_entry(scan, "/1.1", "eiger", 0, {"rot"});
  add_entry(scan, "/2.1", "eiger", 0, {"rot"});
  auto const file = scan.done();
  EXPECT_THAT(refusal(file, "/*.1/measurement/eigr"), HasSubstr("no dataset that '/*.1/measurement/eigr' stands for"));
  EXPECT_THAT(refusal(file, "/*.1/measurement/eiger"), HasSubstr("none of what"));
  EXPECT_THAT(refusal(file, ""), AllOf(HasSubstr("holds no dataset of frames"), HasSubstr("/1.1/measurement/eiger")));
}

TEST_F(choose_frames_of, names_with_the_letters_of_patterns_are_names_first) {
  made_scan scan(path("odd.h5"));
  scan.frames("/a[1]/x,y", 3).frames("/a1/x", 3);
  auto const file = scan.done();
  EXPECT_THAT(choose_frames(file, "/a[1]/x,y").datasets, ElementsAre("/a[1]/x,y"));
  EXPECT_THAT(choose_frames(file, "/a[1]/x").datasets, ElementsAre("/a1/x"));
}

TEST_F(choose_frames_of, a_thousand_entries_are_looked_through) {
  made_scan scan(path("many.h5"));
  for (int k = 1; k <= 1000; ++k) {
    auto const entry = "/" + std::to_string(k) + ".1";
    add_entry(scan, entry, "eiger", 2, {"rot"});
    for (int m = 0; m < 15; ++m) scan.value(entry + "/instrument/positioners/m" + std::to_string(m), m);
    for (int m = 0; m < 3; ++m) scan.list(entry + "/measurement/c" + std::to_string(m), {1, 2});
  }
  auto const file = scan.done();
  auto const start = std::chrono::steady_clock::now();
  auto const choice = choose_frames(file, "");
  double const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  EXPECT_EQ(choice.datasets.size(), 1000U);
  RecordProperty("seconds", std::to_string(seconds));  // 0.2 on a quiet machine
}

TEST_F(choose_frames_of, loops_of_links_and_wrong_types_end) {
  made_scan scan(path("loops.h5"));
  scan.link("/1.1/measurement/all", "/").link("/1.1/measurement/self", "/1.1/measurement/self");
  scan.link("/1.1/instrument", "/1.1/measurement").text("/1.1/measurement/word", "word");
  scan.list("/measurement", {1, 2, 3});
  scan.text("/2.1/measurement", "not a group").list("/3.1", {1, 2});
  auto const type = test::handle(H5Tcopy(H5T_STD_I32LE), H5Tclose);
  test::check(H5Tcommit2(scan.file().id(), "/named", type.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), "H5Tcommit");
  scan.frames("/1.1/measurement/d", 4);
  EXPECT_THAT(choose_frames(scan.done(), "").datasets, ElementsAre("/1.1/measurement/d"));
}

TEST_F(choose_frames_of, maps_of_frames_are_stacks_before_tables_of_numbers_are_images) {
  made_scan scan(path("map.h5"));
  scan.file().dataset("/entry/data/eiger", H5T_STD_U16LE, {7, 11, 30, 40});
  scan.file().dataset("/entry/data/rot", H5T_IEEE_F64LE, {7, 11});
  scan.file().dataset("/entry/data/empty", H5T_STD_U16LE, {7, 0, 30, 40});
  EXPECT_THAT(choose_frames(scan.done(), "").datasets, ElementsAre("/entry/data/eiger"));
}

TEST(number_less, counts_digits_by_value) {
  std::vector<std::string> names{"10.1", "9.2", "9.1", "a", "009.1", "1.10", "1.9", "", "18446744073709551616.1"};
  std::ranges::sort(names, number_less);
  EXPECT_THAT(names, ElementsAre("", "1.9", "1.10", "009.1", "9.1", "9.2", "10.1", "18446744073709551616.1", "a"));
}

TEST(alternatives_of, splits_at_commas_outside_of_classes) {
  EXPECT_THAT(alternatives_of("/a,/b[1,2],"), ElementsAre("/a", "/b[1,2]"));
  EXPECT_THAT(alternatives_of(",,/"), IsEmpty());
}

}  // namespace
}  // namespace xrdct
