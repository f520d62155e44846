// Scans of every kind and with every fault: frames are where they were meant to be, and what is odd is said.

#include "tests/scan/odd_scan.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/scan/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace xrdct {
namespace {

using test::has;
using test::meant_entries;
using test::odd_scan;
using test::recipe;
using test::take;
using test::text_of;
using test::told;
using test::turn_on;
using testing::HasSubstr;
using testing::StartsWith;

void expect_as_meant(odd_scan const& scan, scan_plan const& plan) {
  auto const axes = test::visited(scan);
  ASSERT_EQ(plan.layers.count(), axes[0].size()) << told(plan);
  ASSERT_EQ(plan.rotation.size(), axes[1].size()) << told(plan);
  ASSERT_EQ(plan.translation.size(), axes[2].size()) << told(plan);
  ASSERT_EQ(plan.entry, meant_entries(scan)) << told(plan);
}

/// Means of what was recorded, entry by entry, in plain sums. Turns are taken off where that brings them near.
void expect_mean_positions(odd_scan const& scan, scan_plan const& plan) {
  std::vector<double> rotation(plan.entries()), translation(plan.entries()), count(plan.entries());
  for (std::size_t f = 0; f < scan.frames(); ++f) {
    auto const e = static_cast<std::size_t>(plan.entry[f]);
    double const near = plan.rotation[e / plan.translation.size() % plan.rotation.size()];
    double const turns = std::round((scan.positions.rotation[f] - near) / 360);
    rotation[e] += scan.positions.rotation[f] - 360 * turns;
    translation[e] += scan.positions.translation[f];
    ++count[e];
  }
  for (std::size_t e = 0; e < plan.entries(); ++e) {
    ASSERT_EQ(std::isnan(plan.rotation_position[e]), count[e] == 0);
    if (count[e] == 0) continue;
    ASSERT_NEAR(plan.rotation_position[e], rotation[e] / count[e], 1e-9 * 360);
    ASSERT_NEAR(plan.translation_position[e], translation[e] / count[e], 1e-9);
  }
}

/// Remarks about numbers of frames, against counts of what was meant.
void expect_counts_told(odd_scan const& scan, scan_plan const& plan) {
  std::set<std::int64_t> distinct(plan.entry.begin(), plan.entry.end());
  auto const empty = plan.entries() - distinct.size();
  auto const repeats = scan.frames() - distinct.size();
  EXPECT_EQ(has(plan, oddity::no_frame), empty > 0) << told(plan);
  if (empty > 0) {
    EXPECT_THAT(text_of(plan, oddity::no_frame),
                StartsWith(std::to_string(empty) + " of " + std::to_string(plan.entries()) + " positions ha"));
  }
  EXPECT_EQ(has(plan, oddity::repeated), repeats > 0) << told(plan);
  if (repeats > 0) {
    EXPECT_THAT(text_of(plan, oddity::repeated), StartsWith(std::to_string(repeats) + " frame"));
  }
}

TEST(odd_scans, of_random_kinds_have_every_frame_in_its_place) {
  std::mt19937 engine(2026);
  auto const upto = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(engine); };
  for (int round = 0; round < 400; ++round) {
    recipe how;
    how.layers = upto(0, 2) == 0 ? upto(2, 5) : 1;
    how.rotations = upto(4, 40);
    how.translations = upto(4, 30);
    how.span = upto(0, 1) == 0 ? 180 : 360;
    how.rotation_fast = upto(0, 1) == 0;
    how.zigzag = upto(0, 1) == 0;
    how.interlaced = upto(0, 2) == 0;
    how.noise = std::array{0.0, 1e-6, 0.01, 0.03}[static_cast<std::size_t>(upto(0, 3))];
    how.seed = static_cast<unsigned>(round);
    auto scan = take(how);
    if (upto(0, 1) == 0)  // a last line cut short
      for (int i = upto(1, 3); i > 0; --i) scan.erase(scan.frames() - 1);
    for (int i = upto(0, 1) * upto(1, static_cast<int>(scan.frames()) / 12); i > 0; --i)
      scan.erase(static_cast<std::size_t>(upto(0, static_cast<int>(scan.frames()) - 1)));
    for (int i = upto(0, 1) * upto(1, 7); i > 0; --i)
      scan.repeat(static_cast<std::size_t>(upto(0, static_cast<int>(scan.frames()) - 1)));
    if (how.layers == 1 && upto(0, 1) == 0) scan.positions.layer.clear();
    SCOPED_TRACE("round " + std::to_string(round));
    auto const plan = make_plan(scan.positions, {});
    expect_as_meant(scan, plan);
    expect_mean_positions(scan, plan);
    expect_counts_told(scan, plan);
    EXPECT_FALSE(has(plan, oddity::binned)) << told(plan);
    EXPECT_FALSE(has(plan, oddity::two_combs)) << told(plan);
    if (HasFailure()) break;
  }
}

