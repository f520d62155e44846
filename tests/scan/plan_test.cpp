#include "xrdct/scan/plan.hpp"
#include "tests/scan/made_positions.hpp"
#include "xrdct/base/error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

namespace xrdct {
namespace {

using test::raster;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Every frame in the entry it was made for, frames counted by lines of translations.
void expect_raster(scan_plan const& plan, std::size_t rotations, std::size_t translations) {
  ASSERT_EQ(plan.rotation.size(), rotations) << plan.summary;
  ASSERT_EQ(plan.translation.size(), translations) << plan.summary;
  for (std::size_t f = 0; f < plan.entry.size(); ++f)
    ASSERT_EQ(plan.entry[f], static_cast<std::int64_t>(f % (rotations * translations))) << "frame " << f;
}

TEST(scan_plan, exact_positions_stay_exact) {
  auto const plan = make_plan(raster(48, 41, 3.75, 0.1, 0), {});
  expect_raster(plan, 48, 41);
  EXPECT_EQ(plan.rotation[7], 3.75 * 7);
  EXPECT_EQ(plan.translation[19], 0.1 * 19 - 2);
  EXPECT_NEAR(plan.step(), 0.1, 1e-12);
  EXPECT_EQ(plan.translation_unit, "mm");
}

TEST(scan_plan, noisy_encoders_do_not_multiply_positions) {
  // Gaps of the noise are 48 times as many as those of the steps, and a thousand times smaller.
  for (double const jitter : {1e-9, 1e-4, 0.01, 0.03, 0.05})
    for (unsigned seed = 1; seed <= 20; ++seed) {
      auto const plan = make_plan(raster(48, 41, 3.75, 0.1, jitter, seed), {});
      expect_raster(plan, 48, 41);
      EXPECT_NEAR(plan.step(), 0.1, 0.1 * jitter + 1e-12);
    }
}

TEST(scan_plan, noise_of_a_few_lines_or_a_few_columns_is_merged_too) {
  for (auto const& [rotations, translations] : {std::pair{2, 41}, {3, 7}, {41, 2}, {200, 3}, {2, 2}})
    for (unsigned seed = 1; seed <= 20; ++seed)
      expect_raster(make_plan(raster(rotations, translations, 180.0 / rotations, 0.05, 0.01, seed), {}),
                    static_cast<std::size_t>(rotations), static_cast<std::size_t>(translations));
}

TEST(scan_plan, axes_ascend_whatever_the_order_of_frames) {
  auto positions = raster(9, 13, 20, 0.5, 0.01);
  std::vector<std::size_t> order(positions.rotation.size());
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937(5));
  auto shuffled = positions;
  for (std::size_t i = 0; i < order.size(); ++i) {
    shuffled.rotation[i] = positions.rotation[order[i]];
    shuffled.translation[i] = positions.translation[order[i]];
  }
  auto const plan = make_plan(shuffled, {});
  EXPECT_TRUE(std::is_sorted(plan.rotation.begin(), plan.rotation.end()));
  EXPECT_TRUE(std::is_sorted(plan.translation.begin(), plan.translation.end()));
  for (std::size_t i = 0; i < order.size(); ++i) EXPECT_EQ(plan.entry[i], static_cast<std::int64_t>(order[i]));
}

TEST(scan_plan, zigzag_with_backlash_falls_into_place) {
  // Backward lines lag by a fifth of a step.
  auto positions = raster(20, 30, 9, 0.1, 0.005);
  for (std::size_t f = 0; f < positions.translation.size(); ++f)
    if (f / 30 % 2 == 1) positions.translation[f] = -2 + 0.1 * (29 - static_cast<double>(f % 30)) - 0.02;
  auto const plan = make_plan(positions, {});
  ASSERT_EQ(plan.rotation.size(), 20U);
  ASSERT_EQ(plan.translation.size(), 30U) << plan.summary;
  EXPECT_EQ(plan.entry[30], 30 + 29);
  EXPECT_EQ(plan.entry[59], 30 + 0);
}

TEST(scan_plan, a_ragged_last_line_leaves_entries_without_a_frame) {
  auto positions = raster(10, 12, 18, 0.1, 0.01);
  positions.rotation.resize(9 * 12 + 5);
  positions.translation.resize(9 * 12 + 5);
  auto const plan = make_plan(positions, {});
  expect_raster(plan, 10, 12);
  EXPECT_EQ(std::count_if(plan.rotation_position.begin(), plan.rotation_position.end(),
                          [](double v) { return std::isnan(v); }),
            7);
  EXPECT_TRUE(std::isnan(plan.translation_position.back()));
  EXPECT_NE(plan.summary.find("7 of 120 entries without a frame"), std::string::npos) << plan.summary;
}

TEST(scan_plan, repeated_frames_share_an_entry_whose_position_is_their_mean) {
  auto positions = raster(6, 8, 30, 1, 0);
  positions.rotation.push_back(30 + 0.3);
  positions.translation.push_back(positions.translation[3] + 0.02);
  auto const plan = make_plan(positions, {});
  ASSERT_EQ(plan.entries(), 48U) << plan.summary;
  EXPECT_EQ(plan.entry.back(), 8 + 3);
  EXPECT_NEAR(plan.rotation_position[8 + 3], 30.15, 1e-12);
  EXPECT_NEAR(plan.translation_position[8 + 3], positions.translation[3] + 0.01, 1e-12);
  EXPECT_NE(plan.summary.find("1 repeated frame added"), std::string::npos) << plan.summary;
}

TEST(scan_plan, frames_without_a_position_have_no_place) {
  auto positions = raster(6, 8, 30, 1, 0);
  positions.rotation[5] = nan;
  positions.translation[11] = std::numeric_limits<double>::infinity();
  auto const plan = make_plan(positions, {});
  EXPECT_EQ(plan.entries(), 48U);
  EXPECT_EQ(plan.entry[5], -1);
  EXPECT_EQ(plan.entry[11], -1);
  EXPECT_EQ(plan.entry[12], 12);
  std::fill(positions.rotation.begin(), positions.rotation.end(), nan);
  EXPECT_THROW(make_plan(positions, {}), input_error);
  EXPECT_THROW(make_plan({{1, 2}, {1}, ""}, {}), input_error);
  EXPECT_THROW(make_plan({}, {}), input_error);
  for (double const tolerance : {-0.1, 1.0, nan}) {
    plan_options options;
    options.position_tolerance = tolerance;
    EXPECT_THROW(make_plan({{1, 2}, {1, 2}, ""}, options), usage_error);
  }
}

TEST(scan_plan, a_motor_that_stands_still_has_one_position) {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    double const jitter = seed == 1 ? 0 : 0.001;
    auto positions = raster(1, 40, 1, 0.1, jitter, seed);
    for (std::size_t i = 0; i < 40; ++i) positions.rotation[i] = 45 + positions.rotation[i];
    auto const one_rotation = make_plan(positions, {});
    EXPECT_EQ(one_rotation.rotation.size(), 1U) << one_rotation.summary;
    EXPECT_EQ(one_rotation.translation.size(), 40U) << one_rotation.summary;
    EXPECT_NEAR(one_rotation.rotation[0], 45, 0.01);

    auto const one_translation = make_plan(raster(90, 1, 2, 0.1, jitter, seed), {});
    EXPECT_EQ(one_translation.rotation.size(), 90U) << one_translation.summary;
    EXPECT_EQ(one_translation.translation.size(), 1U) << one_translation.summary;
    EXPECT_EQ(one_translation.step(), 1);
  }
  auto const one_frame = make_plan({{3}, {4}, "um"}, {});
  EXPECT_EQ(one_frame.entries(), 1U);
  EXPECT_EQ(one_frame.entry, std::vector<std::int64_t>{0});
}

