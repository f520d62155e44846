// What is found by convention in the headers of a series of images.

#include "xrdct/beamline/image_headers.hpp"

#include "tests/support/image_files.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/io/input_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace xrdct {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class headers_by_convention : public testing::Test {
 protected:
  /// Five frames with these comments.
  frame_stack series(std::function<std::string(int)> const& comments) {
    for (int i = 0; i < 5; ++i)
      test::write_cbf(folder_ / ("s_" + std::to_string(i) + ".cbf"), {1, 2, {1, 2}}, "", comments(i));
    return open_series({(folder_ / "s_*.cbf").string()}, "", false);
  }
  static std::string line(std::string const& name, double value, std::string const& unit = "deg.") {
    return "# " + name + " " + std::to_string(value) + " " + unit + "\r\n";
  }

  test::temporary_folder folder_;
};

TEST_F(headers_by_convention, rotation_is_that_of_the_middle_of_an_exposure) {
  auto const stack = series([](int i) {
    return line("Start_angle", 10 + i) + line("Angle_increment", 0.5) + line("Phi", 10 + i) + line("Omega", 90) +
           line("Kappa", 3 * i);
  });
  image_headers headers(stack);
  auto const rotation = headers.find(scan_role::rotation);
  ASSERT_TRUE(rotation.chosen);
  EXPECT_THAT(rotation.chosen->values, ElementsAre(10.25, 11.25, 12.25, 13.25, 14.25));
  EXPECT_EQ(rotation.chosen->unit, "deg");
  EXPECT_THAT(rotation.chosen->source, HasSubstr("with half of Angle_increment"));
  EXPECT_THAT(rotation.candidates, ElementsAre("header:Start_angle", "header:Phi", "header:Kappa"));
  EXPECT_FALSE(headers.find(scan_role::translation).chosen);
  EXPECT_THAT(headers.find(scan_role::translation).candidates, IsEmpty());
}

TEST_F(headers_by_convention, what_stands_still_is_nothing) {
  auto const stack = series([](int i) {
    return line("Start_angle", 10) + line("Angle_increment", 0.5) + line("Phi", i) + line("Omega", 90) +
           line("dty", i % 2, "mm") + line("mon", 100 - i, "");
  });
  image_headers headers(stack);
  auto const rotation = headers.find(scan_role::rotation);
  ASSERT_TRUE(rotation.chosen);
  EXPECT_THAT(rotation.chosen->values, ElementsAre(0, 1, 2, 3, 4));
  auto const translation = headers.find(scan_role::translation);
  ASSERT_TRUE(translation.chosen);
  EXPECT_EQ(translation.chosen->unit, "mm");
  EXPECT_THAT(headers.find(scan_role::monitor).candidates, ElementsAre("header:mon"));
}

TEST_F(headers_by_convention, two_that_mean_it_as_well_are_not_chosen_from) {
  auto const differ = series([](int i) { return line("samy", i, "mm") + line("sy", 2 * i, "mm"); });
  auto const two = image_headers(differ).find(scan_role::translation);
  EXPECT_TRUE(two.ambiguous);
  EXPECT_FALSE(two.chosen);
  EXPECT_THAT(two.candidates, ElementsAre("header:samy", "header:sy"));
  auto const alike = series([](int i) { return line("samy", i, "mm") + line("sy", i, "mm"); });
  EXPECT_TRUE(image_headers(alike).find(scan_role::translation).chosen);
  auto const ranked = series([](int i) { return line("samy", i, "mm") + line("dty", 2 * i, "mm"); });
  EXPECT_THAT(image_headers(ranked).find(scan_role::translation).chosen->values, ElementsAre(0, 2, 4, 6, 8));
}

TEST_F(headers_by_convention, missing_frames_have_no_numbers) {
  auto const stack = series([](int i) { return i == 2 ? "" : line("rot", i); });
  auto const rotation = image_headers(stack).find(scan_role::rotation);
  ASSERT_TRUE(rotation.chosen);
  EXPECT_TRUE(std::isnan(rotation.chosen->values[2]));
  EXPECT_EQ(rotation.chosen->values[3], 3);
}

}  // namespace
}  // namespace xrdct