TEST(odd_scans, complete_ones_are_called_by_their_kind_and_have_nothing_odd) {
  for (bool const rotation_fast : {false, true})
    for (bool const zigzag : {false, true})
      for (bool const interlaced : {false, true})
        for (int const layers : {1, 3})
          for (double const span : {180.0, 360.0}) {
            recipe const how{layers, 24, 15, span, rotation_fast, zigzag, interlaced, 0.01, 5};
            auto scan = take(how);
            if (layers == 1) scan.positions.layer.clear();
            auto const plan = make_plan(scan.positions, {});
            auto const lines = std::to_string(layers * (rotation_fast ? 15 : 24));
            EXPECT_EQ(plan.order, (interlaced ? "interlaced " : "") + std::string(zigzag ? "zigzag" : "raster") +
                                      " lines along " + (rotation_fast ? "rotation, " : "translation, ") + lines +
                                      " lines of " + (rotation_fast ? "24" : "15") + " frames");
            EXPECT_TRUE(plan.remarks.empty()) << told(plan);
          }
}

TEST(odd_scans, in_which_the_layer_moves_from_frame_to_frame) {
  odd_scan scan;
  for (int r = 0; r < 6; ++r)
    for (int t = 0; t < 5; ++t)
      for (int l = 0; l < 4; ++l) scan.add({l, r, t}, 0.5 * l, 30 * r, t);
  auto const plan = make_plan(scan.positions, {});
  expect_as_meant(scan, plan);
  EXPECT_EQ(plan.order, "raster lines along layer, 30 lines of 4 frames");
  EXPECT_EQ(plan.layers.centres, (std::vector<double>{0, 0.5, 1, 1.5}));
}

TEST(odd_scans, at_random_positions_of_a_grid_have_no_lines) {
  auto scan = take({});
  std::vector<std::size_t> order(scan.frames());
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937(4));
  odd_scan shuffled;
  for (auto const f : order)
    shuffled.add(scan.places[f], scan.positions.layer[f], scan.positions.rotation[f], scan.positions.translation[f]);
  auto const plan = make_plan(shuffled.positions, {});
  expect_as_meant(shuffled, plan);
  EXPECT_THAT(plan.order, StartsWith("frames in no order"));
}

TEST(odd_scans, tell_their_tolerance_and_widest_cluster) {
  auto scan = take({});
  scan.positions.translation[4] += 0.004;
  auto const plan = make_plan(scan.positions, {});
  EXPECT_THAT(plan.summary,
              HasSubstr("one position: rotations nearer than 3.75 deg (widest 0 deg), translations nearer "
                        "than 0.0125 mm (widest 0.004 mm)"));
}