TEST(scan_plan, a_hole_in_the_scan_does_not_merge_what_is_beside_it) {
  auto const whole = raster(20, 60, 9, 0.1, 0.01);
  scan_positions holed;
  for (std::size_t f = 0; f < whole.rotation.size(); ++f)
    if (f % 60 < 15 || f % 60 >= 40) {
      holed.rotation.push_back(whole.rotation[f]);
      holed.translation.push_back(whole.translation[f]);
    }
  auto const plan = make_plan(holed, {});
  EXPECT_EQ(plan.translation.size(), 35U) << plan.summary;
  EXPECT_NEAR(plan.step(), 0.1, 0.001);
}

TEST(scan_plan, fine_steps_beside_coarse_ones_are_kept) {
  scan_positions positions;
  for (int r = 0; r < 12; ++r)
    for (int t = 0; t < 30; ++t) {
      positions.rotation.push_back(15 * r);
      positions.translation.push_back(t < 20 ? 0.1 * t : 2 + 1.0 * (t - 20));
    }
  auto const plan = make_plan(positions, {});
  EXPECT_EQ(plan.translation.size(), 30U) << plan.summary;
}

TEST(scan_plan, reversed_rotation_mirrors_the_angles) {
  plan_options options;
  options.reverse_rotation = true;
  auto const plan = make_plan(raster(5, 3, 10, 1, 0), options);
  EXPECT_EQ(plan.rotation.front(), -40);
  EXPECT_EQ(plan.rotation.back(), 0);
  EXPECT_EQ(plan.entry[0], 4 * 3);
}

