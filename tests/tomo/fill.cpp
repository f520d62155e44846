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

/// Two channels of 3 rotations by 4 translations; `holes` are numbers of the values [entry][channel].
struct holed {
  explicit holed(std::vector<std::size_t> const& holes) : count(24, 2.5F) {
    for (int i = 0; i < 12; ++i) {
      float const of_entry = static_cast<float>(100 * (i / 4) + i % 4);
      values.insert(values.end(), {of_entry, of_entry + 1000});
      errors.insert(errors.end(), {of_entry / 2, 7});
    }
    for (auto const hole : holes) count[hole] = values[hole] = errors[hole] = 0;
  }
  emptied_values fill(xrdct::fill how, entry_map const& entries) {
    return fill_emptied(how, entries, view<float const>(count.data(), 12, 2), view<float>(values.data(), 12, 2),
                        view<float>(errors.data(), 12, 2));
  }

  std::vector<float> count, values, errors;
};

entry_map const twelve = map_of(4, std::vector<std::uint8_t>(12, 1));

TEST(emptied_values, are_interpolated_along_the_translations) {
  holed some({0, 10, 12, 14, 23});  // of channel 0: (0, 0), (1, 1), (1, 2), (1, 3); of channel 1: (2, 3)
  auto const found = some.fill(fill::linear, twelve);
  EXPECT_EQ(found.values, 5U);
  EXPECT_THAT(found.channels, testing::ElementsAre(1, 1));
  EXPECT_EQ(some.values[0], 1);  // beyond the last: the last
  EXPECT_EQ(some.errors[0], 0.5);
  EXPECT_EQ(some.values[10], 100);
  EXPECT_EQ(some.values[12], 100);
  EXPECT_EQ(some.values[14], 100);
  EXPECT_EQ(some.values[23], 1202);
  EXPECT_EQ(some.errors[23], 7);
  holed between({10, 12});
  EXPECT_EQ(between.fill(fill::linear, twelve).values, 2U);
  EXPECT_FLOAT_EQ(between.values[10], 101);
  EXPECT_FLOAT_EQ(between.values[12], 102);
  EXPECT_FLOAT_EQ(between.errors[12], 51);
  EXPECT_THAT(between.fill(fill::linear, twelve).channels, testing::ElementsAre(1, 0));
}

TEST(emptied_values, come_from_other_rotations_where_theirs_has_none) {
  holed some({8, 10, 12, 14});  // all of rotation 1 in channel 0
  EXPECT_EQ(some.fill(fill::linear, twelve).values, 4U);
  for (int t = 0; t < 4; ++t) EXPECT_EQ(some.values[static_cast<std::size_t>(8 + 2 * t)], 100 + t);
  holed ends({1, 3, 5, 7, 9, 11, 13, 15, 21});  // rotations 0 and 1 of channel 1, and one of the last
  EXPECT_EQ(ends.fill(fill::linear, twelve).values, 9U);
  EXPECT_EQ(ends.values[1], 1200);
  EXPECT_EQ(ends.values[9], 1200);
  EXPECT_EQ(ends.values[13], 1202);  // which was filled itself
}

TEST(emptied_values, leave_missing_entries_and_empty_channels_alone) {
  auto entries = twelve;
  entries.present[1] = 0;
  holed some({0, 2, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23});  // channel 1 has no pixel
  some.values[2] = nan;                                           // of the missing entry
  auto const found = some.fill(fill::linear, entries);
  EXPECT_EQ(found.values, 1U);
  EXPECT_THAT(found.channels, testing::ElementsAre(1, 0));
  EXPECT_EQ(some.values[0], 2);  // not what is missing
  EXPECT_TRUE(std::isnan(some.values[2]));
  for (std::size_t i = 1; i < 24; i += 2) EXPECT_EQ(some.values[i], 0);
}

TEST(emptied_values, are_but_told_of_unless_they_are_to_be_interpolated) {
  for (fill const how : {fill::zero, fill::none}) {
    holed some({10, 12});
    auto const before = some.values;
    auto const found = some.fill(how, twelve);
    EXPECT_EQ(found.values, 2U);
    EXPECT_THAT(found.channels, testing::ElementsAre(1, 0));
    EXPECT_EQ(some.values, before);
  }
  holed none({});
  auto const before = none.values;
  EXPECT_EQ(none.fill(fill::linear, twelve).values, 0U);
  EXPECT_EQ(none.values, before);
  EXPECT_EQ(fill_emptied(fill::linear, twelve, {}, view<float>(none.values.data(), 12, 2), {}).values, 0U);
}

TEST(emptied_values, refuse_shapes_that_contradict) {
  std::vector<float> v(24);
  view<float> const all(v.data(), 12, 2);
  view<float const> const count(v.data(), 12, 2);
  EXPECT_THROW(fill_emptied(fill::linear, map_of(3, {1, 1, 1}), count, all, {}), input_error);
  EXPECT_THROW(fill_emptied(fill::linear, twelve, count, view<float>(v.data(), 12, 1), {}), input_error);
  EXPECT_THROW(fill_emptied(fill::linear, twelve, count, all, view<float>(v.data(), 6, 2)), input_error);
}

TEST(fill, has_names) {
  for (fill const how : {fill::linear, fill::zero, fill::none}) EXPECT_EQ(parse_fill(name_of(how)), how);
  EXPECT_THROW(parse_fill("cubic"), usage_error);
}

}  // namespace
}  // namespace xrdct::test