TEST(turning, n_or_n_plus_one_frames_a_turn_or_both) {
  std::mt19937 engine(7);
  for (int round = 0; round < 60; ++round) {
    int const n = 8 + static_cast<int>(engine() % 90);
    std::vector<int> lengths;
    int longer = 0;
    auto const kind = engine() % 3;
    for (int line = 0; line < 4 + static_cast<int>(engine() % 12); ++line) {
      lengths.push_back(n + (kind == 0 ? 0 : (kind == 1 ? 1 : static_cast<int>(engine() % 2))));
      longer += lengths.back() - n;
    }
    auto const scan = turn_on(n, lengths, round % 2 == 0 ? 0 : 0.02, static_cast<unsigned>(round));
    SCOPED_TRACE("round " + std::to_string(round));
    auto const plan = make_plan(scan.positions, {});
    expect_as_meant(scan, plan);
    expect_mean_positions(scan, plan);
    EXPECT_EQ(has(plan, oddity::turn_closed), longer > 0) << told(plan);
    EXPECT_EQ(has(plan, oddity::mixed_lines), longer > 1 && longer + 1 < static_cast<int>(lengths.size()))
        << told(plan);
    EXPECT_THAT(plan.order, StartsWith("raster lines along rotation, " + std::to_string(lengths.size())));
    EXPECT_THAT(plan.order, HasSubstr("turns on and on"));
    if (HasFailure()) break;
  }
}

TEST(turning, to_and_fro_keeps_both_ends_of_the_turn) {
  odd_scan scan;
  for (int t = 0; t < 9; ++t)
    for (int k = 0; k <= 40; ++k) {
      int const r = t % 2 == 0 ? k : 40 - k;
      scan.add({0, r, t}, 0, 9 * r, t);
    }
  auto const plan = make_plan(scan.positions, {});
  expect_as_meant(scan, plan);
  EXPECT_EQ(plan.order, "zigzag lines along rotation, 9 lines of 41 frames");
  EXPECT_TRUE(has(plan, oddity::same_angle)) << told(plan);
  EXPECT_FALSE(has(plan, oddity::wedge)) << told(plan);
}

TEST(turning, half_turns_that_go_on_leave_every_second_entry_empty) {
  odd_scan scan;
  for (int t = 0; t < 10; ++t)
    for (int k = 0; k < 20; ++k) scan.add({0, t % 2 * 20 + k, t}, 0, 180 * t + 9 * k, t);
  auto const plan = make_plan(scan.positions, {});
  expect_as_meant(scan, plan);
  EXPECT_FALSE(has(plan, oddity::binned)) << told(plan);
  EXPECT_THAT(text_of(plan, oddity::no_frame), StartsWith("200 of 400 positions have no frame"));
}

/// Bins of an independent count: no bin of a line may be far from what the line did there.
void expect_bins(odd_scan const& scan, scan_plan const& plan, double step) {
  ASSERT_TRUE(has(plan, oddity::binned)) << told(plan);
  for (std::size_t f = 0; f < scan.frames(); ++f) {
    ASSERT_GE(plan.entry[f], 0);
    auto const e = static_cast<std::size_t>(plan.entry[f]);
    double const away = std::remainder(scan.positions.rotation[f] - plan.rotation[e / plan.translation.size()], 360);
    ASSERT_LT(std::abs(away), step) << "frame " << f;
    ASSERT_EQ(static_cast<int>(e % plan.translation.size()), scan.places[f][2]);
  }
  auto const counts = frames_of_entries(plan);
  auto const full = std::count_if(counts.begin(), counts.end(), [](auto n) { return n > 0; });
  EXPECT_GT(static_cast<double>(full), 0.95 * static_cast<double>(counts.size())) << told(plan);
  expect_mean_positions(scan, plan);
}