TEST(scan_plan, tolerance_decides_what_is_one_position) {
  auto positions = raster(10, 10, 18, 1, 0);
  for (std::size_t f = 50; f < 100; ++f) positions.translation[f] += 0.15;
  EXPECT_EQ(make_plan(positions, {}).translation.size(), 10U);
  plan_options narrow;
  narrow.position_tolerance = 0.1;
  EXPECT_EQ(make_plan(positions, narrow).translation.size(), 20U);
  narrow.position_tolerance = 0;
  EXPECT_EQ(make_plan(positions, narrow).translation.size(), 20U);
}

TEST(scan_plan, positions_at_random_are_refused) {
  std::mt19937 engine(1);
  std::uniform_real_distribution<double> anywhere(0, 100);
  scan_positions positions;
  for (int i = 0; i < 3000; ++i) {
    positions.rotation.push_back(anywhere(engine));
    positions.translation.push_back(anywhere(engine));
  }
  EXPECT_THROW(make_plan(positions, {}), input_error);
}

/// `turns` turns of `frames` frames each, one line of translation a turn.
scan_positions turning(int turns, int frames, double step, bool cumulative, double jitter, bool to_and_fro = false) {
  std::mt19937 engine(3);
  std::normal_distribution<double> noise(0, jitter * step);
  scan_positions made;
  for (int turn = 0; turn < turns; ++turn)
    for (int i = 0; i < frames; ++i) {
      int const at = to_and_fro && turn % 2 == 1 ? frames - 1 - i : i;
      made.rotation.push_back(at * step + (cumulative ? 360.0 * turn : 0) + (jitter > 0 ? noise(engine) : 0));
      made.translation.push_back(0.05 * turn);
    }
  return made;
}

TEST(scan_plan, continuous_turns_of_n_frames_are_taken_modulo_360) {
  for (double const jitter : {0.0, 0.01}) {
    auto const plan = make_plan(turning(31, 400, 0.9, true, jitter), {});
    ASSERT_EQ(plan.rotation.size(), 400U) << plan.summary;
    ASSERT_EQ(plan.translation.size(), 31U);
    EXPECT_NEAR(plan.rotation.front(), 0, 0.01);  // readings on both sides of 0 are one position
    EXPECT_NEAR(plan.rotation.back(), 359.1, 0.01);
    std::set<std::int64_t> const entries(plan.entry.begin(), plan.entry.end());
    EXPECT_EQ(entries.size(), 400U * 31);
    EXPECT_NEAR(plan.rotation_position[30 * 1], plan.rotation_position[0], 0.1);
  }
}

TEST(scan_plan, the_frame_too_many_of_a_turn_is_a_repetition_of_its_first) {
  for (double const jitter : {0.0, 0.01}) {
    auto const plan = make_plan(turning(31, 401, 0.9, true, jitter), {});
    ASSERT_EQ(plan.rotation.size(), 400U) << plan.summary;
    EXPECT_EQ(plan.entry[400], plan.entry[0]);
    EXPECT_EQ(plan.entry[401 + 400], plan.entry[401]);
    EXPECT_NE(plan.summary.find("31 repeated frames added"), std::string::npos) << plan.summary;
  }
}

