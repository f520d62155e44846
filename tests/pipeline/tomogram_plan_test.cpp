#include "xrdct/base/error.hpp"
#include "xrdct/pipeline/tomogram.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace xrdct {
namespace {

std::vector<double> const rotations{0, 45, 90, 135};
std::vector<double> const translations{-1, -0.5, 0.01, 0.5};

TEST(tomogram_plan, the_axis_becomes_an_index_between_translations) {
  tomogram_options options;
  auto const index = [&](double position) {
    options.axis = position;
    return plan_tomogram(options, rotations, translations, 10).geometry.axis;
  };
  EXPECT_EQ(index(-1), 0);
  EXPECT_EQ(index(-0.5), 1);
  EXPECT_NEAR(index(-0.245), 1.5, 1e-12);
  EXPECT_EQ(index(0.5), 3);
  EXPECT_NEAR(index(1), 4, 1e-12);
  EXPECT_NEAR(index(-1.25), -0.5, 1e-12);
  EXPECT_THROW(index(100), usage_error);
  EXPECT_THROW(index(std::numeric_limits<double>::quiet_NaN()), usage_error);
}

TEST(tomogram_plan, the_middle_is_taken_where_no_axis_is_given) {
  auto const plan = plan_tomogram({}, rotations, translations, 10);
  EXPECT_EQ(plan.geometry.axis, 1.5);
  EXPECT_NEAR(plan.axis, -0.245, 1e-12);
  EXPECT_EQ(plan.geometry.size, 4);
  EXPECT_EQ(plan.geometry.centre, 1.5);
  tomogram_options options;
  options.convention = convention::skimage;
  auto const other = plan_tomogram(options, rotations, translations, 10);
  EXPECT_EQ(other.geometry.axis, 2);
  EXPECT_EQ(other.axis, 0.01);
  EXPECT_EQ(other.geometry.centre, 2);
}

TEST(tomogram_plan, pixels_are_one_step_wide_whatever_the_size) {
  tomogram_options options;
  options.size = 7;
  auto const plan = plan_tomogram(options, rotations, translations, 10);
  auto const x = plan.pixel_positions();
  ASSERT_EQ(x.size(), 7U);
  EXPECT_EQ(x[3], 0);
  EXPECT_NEAR(x[6], 1.5, 1e-12);
}

TEST(tomogram_slabs, hold_what_a_rank_has_of_the_channels) {
  std::vector<channel_slab> const slabs{{0, 64, 0, 1}, {64, 64, 0, 2}, {64, 64, 1, 2}, {128, 22, 0, 1}};
  auto const part = tomogram_slabs(slabs, {60, 10});
  EXPECT_EQ(part[0].first, 0U);
  EXPECT_EQ(part[0].count, 4U);
  EXPECT_EQ(part[1].first, 4U);
  EXPECT_EQ(part[1].count, 6U);
  EXPECT_EQ(part[2].count, 6U);
  EXPECT_EQ(part[2].member, 1);
  EXPECT_EQ(part[3].count, 0U);
}

}  // namespace
}  // namespace xrdct