TEST(turning, that_is_no_whole_number_of_frames_goes_into_bins) {
  std::mt19937 engine(8);
  for (int round = 0; round < 60; ++round) {
    double const frames = 40 + 300 * std::uniform_real_distribution<double>(0, 1)(engine);
    double const fraction = frames - std::floor(frames);
    if (fraction < 0.1 || fraction > 0.9) continue;
    auto const lines = 8 + engine() % 20;
    odd_scan scan;
    int frame = 0;
    for (std::size_t line = 0; line < lines; ++line)
      for (; frame < frames * static_cast<double>(line + 1); ++frame)
        scan.add({0, 0, static_cast<int>(line)}, 0, frame * 360 / frames, 0.1 * static_cast<double>(line));
    SCOPED_TRACE("round " + std::to_string(round) + ", " + std::to_string(frames) + " frames a turn");
    auto const plan = make_plan(scan.positions, {});
    // Some fractions make few distinct angles, which cluster well enough.
    if (!has(plan, oddity::binned)) {
      auto const counts = frames_of_entries(plan);
      auto const full = std::count_if(counts.begin(), counts.end(), [](auto n) { return n > 0; });
      EXPECT_GE(static_cast<double>(full), 0.45 * static_cast<double>(counts.size())) << told(plan);
      continue;
    }
    expect_bins(scan, plan, 360 / std::floor(frames));
    EXPECT_EQ(plan.rotation.size(), static_cast<std::size_t>(frames)) << told(plan);
    EXPECT_THAT(plan.summary, HasSubstr("rotations in bins of "));
    if (HasFailure()) break;
  }
}

TEST(turning, that_begins_anywhere_in_every_line_goes_into_bins) {
  std::mt19937 engine(9);
  std::uniform_real_distribution<double> anywhere(0, 1);
  for (int round = 0; round < 30; ++round) {
    double const share = round % 2 == 0 ? 1 : 0.6;  // of a step, that beginnings differ by
    odd_scan scan;
    for (int line = 0; line < 25; ++line) {
      double const start = share * anywhere(engine);
      for (int k = 0; k < 60; ++k) scan.add({0, k, line}, 0, 3 * (start + k), line);
    }
    SCOPED_TRACE("round " + std::to_string(round));
    auto const plan = make_plan(scan.positions, {});
    expect_bins(scan, plan, 3);
    EXPECT_THAT(text_of(plan, oddity::binned), HasSubstr("in bins of 3 deg"));
    if (share < 1) expect_as_meant(scan, plan);
    if (HasFailure()) break;
  }
}

/// Zigzag lines along one axis, 20 rotations of 9 degrees by 16 translations of 0.05, of which those that run backwards
/// are off by `lag` steps.
auto with_lag(bool rotation_fast, double lag) {
  auto scan = take({1, 20, 16, 180, rotation_fast, true, false, 0.005, 3});
  auto& moving = rotation_fast ? scan.positions.rotation : scan.positions.translation;
  double const step = rotation_fast ? 9 : 0.05;
  std::size_t const length = rotation_fast ? 20 : 16;
  for (std::size_t f = 0; f < scan.frames(); ++f)
    if (f / length % 2 == 1) moving[f] += lag * step;
  return scan;
}

TEST(lag, within_the_tolerance_is_merged_and_told) {
  for (bool const rotation_fast : {false, true})
    for (double const lag : {0.12, 0.2, -0.2}) {
      auto const scan = with_lag(rotation_fast, lag);
      auto const plan = make_plan(scan.positions, {});
      expect_as_meant(scan, plan);
      EXPECT_THAT(text_of(plan, oddity::lag), HasSubstr(lag < 0 ? "below forward ones" : "above forward ones"))
          << told(plan);
      EXPECT_FALSE(has(plan, oddity::two_combs));
    }
  EXPECT_FALSE(has(make_plan(take({1, 20, 16, 180, false, true, false, 0.03, 3}).positions, {}), oddity::lag));
}

TEST(lag, beyond_the_tolerance_is_told) {
  for (bool const rotation_fast : {false, true})
    for (double const lag : {0.35, 0.5, -0.4}) {
      auto const scan = with_lag(rotation_fast, lag);
      auto const plan = make_plan(scan.positions, {});
      EXPECT_EQ((rotation_fast ? plan.rotation : plan.translation).size(), rotation_fast ? 40U : 32U);
      EXPECT_TRUE(has(plan, oddity::two_combs)) << told(plan);
      EXPECT_FALSE(has(plan, oddity::binned)) << told(plan);
      EXPECT_THAT(text_of(plan, oddity::two_combs),
                  HasSubstr(rotation_fast ? "the rotation needs" : "the translation needs"));
    }
}

