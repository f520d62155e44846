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
    return plan_tomogram(options, rotations, translations, {10, 0}).geometry.axis;
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
  auto const plan = plan_tomogram({}, rotations, translations, {10, 0});
  EXPECT_EQ(plan.geometry.axis, 1.5);
  EXPECT_NEAR(plan.axis, -0.245, 1e-12);
  EXPECT_EQ(plan.geometry.size, 4);
  EXPECT_EQ(plan.geometry.centre, 1.5);
  tomogram_options options;
  options.convention = convention::skimage;
  auto const other = plan_tomogram(options, rotations, translations, {10, 0});
  EXPECT_EQ(other.geometry.axis, 2);
  EXPECT_EQ(other.axis, 0.01);
  EXPECT_EQ(other.geometry.centre, 2);
}

TEST(tomogram_plan, pixels_are_one_step_wide_whatever_the_size) {
  tomogram_options options;
  options.size = 7;
  auto const plan = plan_tomogram(options, rotations, translations, {10, 0});
  auto const x = plan.pixel_positions();
  ASSERT_EQ(x.size(), 7U);
  EXPECT_EQ(x[3], 0);
  EXPECT_NEAR(x[6], 1.5, 1e-12);
}

using runs = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

runs columns(tomogram_options const& options, bin_layout const& bins, std::uint64_t first, std::uint64_t count) {
  runs found;
  for (auto const& run : chosen_columns(plan_tomogram(options, rotations, translations, bins), {first, count, 0, 1}))
    found.emplace_back(run.first, run.count);
  return found;
}

TEST(tomogram_plan, takes_the_chosen_channels_of_every_sector_out_of_a_slab) {
  tomogram_options all;
  EXPECT_EQ(columns(all, {10, 0}, 0, 10), (runs{{0, 10}}));
  EXPECT_EQ(columns(all, {10, 7}, 3, 64), (runs{{0, 64}}));
  EXPECT_EQ(columns(all, {10, 7}, 64, 0), runs());
  tomogram_options some;
  some.channels = {2, 5};
  EXPECT_EQ(columns(some, {10, 0}, 0, 10), (runs{{2, 3}}));
  EXPECT_EQ(columns(some, {10, 0}, 4, 6), (runs{{0, 1}}));
  EXPECT_EQ(columns(some, {10, 0}, 5, 5), runs());
  EXPECT_EQ(columns(some, {10, 3}, 0, 30), (runs{{2, 3}, {12, 3}, {22, 3}}));
  EXPECT_EQ(columns(some, {10, 3}, 13, 11), (runs{{0, 2}, {9, 2}}));
  some.channels = {0, 10};
  EXPECT_EQ(columns(some, {10, 3}, 0, 30), (runs{{0, 30}}));
  some.channels = {3, 11};
  EXPECT_THROW(columns(some, {10, 3}, 0, 30), usage_error);
}

}  // namespace
}  // namespace xrdct
