#include "xrdct/tomo/despike.hpp"

#include "tests/tomo/ellipses.hpp"
#include "xrdct/base/error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>

namespace xrdct::test {
namespace {

/// A sinogram of several channels with noise of known size.
struct made_sinogram {
  scan_geometry geometry;
  entry_map entries;
  std::size_t channels = 0;
  std::vector<float> truth;
  std::vector<float> values;
  std::vector<float> errors;

  made_sinogram(std::mt19937& random, int rotations, int translations, std::size_t channel_count, double range = 180)
      : channels(channel_count) {
    geometry.angles = even_angles(rotations, range);
    geometry.translations = translations;
    geometry.axis = (translations - 1) / 2.0 + 1.3;
    entries = {
        rotations, translations,
        std::vector<std::uint8_t>(static_cast<std::size_t>(rotations) * static_cast<std::size_t>(translations), 1)};
    truth.resize(entries.present.size() * channels);
    for (std::size_t c = 0; c < channels; ++c) {
      auto const one = project_ellipses(random_sample(random, 0.4 * translations), geometry);
      for (std::size_t e = 0; e < one.size(); ++e) truth[e * channels + c] = static_cast<float>(20 + 10 * one[e]);
    }
    std::normal_distribution<float> normal;
    for (float const v : truth) {
      errors.push_back(std::sqrt(v) * 0.3F);
      values.push_back(v + errors.back() * normal(random));
    }
  }
  view<float> intensity() { return {values.data(), entries.present.size(), channels}; }
  view<float> sigma() { return {errors.data(), entries.present.size(), channels}; }
  hot_spot_rule rule() const { return {geometry.angles, geometry.axis, 5}; }
  std::uint64_t despike(int threads = 1) { return xrdct::despike(rule(), entries, intensity(), sigma(), threads); }
};

double deviation(std::vector<float> const& a, std::vector<float> const& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
  return std::sqrt(sum / static_cast<double>(a.size()));
}

TEST(despike, finds_all_spots_and_leaves_the_rest) {
  std::mt19937 random(3);
  for (auto const& [rotations, translations, channels] :
       {std::tuple{48, 41, std::size_t{37}}, {61, 50, std::size_t{16}}, {33, 64, std::size_t{3}}}) {
    made_sinogram made(random, rotations, translations, channels);
    auto const clean = made.values;
    std::set<std::size_t> spots;
    std::uniform_int_distribution<std::size_t> any(0, made.values.size() - 1);
    float const brightest = *std::ranges::max_element(made.truth);
    std::uniform_real_distribution<float> height(brightest, 10 * brightest);
    while (spots.size() < made.values.size() / 50) spots.insert(any(random));
    for (auto const s : spots) {
      made.values[s] += height(random);
      made.errors[s] = std::sqrt(made.values[s]) * 0.3F;
    }
    auto const spoiled = made.values;
    auto const found = made.despike();
    EXPECT_GE(found, spots.size() * 995 / 1000);
    EXPECT_LE(found, spots.size() + made.values.size() / 500);
    std::size_t altered = 0;
    for (std::size_t i = 0; i < made.values.size(); ++i)
      altered += spots.count(i) == 0 && std::memcmp(&made.values[i], &spoiled[i], sizeof(float)) != 0 ? 1 : 0;
    EXPECT_LE(altered, made.values.size() / 500);
    // Where spots were, there is what lies between their neighbours.
    EXPECT_GT(deviation(spoiled, made.truth), 20 * deviation(clean, made.truth));
    EXPECT_LT(deviation(made.values, made.truth), 1.3 * deviation(clean, made.truth));
  }
}

TEST(despike, hardly_alters_what_has_no_spots) {
  std::mt19937 random(5);
  for (double const range : {180.0, 360.0}) {
    made_sinogram made(random, 60, 45, 20, range);
    auto const before = made.values;
    auto const found = made.despike();
    EXPECT_LE(found, made.values.size() / 1000);
    EXPECT_LT(deviation(made.values, before), 0.05 * deviation(before, made.truth));
  }
}

TEST(despike, keeps_a_grain_of_one_voxel_that_all_rotations_see) {
  std::mt19937 random(7);
  made_sinogram made(random, 48, 41, 24);
  std::uniform_real_distribution<double> place(-11, 11);
  auto const before = made.values;
  for (std::size_t c = 0; c < made.channels; ++c) {
    double const area = 0.56;  // half axes of a circle that is as large as a voxel
    auto const grain = project_ellipses({{place(random), place(random), area, area, 0, 400}}, made.geometry);
    for (std::size_t e = 0; e < grain.size(); ++e) made.values[e * made.channels + c] += static_cast<float>(grain[e]);
  }
  auto const with_grains = made.values;
  double const added = deviation(with_grains, before);
  made.despike();
  EXPECT_GT(added, 30);  // against noise of 3
  EXPECT_LT(deviation(made.values, with_grains), 0.1 * added);
}

TEST(despike, removes_spots_that_several_rotations_share) {
  std::mt19937 random(8);
  made_sinogram made(random, 48, 41, 6);
  auto const clean = made.values;
  for (int r = 23; r < 27; ++r)
    for (std::size_t c = 2; c < 5; ++c)
      made.values[made.channels * static_cast<std::size_t>(r * 41 + r - 3) + c] += 3000;
  auto const found = made.despike();
  EXPECT_GE(found, 12U);
  EXPECT_LT(deviation(made.values, clean), 2);
}

TEST(despike, puts_errors_in_the_place_of_errors) {
  int const translations = 7;
  std::size_t const rows = 9 * translations;
  std::vector<float> values(rows, 10.0F);
  std::vector<float> errors(rows, 1.0F);
  std::vector<double> const angles = even_angles(9, 90);
  auto const entry = [](int r, int t) { return static_cast<std::size_t>(r * translations + t); };
  values[entry(4, 3)] = 100;
  errors[entry(4, 3)] = 9;
  values[entry(4, 2)] = 8;
  values[entry(4, 4)] = 12;
  errors[entry(4, 4)] = 3;
  values[entry(8, 6)] = 100;  // a corner: what is beside it
  values[entry(8, 5)] = 9;
  entry_map entries{9, translations, std::vector<std::uint8_t>(rows, 1)};
  EXPECT_EQ(despike({angles, 3, 5}, entries, view<float>(values.data(), rows, 1), view<float>(errors.data(), rows, 1)),
            2U);
  EXPECT_EQ(values[entry(4, 3)], 10);
  EXPECT_EQ(errors[entry(4, 3)], 2);
  EXPECT_EQ(values[entry(8, 6)], 9);
  EXPECT_EQ(values[entry(4, 4)], 12);
}

TEST(despike, works_without_errors_and_on_counts_that_are_mostly_nothing) {
  std::mt19937 random(9);
  made_sinogram made(random, 40, 30, 5);
  made.values[77 * 5 + 2] += 3000;
  auto const values = made.intensity();
  EXPECT_GE(despike(made.rule(), made.entries, values, {}), 1U);
  EXPECT_LT(made.values[77 * 5 + 2], 1000);

  std::poisson_distribution<int> few(0.05);
  std::vector<float> counts(40 * 30);
  for (auto& c : counts) c = static_cast<float>(few(random));
  counts[500] = 40;
  EXPECT_EQ(despike(made.rule(), made.entries, view<float>(counts.data(), counts.size(), 1), {}), 1U);
  EXPECT_LT(counts[500], 3);
}

TEST(despike, leaves_missing_entries_and_what_is_no_number) {
  std::mt19937 random(10);
  made_sinogram made(random, 30, 21, 4);
  float const nan = std::numeric_limits<float>::quiet_NaN();
  float const infinite = std::numeric_limits<float>::infinity();
  for (std::size_t e : {0U, 5U, 100U, 101U, 102U, 629U}) {
    made.entries.present[e] = 0;
    for (std::size_t c = 0; c < 4; ++c) made.values[e * 4 + c] = made.errors[e * 4 + c] = nan;
  }
  made.values[200 * 4 + 1] = infinite;
  made.values[201 * 4 + 1] = nan;
  made.values[103 * 4 + 3] = 1e6F;
  made.despike();
  EXPECT_TRUE(std::isnan(made.values[5 * 4]) && std::isnan(made.values[629 * 4 + 3]));
  EXPECT_TRUE(std::isinf(made.values[200 * 4 + 1]) && std::isnan(made.values[201 * 4 + 1]));
  EXPECT_NEAR(made.values[103 * 4 + 3], made.truth[103 * 4 + 3], 60);
  for (std::size_t e = 0; e < made.entries.present.size(); ++e) {
    bool const finite = made.entries.present[e] != 0 && e != 200 && e != 201;
    EXPECT_EQ(std::isfinite(made.values[e * 4 + 1]), finite) << e;
  }
}

TEST(despike, gives_the_same_bits_for_any_threads_and_channels_beside) {
  std::mt19937 random(11);
  made_sinogram made(random, 25, 32, 70);
  std::uniform_int_distribution<std::size_t> any(0, made.values.size() - 1);
  for (int i = 0; i < 1000; ++i) made.values[any(random)] += 2000;
  auto other = made;
  made.despike(1);
  other.despike(3);
  EXPECT_EQ(std::memcmp(made.values.data(), other.values.data(), made.values.size() * sizeof(float)), 0);
  EXPECT_EQ(std::memcmp(made.errors.data(), other.errors.data(), made.errors.size() * sizeof(float)), 0);
}

TEST(despike, works_on_some_columns_of_a_wider_array) {
  std::mt19937 random(12);
  made_sinogram made(random, 25, 32, 70);
  std::uniform_int_distribution<std::size_t> any(0, made.values.size() - 1);
  for (int i = 0; i < 1000; ++i) made.values[any(random)] += 2000;
  auto other = made;
  auto const before = made.values;
  made.despike();
  auto const part = [&](std::vector<float>& of) {
    return view<float>(of.data() + 21, made.entries.present.size(), 18, 70);
  };
  despike(other.rule(), other.entries, part(other.values), part(other.errors));
  for (std::size_t i = 0; i < before.size(); ++i) {
    bool const inside = i % 70 >= 21 && i % 70 < 39;
    ASSERT_EQ(other.values[i], inside ? made.values[i] : before[i]) << i;
  }
}

TEST(despike, does_nothing_where_there_is_too_little_to_judge_by) {
  for (auto const& [rotations, translations] : {std::pair{1, 1}, {1, 9}, {2, 1}, {0, 5}, {3, 0}}) {
    auto const size = static_cast<std::size_t>(rotations * translations);
    std::vector<float> values(size, 1.0F);
    if (size > 0) values[size / 2] = 1e5F;
    auto const before = values;
    auto const angles = even_angles(rotations, 180);
    EXPECT_EQ(despike({angles, 0, 5}, {rotations, translations, std::vector<std::uint8_t>(size, 1)},
                      view<float>(values.data(), size, 1), {}),
              0U);
    EXPECT_EQ(values, before);
  }
  // Rotations 30 degrees apart say nothing of one another.
  made_sinogram coarse = [] {
    std::mt19937 random(1);
    return made_sinogram(random, 6, 20, 2);
  }();
  coarse.values[51] += 1e5F;
  EXPECT_EQ(coarse.despike(), 0U);
}

TEST(despike, refuses_shapes_that_contradict) {
  std::vector<float> values(6);
  view<float> const six(values.data(), 6, 1);
  entry_map const entries{2, 3, std::vector<std::uint8_t>(6, 1)};
  std::vector<double> const two{0, 1};
  std::vector<double> const three{0, 1, 2};
  EXPECT_THROW(despike({three, 1, 5}, entries, six, {}), input_error);
  EXPECT_THROW(despike({two, 1, 5}, {2, 3, {1, 1}}, six, {}), input_error);
  EXPECT_THROW(despike({two, 1, 5}, entries, view<float>(values.data(), 3, 2), {}), input_error);
  EXPECT_THROW(despike({two, 1, 5}, entries, six, view<float>(values.data(), 3, 2)), input_error);
}

}  // namespace
}  // namespace xrdct::test