TEST(remarks, about_a_last_line_that_is_cut_short) {
  for (bool const rotation_fast : {false, true})
    for (bool const zigzag : {false, true})
      for (int const layers : {1, 2}) {
        auto scan = take({layers, 14, 11, 180, rotation_fast, zigzag, false, 0.01, 2});
        for (int i = 0; i < 6; ++i) scan.erase(scan.frames() - 1);
        auto const plan = make_plan(scan.positions, {});
        expect_as_meant(scan, plan);
        auto const left = std::to_string((rotation_fast ? 14 : 11) - 6);
        EXPECT_THAT(text_of(plan, oddity::cut_short), HasSubstr("it has " + left + " frames")) << told(plan);
        EXPECT_TRUE(is_serious(oddity::cut_short));
      }
}

TEST(remarks, about_frames_without_a_position) {
  auto scan = take({});
  scan.positions.translation[17] = std::nan("");
  scan.positions.layer[19] = std::numeric_limits<double>::infinity();
  auto const plan = make_plan(scan.positions, {});
  EXPECT_EQ(plan.entry[17], -1);
  EXPECT_EQ(plan.entry[19], -1);
  EXPECT_EQ(text_of(plan, oddity::no_position), "2 frames have no position");
}

TEST(remarks, about_missing_directions) {
  auto const plan_of = [](double first, double step, int rotations) {
    odd_scan scan;
    for (int r = 0; r < rotations; ++r)
      for (int t = 0; t < 7; ++t) scan.add({0, r, t}, 0, first + step * r, t);
    return make_plan(scan.positions, {});
  };
  for (double const first : {0.0, -90.0, 33.0}) {
    EXPECT_TRUE(plan_of(first, 5, 36).remarks.empty());  // 180°
    EXPECT_TRUE(plan_of(first, 5, 37).remarks.empty());  // 180° and both ends
    EXPECT_TRUE(plan_of(first, 5, 72).remarks.empty());  // 360°
    EXPECT_TRUE(has(plan_of(first, 5, 73), oddity::same_angle));
    EXPECT_TRUE(has(plan_of(first, 5, 31), oddity::wedge));
    EXPECT_TRUE(has(plan_of(first, 5, 35), oddity::wedge)) << told(plan_of(first, 5, 35));
    EXPECT_TRUE(has(plan_of(first, 5, 54), oddity::partly_twice)) << told(plan_of(first, 5, 54));
    EXPECT_FALSE(has(plan_of(first, 5, 54), oddity::wedge));
  }
  EXPECT_THAT(text_of(plan_of(0, 5, 31), oddity::wedge), HasSubstr("between 150 and 180 deg"));
}

TEST(remarks, about_gaps_and_uneven_steps) {
  odd_scan scan;
  for (int r = 0; r < 18; ++r)
    for (int t = 0; t < 30; ++t)
      if (t < 10 || t > 14) scan.add({0, r, t}, 0, 10 * r, 0.1 * t);
  auto const holed = make_plan(scan.positions, {});
  EXPECT_THAT(text_of(holed, oddity::gap),
              HasSubstr("translation left positions out in 1 place: 5 between 0.9 and 1.5"))
      << told(holed);
  EXPECT_FALSE(has(holed, oddity::uneven_steps)) << told(holed);
  odd_scan fine;
  for (int r = 0; r < 18; ++r)
    for (int t = 0; t < 20; ++t) fine.add({0, r, t}, 0, 10 * r, t < 12 ? 0.1 * t : 1.2 + 0.15 * (t - 12));
  auto const uneven = make_plan(fine.positions, {});
  expect_as_meant(fine, uneven);
  EXPECT_THAT(text_of(uneven, oddity::uneven_steps), HasSubstr("from 0.1 to 0.15")) << told(uneven);
}

