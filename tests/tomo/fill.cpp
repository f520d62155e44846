#include "xrdct/tomo/fill.hpp"

#include "xrdct/base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace xrdct::test {
namespace {

float const nan = std::numeric_limits<float>::quiet_NaN();

entry_map map_of(int translations, std::vector<std::uint8_t> present) {
  int const rotations = static_cast<int>(present.size()) / translations;
  return {rotations, translations, std::move(present)};
}

TEST(fill, interpolates_along_the_translations) {
  auto const entries = map_of(6, {0, 1, 0, 0, 1, 0,  //
                                  1, 1, 1, 1, 1, 1,  //
                                  0, 0, 0, 0, 0, 0,  //
                                  0, 0, 0, 1, 0, 0});
  std::vector<float> values{nan, 10,  nan, nan, 16,  nan,  //
                            1,   2,   3,   4,   5,   6,    //
                            nan, nan, nan, nan, nan, nan,  //
                            nan, nan, nan, 7,   nan, nan};
  std::vector<float> variances{nan, 1,   nan, nan, 16,  nan,  //
                               1,   2,   3,   4,   5,   6,    //
                               nan, nan, nan, nan, nan, nan,  //
                               nan, nan, nan, 9,   nan, nan};
  auto const report =
      fill_missing(fill::linear, entries, view<float>(values.data(), 24, 1), view<float>(variances.data(), 24, 1));
  EXPECT_THAT(values,
              testing::ElementsAre(10, 10, 12, 14, 16, 16, 1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0, 7, 7, 7, 7, 7, 7));
  EXPECT_THAT(variances,
              testing::ElementsAre(1, 1, 4, 9, 16, 16, 1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9, 9, 9));
  EXPECT_EQ(report.filled, 9U);
  EXPECT_THAT(report.dropped, testing::ElementsAre(2));
  EXPECT_FALSE(report.undefined);
}

TEST(fill, treats_all_channels_alike_in_strided_views) {
  std::mt19937 random(8);
  std::bernoulli_distribution here(0.6);
  std::uniform_real_distribution<float> uniform;
  int const rotations = 5;
  int const translations = 9;
  std::size_t const channels = 3;
  std::size_t const stride = 4;
  entry_map entries{rotations, translations, {}};
  std::vector<float> values;
  for (int i = 0; i < rotations * translations; ++i) {
    entries.present.push_back(here(random) || i % translations == 4 ? 1 : 0);
    for (std::size_t c = 0; c < stride; ++c)
      values.push_back(c < channels && entries.present.back() == 0 ? nan : uniform(random));
  }
  auto const before = values;
  fill_missing(fill::linear, entries, view<float>(values.data(), entries.present.size(), channels, stride), {});
  for (int r = 0; r < rotations; ++r) {
    for (int t = 0; t < translations; ++t) {
      auto const index = [&](int translation, std::size_t c) {
        return static_cast<std::size_t>(r * translations + translation) * stride + c;
      };
      EXPECT_EQ(values[index(t, channels)], before[index(t, channels)]) << "between the rows";
      int left = t;
      int right = t;
      while (left >= 0 && !entries.has(r, left)) --left;
      while (right < translations && !entries.has(r, right)) ++right;
      if (left < 0) left = right;
      if (right == translations) right = left;
      for (std::size_t c = 0; c < channels; ++c) {
        double const a = before[index(left, c)];
        double const b = before[index(right, c)];
        double const expected = left == right ? a : (a * (right - t) + b * (t - left)) / (right - left);
        EXPECT_NEAR(values[index(t, c)], expected, 1e-7);
      }
    }
  }
}

TEST(fill, puts_zeros_if_told_so) {
  auto const entries = map_of(3, {1, 0, 1, 0, 0, 0});
  std::vector<float> values{1, nan, 3, nan, nan, nan};
  std::vector<float> variances{1, nan, 3, nan, nan, nan};
  auto const report =
      fill_missing(fill::zero, entries, view<float>(values.data(), 6, 1), view<float>(variances.data(), 6, 1));
  EXPECT_THAT(values, testing::ElementsAre(1, 0, 3, 0, 0, 0));
  EXPECT_THAT(variances, testing::ElementsAre(1, 0, 3, 0, 0, 0));
  EXPECT_EQ(report.filled, 1U);
  EXPECT_THAT(report.dropped, testing::ElementsAre(1));
  EXPECT_FALSE(report.undefined);
}

TEST(fill, none_leaves_the_tomogram_undefined_unless_whole_rotations_are_missing) {
  std::vector<float> values{1, nan, nan, nan};
  auto const part = fill_missing(fill::none, map_of(2, {1, 0, 0, 0}), view<float>(values.data(), 4, 1), {});
  EXPECT_TRUE(part.undefined);
  EXPECT_EQ(part.filled, 0U);
  EXPECT_THAT(values, testing::ElementsAre(1, 0, 0, 0));
  std::vector<float> others{1, 2, nan, nan};
  auto const whole = fill_missing(fill::none, map_of(2, {1, 1, 0, 0}), view<float>(others.data(), 4, 1), {});
  EXPECT_FALSE(whole.undefined);
  EXPECT_THAT(whole.dropped, testing::ElementsAre(1));
}

TEST(fill, reports_the_same_without_channels) {
  auto const entries = map_of(3, {1, 0, 1, 0, 0, 0, 1, 1, 1});
  for (fill const how : {fill::linear, fill::zero, fill::none}) {
    std::vector<float> values(9);
    auto const filled = fill_missing(how, entries, view<float>(values.data(), 9, 1), {});
    auto const examined = examine_missing(how, entries);
    EXPECT_EQ(filled.filled, examined.filled);
    EXPECT_EQ(filled.dropped, examined.dropped);
    EXPECT_EQ(filled.undefined, examined.undefined);
    EXPECT_EQ(fill_missing(how, entries, view<float>(nullptr, 9, 0), {}).filled, examined.filled);
  }
}

TEST(fill, refuses_shapes_that_contradict) {
  std::vector<float> values(6);
  view<float> const six(values.data(), 6, 1);
  EXPECT_THROW(fill_missing(fill::linear, {2, 3, {1, 1}}, six, {}), input_error);
  EXPECT_THROW(fill_missing(fill::linear, map_of(2, {1, 1, 1, 1}), six, {}), input_error);
  EXPECT_THROW(fill_missing(fill::linear, map_of(3, {1, 1, 1, 1, 1, 1}), six, view<float>(values.data(), 3, 2)),
               input_error);
  EXPECT_THROW(examine_missing(fill::zero, {-1, -3, {1, 1, 1}}), input_error);
}

TEST(fill, has_names) {
  for (fill const how : {fill::linear, fill::zero, fill::none}) EXPECT_EQ(parse_fill(name_of(how)), how);
  EXPECT_THROW(parse_fill("cubic"), usage_error);
}

}  // namespace
}  // namespace xrdct::test