TEST(scan_plan, a_single_turn_keeps_its_first_and_last_angle) {
  for (bool const to_and_fro : {false, true}) {
    auto const plan = make_plan(turning(20, 401, 0.9, false, 0.01, to_and_fro), {});
    ASSERT_EQ(plan.rotation.size(), 401U) << plan.summary;
    EXPECT_NEAR(plan.rotation.back(), 360, 0.05);
  }
  auto const below_zero = make_plan(raster(40, 5, 9, 1, 0), {});
  EXPECT_EQ(below_zero.rotation.size(), 40U);
}

TEST(grid, frames_are_placed_as_they_were_taken) {
  for (auto const fast : {grid_scan::fast_axis::translation, grid_scan::fast_axis::rotation})
    for (auto const how : {grid_scan::order::raster, grid_scan::order::zigzag, grid_scan::order::interlaced}) {
      grid_scan const grid{6, 5, 180, fast, how};
      auto const positions = positions_of(grid);
      auto const plan = make_plan(positions, {});
      ASSERT_EQ(plan.rotation.size(), 6U);
      ASSERT_EQ(plan.translation.size(), 5U);
      EXPECT_EQ(plan.rotation.back(), 150);
      EXPECT_EQ(plan.translation.front(), -2);
      std::set<std::int64_t> const entries(plan.entry.begin(), plan.entry.end());
      EXPECT_EQ(entries.size(), 30U);
    }
  grid_scan const lines{4, 3, 360, grid_scan::fast_axis::translation, grid_scan::order::zigzag};
  EXPECT_EQ(positions_of(lines).translation, (std::vector<double>{-1, 0, 1, 1, 0, -1, -1, 0, 1, 1, 0, -1}));
  EXPECT_EQ(positions_of(lines).rotation, (std::vector<double>{0, 0, 0, 90, 90, 90, 180, 180, 180, 270, 270, 270}));
  grid_scan const laced{3, 2, 180, grid_scan::fast_axis::translation, grid_scan::order::interlaced};
  EXPECT_EQ(positions_of(laced).rotation, (std::vector<double>{0, 0, 120, 120, 60, 60}));
  EXPECT_THROW(positions_of({0, 5, 180, {}, {}}), usage_error);
  EXPECT_THROW(positions_of({5, 5, nan, {}, {}}), usage_error);
}

TEST(partition, equal_frames_are_split_evenly) {
  for (std::size_t const frames : {0U, 1U, 7U, 100U, 1968U})
    for (int const ranks : {1, 2, 3, 4, 15, 64}) {
      std::vector<std::uint64_t> const bytes(frames, 123'456);
      auto const slices = partition(bytes, ranks);
      ASSERT_EQ(slices.size(), static_cast<std::size_t>(ranks));
      std::uint64_t next = 0;
      for (auto const& slice : slices) {
        EXPECT_EQ(slice.first, next);
        EXPECT_LE(slice.count, frames / static_cast<std::size_t>(ranks) + 1);
        EXPECT_GE(slice.count, frames / static_cast<std::size_t>(ranks));
        next += slice.count;
      }
      EXPECT_EQ(next, frames);
    }
}

TEST(partition, bytes_are_balanced_and_missing_frames_weigh_little) {
  std::mt19937 engine(11);
  std::vector<std::uint64_t> bytes;
  for (int i = 0; i < 5000; ++i) bytes.push_back(i < 2000 ? 0 : 100'000 + engine() % 3'000'000);
  auto const whole = std::accumulate(bytes.begin(), bytes.end(), std::uint64_t{0});
  for (int const ranks : {2, 7, 16}) {
    auto const slices = partition(bytes, ranks);
    std::uint64_t next = 0;
    for (auto const& slice : slices) {
      EXPECT_EQ(slice.first, next);
      next += slice.count;
      auto const first = bytes.begin() + static_cast<std::ptrdiff_t>(slice.first);
      auto const mine = std::accumulate(first, first + static_cast<std::ptrdiff_t>(slice.count), std::uint64_t{0});
      EXPECT_NEAR(static_cast<double>(mine), static_cast<double>(whole) / ranks, 12e6);
    }
    EXPECT_EQ(next, bytes.size());
  }
}

}  // namespace
}  // namespace xrdct