TEST(layers, that_only_tremble_or_drift_are_one) {
  std::mt19937 engine(3);
  std::normal_distribution<double> gauss(5, 1e-4);
  for (int kind = 0; kind < 4; ++kind)
    for (unsigned seed = 1; seed <= 10; ++seed) {
      auto scan = take({1, 20, 16, 180, seed % 2 == 0, true, false, 0.01, seed});
      for (std::size_t f = 0; f < scan.frames(); ++f) {
        auto& z = scan.positions.layer[f];
        if (kind == 0) z = gauss(engine);
        if (kind == 1) z = 5 + 1e-4 * static_cast<double>(engine() % 2);        // an encoder's last digit
        if (kind == 2) z = 5 + (engine() % 20 == 0 ? 1e-4 : 0);                 // seldom
        if (kind == 3) z = 5 + 1e-4 * std::floor(static_cast<double>(f) / 65);  // a slow drift
      }
      SCOPED_TRACE("kind " + std::to_string(kind) + ", seed " + std::to_string(seed));
      auto const plan = make_plan(scan.positions, {});
      expect_as_meant(scan, plan);
      EXPECT_TRUE(has(plan, oddity::one_layer)) << told(plan);
    }
}

TEST(layers, turned_against_each_other_stay_apart) {
  odd_scan scan;
  for (int l = 0; l < 2; ++l)
    for (int r = 0; r < 18; ++r)
      for (int t = 0; t < 9; ++t) scan.add({l, 2 * r + l, t}, 0.3 * l, 10 * r + 5 * l, t);
  auto const plan = make_plan(scan.positions, {});
  expect_as_meant(scan, plan);
  EXPECT_EQ(plan.layers.count(), 2U);
  EXPECT_FALSE(has(plan, oddity::one_layer));
}

TEST(layers, are_merged_by_their_own_tolerance) {
  auto scan = take({3, 10, 8, 180, false, false, false, 0, 1});
  std::mt19937 engine(3);
  for (auto& z : scan.positions.layer) z += 0.01 * std::uniform_real_distribution<double>(-1, 1)(engine);
  auto const plan = make_plan(scan.positions, {});
  expect_as_meant(scan, plan);
  for (std::size_t l = 0; l < 3; ++l) EXPECT_NEAR(plan.layers.centres[l], 6.6 + 0.2 * static_cast<double>(l), 0.002);
  EXPECT_THAT(plan.summary, HasSubstr("one position: layers nearer than 0.05"));
  scan.positions.layer.pop_back();
  EXPECT_THROW(make_plan(scan.positions, {}), input_error);
}

TEST(odd_scans, are_never_too_odd_to_be_answered) {
  std::mt19937 engine(11);
  std::vector<double> const extremes{
      0,   1e308, -1e308, 1e-308, 5e-324, std::nan(""), std::numeric_limits<double>::infinity(),
      360, -360,  1e17,   0.1,    180};
  for (int round = 0; round < 2000; ++round) {
    scan_positions positions;
    auto const frames = 1 + engine() % 40;
    for (std::size_t f = 0; f < frames; ++f) {
      auto const any = [&] {
        return engine() % 3 == 0 ? extremes[engine() % extremes.size()] : static_cast<double>(engine() % 7);
      };
      positions.rotation.push_back(any());
      positions.translation.push_back(any());
      if (round % 2 == 0) positions.layer.push_back(any());
    }
    try {
      auto const plan = make_plan(positions, {});
      ASSERT_EQ(plan.entry.size(), frames);
      for (auto const e : plan.entry) {
        ASSERT_GE(e, -1);
        ASSERT_LT(e, static_cast<std::int64_t>(plan.entries()));
      }
    } catch (input_error const&) {  // a refusal is an answer
    }
  }
}

}  // namespace
}  // namespace xrdct
