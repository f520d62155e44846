// Scores of frames in scans of random samples, with and without what should stick out.

#include "xrdct/scan/outlier_score.hpp"

#include "xrdct/base/robust.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>

namespace xrdct {
namespace {

constexpr double limit = outlier_limit;

/// A round grain of the sample: in steps from the axis.
struct grain {
  double x = 0, y = 0, radius = 1, strength = 1;
};

struct made_scan {
  scan_plan plan;
  std::vector<double> counts;  // of every frame
  std::vector<double> norm;    // likewise

  std::vector<double> value() const {
    std::vector<double> v;
    for (std::size_t f = 0; f < counts.size(); ++f) v.push_back(counts[f] / norm[f]);
    return v;
  }
  std::vector<double> scores() const {
    auto const v = value();
    return score_in_sinogram(plan, {v, norm, 0.005});
  }
};

enum class order { raster, zigzag, rotation_fast };

scan_plan plan_of(int rotations, int translations, order how) {
  scan_plan plan;
  for (int r = 0; r < rotations; ++r) plan.rotation.push_back(180.0 * r / rotations);
  for (int t = 0; t < translations; ++t) plan.translation.push_back(t - (translations - 1) / 2.0);
  int const lines = how == order::rotation_fast ? translations : rotations;
  int const points = how == order::rotation_fast ? rotations : translations;
  for (int line = 0; line < lines; ++line)
    for (int i = 0; i < points; ++i) {
      int const at = how == order::zigzag && line % 2 == 1 ? points - 1 - i : i;
      plan.entry.push_back(how == order::rotation_fast ? at * translations + line : line * translations + at);
    }
  return plan;
}

/// Chords through a body, a dense shell part and grains of all sizes, with air and Poisson noise.
made_scan random_scan(int rotations, int translations, order how, std::mt19937& random) {
  std::uniform_real_distribution<double> unit(0, 1);
  double const field = translations / 2.0;
  std::vector<grain> sample{{0.1 * field * unit(random), -0.1 * field * unit(random), 0.6 * field, 1}};
  for (int i = 0; i < 12; ++i) {
    double const angle = 2 * std::numbers::pi * unit(random);
    double const distance = 0.7 * field * std::sqrt(unit(random));
    sample.push_back({distance * std::cos(angle), distance * std::sin(angle), 0.3 + 0.15 * field * unit(random),
                      0.5 + 10 * unit(random)});
  }
  made_scan made;
  made.plan = plan_of(rotations, translations, how);
  auto const frames = made.plan.entry.size();
  for (std::size_t f = 0; f < frames; ++f) {
    auto const entry = static_cast<std::size_t>(made.plan.entry[f]);
    auto const columns = static_cast<std::size_t>(translations);
    double const angle = made.plan.rotation[entry / columns] * std::numbers::pi / 180;
    double path = 0;
    for (auto const& g : sample) {
      double const centre = g.x * std::cos(angle) - g.y * std::sin(angle);
      for (double const part : {-0.4, -0.2, 0.0, 0.2, 0.4}) {  // the beam is a step wide
        double const off = made.plan.translation[entry % columns] + part - centre;
        path += g.strength * 2 * std::sqrt(std::max(0.0, g.radius * g.radius - off * off)) / 5;
      }
    }
    made.norm.push_back(0.6 + 0.4 * std::exp(-2.0 * static_cast<double>(f) / static_cast<double>(frames)));
    std::poisson_distribution<std::int64_t> poisson(made.norm[f] * (10'000 + 3'000 * path));
    made.counts.push_back(static_cast<double>(poisson(random)));
  }
  return made;
}

std::vector<std::size_t> flagged(std::vector<double> const& scores) {
  std::vector<std::size_t> found;
  for (std::size_t f = 0; f < scores.size(); ++f)
    if (std::abs(scores[f]) > limit) found.push_back(f);
  return found;
}

class random_scans : public ::testing::TestWithParam<order> {};

TEST_P(random_scans, what_a_sample_shows_never_sticks_out) {
  std::mt19937 random(31);
  for (auto const& [rotations, translations] : {std::pair{48, 41}, {90, 61}, {150, 101}, {31, 40}})
    for (int i = 0; i < 4; ++i) {
      auto const scan = random_scan(rotations, translations, GetParam(), random);
      EXPECT_EQ(flagged(scan.scores()), std::vector<std::size_t>()) << rotations << " x " << translations;
    }
}

TEST_P(random_scans, frames_without_beam_and_far_too_bright_ones_do) {
  std::mt19937 random(32);
  std::size_t dead = 0, dead_found = 0, odd = 0, odd_found = 0;
  for (int i = 0; i < 8; ++i) {
    auto scan = random_scan(90, 61, GetParam(), random);
    std::vector<double> factor(scan.counts.size(), 1);
    for (std::size_t f = 500, k = 0; f + 9 < scan.counts.size(); f += 300 + random() % 97, ++k)
      factor[f] = k % 3 == 0 ? 0.001 : k % 3 == 1 ? 0.2 : 30;
    for (std::size_t f = 0; f < factor.size(); ++f) scan.counts[f] *= factor[f];
    auto const scores = scan.scores();
    for (std::size_t f = 0; f < factor.size(); ++f) {
      bool const found = std::abs(scores[f]) > limit;
      if (found) {
        EXPECT_EQ(scores[f] > 0, factor[f] > 1) << f;
        EXPECT_NE(factor[f], 1) << f;
      }
      if (factor[f] == 0.001) ++dead, dead_found += found;
      if (factor[f] == 0.2 || factor[f] == 30) ++odd, odd_found += found;
    }
  }
  EXPECT_EQ(dead_found, dead);
  EXPECT_GT(dead, 30U);
  EXPECT_GT(odd_found, odd / 3);
}

TEST_P(random_scans, all_frames_of_a_dip_do) {
  std::mt19937 random(33);
  auto scan = random_scan(90, 61, GetParam(), random);
  std::vector<std::size_t> expected;
  std::size_t const length = GetParam() == order::rotation_fast ? 4 : 7;
  for (std::size_t f = 2000; f < 2000 + length; ++f) expected.push_back(f);
  for (auto const f : expected) scan.counts[f] = 50;
  EXPECT_EQ(flagged(scan.scores()), expected);
}

// A dip of a few percent is seen where the sample is even, and air is.
TEST_P(random_scans, small_deviations_in_air_do) {
  std::mt19937 random(34);
  auto scan = random_scan(90, 61, GetParam(), random);
  std::size_t air = 0;
  for (std::size_t f = 0; f < scan.counts.size(); ++f)
    if (scan.plan.entry[f] == 44 * 61) air = f;
  scan.counts[air] *= 0.5;
  EXPECT_EQ(flagged(scan.scores()), std::vector<std::size_t>{air});
}

INSTANTIATE_TEST_SUITE_P(orders, random_scans, ::testing::Values(order::raster, order::zigzag, order::rotation_fast));

// Straight from the words of the header, frame by frame; of lines of translations.
double plain_score(made_scan const& scan, std::size_t frame, double up, double down) {
  auto const translations = static_cast<std::int64_t>(scan.plan.translation.size());
  auto const value = scan.value();
  std::vector<double> near, others;
  for (std::size_t other = 0; other < value.size(); ++other) {
    auto const a = scan.plan.entry[frame], b = scan.plan.entry[other];
    if (std::abs(a / translations - b / translations) > 2 || std::abs(a % translations - b % translations) > 2)
      continue;
    if (other != frame) near.push_back(value[other]);
    if (other + 6 < frame || frame + 6 < other) others.push_back(value[other]);
  }
  std::sort(near.begin(), near.end());
  std::sort(others.begin(), others.end());
  bool const above = value[frame] > near.back();
  if (!above && value[frame] >= others.front()) return 0;
  double const nearest = above ? near.back() : others.front();
  auto const& these = above ? near : others;
  double const range = std::log(these[these.size() - 2] / these[1]);
  double const counts = 1 / std::sqrt(std::max(1.0, nearest * scan.norm[frame]));
  double const least = std::max({0.005, counts, std::min(range / 2, std::log(above ? 10 : 5) / 8)});
  return std::log(value[frame] / nearest) / std::max(above ? up : down, least);
}

TEST(outlier_score, is_the_one_that_is_described) {
  std::mt19937 random(35);
  auto scan = random_scan(40, 37, order::raster, random);
  for (std::size_t f = 7; f < scan.counts.size(); f += 150) scan.counts[f] *= 0.1;
  auto const value = scan.value();
  std::vector<double> up, down;
  for (std::size_t f = 0; f < value.size(); ++f) {
    std::vector<double> same;
    for (std::size_t other = 0; other < value.size(); ++other) {
      auto const a = scan.plan.entry[f], b = scan.plan.entry[other];
      if (a % 37 == b % 37 && std::abs(a / 37 - b / 37) <= 2 && other != f) same.push_back(value[other]);
    }
    std::sort(same.begin(), same.end());
    double const middle = (std::log(same[(same.size() - 1) / 2]) + std::log(same[same.size() / 2])) / 2;
    double const off = std::log(value[f]) - middle;
    if (off > 0) up.push_back(off);
    if (off < 0) down.push_back(-off);
  }
  auto const found = scan.scores();
  std::size_t compared = 0;
  for (std::size_t f = 0; f < value.size(); ++f) {
    double const expected = plain_score(scan, f, 1.4826 * median(up), 1.4826 * median(down));
    EXPECT_NEAR(found[f], expected, 1e-9 * std::abs(expected)) << f;
    if (expected != 0) ++compared;
  }
  EXPECT_GT(compared, 10U);
}

TEST(outlier_score, layers_are_not_neighbours_and_frames_without_an_entry_are_not_judged) {
  std::mt19937 random(36);
  auto scan = random_scan(40, 37, order::raster, random);
  auto const first = scan.scores();
  auto both = scan;
  auto const second = random_scan(40, 37, order::raster, random);
  for (auto const entry : second.plan.entry) both.plan.entry.push_back(entry + 40 * 37);
  both.counts.insert(both.counts.end(), second.counts.begin(), second.counts.end());
  both.norm.insert(both.norm.end(), second.norm.begin(), second.norm.end());
  both.plan.layers.centres = {0, 1};
  both.plan.entry.push_back(-1);
  both.counts.push_back(1e9);
  both.norm.push_back(1);
  both.plan.entry.push_back(5);
  both.counts.push_back(std::nan(""));
  both.norm.push_back(1);
  auto const scores = both.scores();
  EXPECT_EQ(scores[scores.size() - 1], 0);
  EXPECT_EQ(scores[scores.size() - 2], 0);
  // All scores of the first layer, up to the scale, which is that of both.
  for (std::size_t f = 0; f < first.size(); ++f) EXPECT_EQ(scores[f] > 0, first[f] > 0);
  EXPECT_EQ(flagged(scores), std::vector<std::size_t>());
  both.counts[700] = 3;
  EXPECT_EQ(flagged(both.scores()), std::vector<std::size_t>{700});
}

TEST(outlier_score, few_or_equal_frames_have_none) {
  for (int const rotations : {1, 2, 3})
    for (int const translations : {1, 2, 5}) {
      made_scan scan;
      scan.plan = plan_of(rotations, translations, order::raster);
      scan.counts.assign(scan.plan.entry.size(), 1e4);
      scan.norm.assign(scan.plan.entry.size(), 1);
      EXPECT_EQ(scan.scores(), std::vector<double>(scan.counts.size(), 0));
    }
}

TEST(outlier_score, in_time_dips_stick_out_and_steps_and_decays_do_not) {
  std::mt19937 random(37);
  std::normal_distribution<double> noise(1, 0.002);
  for (std::size_t const length : {1U, 2U, 7U}) {
    std::vector<double> value;
    for (int i = 0; i < 1000; ++i)
      value.push_back((i < 400 ? 8e4 : 1e5) * std::exp(-0.0004 * i) * (i > 700 ? 0.3 : 1) * noise(random));
    std::vector<std::size_t> expected;
    for (std::size_t f = 550; f < 550 + length; ++f) expected.push_back(f);
    for (auto const f : expected) value[f] *= 0.9;
    EXPECT_EQ(flagged(score_in_time({value, {}, 0.005})), expected);
  }
  EXPECT_EQ(score_in_time({std::vector<double>(3, 5.0), {}, 0.005}), std::vector<double>(3, 0));
  EXPECT_TRUE(score_in_time({{}, {}, 0.005}).empty());
  std::vector<double> none(50, std::nan(""));
  EXPECT_EQ(flagged(score_in_time({none, {}, 0.005})), std::vector<std::size_t>());
}

TEST(outlier_score, rows_without_beam_are_dim) {
  std::mt19937 random(38);
  auto scan = random_scan(48, 41, order::raster, random);
  EXPECT_TRUE(dim_rows(scan.plan, scan.value()).empty());
  for (std::size_t f = 20 * 41 - 7; f < 24 * 41 + 5; ++f) scan.counts[f] = 0;
  EXPECT_EQ(dim_rows(scan.plan, scan.value()), (std::vector<std::size_t>{20, 21, 22, 23}));
}

TEST(robust, median_and_deviation) {
  EXPECT_TRUE(std::isnan(median({})));
  EXPECT_EQ(median({3}), 3);
  EXPECT_EQ(median({4, 1}), 2.5);
  EXPECT_EQ(median({9, 1, 5}), 5);
  EXPECT_EQ(median({1.5e308, 1.7e308}), 1.6e308);
  EXPECT_EQ(median_deviation({}), 0);
  EXPECT_DOUBLE_EQ(median_deviation({1, 5, 100}, 4), 1.4826 * 3);
  std::mt19937 random(39);
  std::normal_distribution<double> normal(10, 2);
  std::vector<double> values;
  for (int i = 0; i < 100'001; ++i) values.push_back(normal(random));
  EXPECT_NEAR(median_deviation(values, median(values)), 2, 0.03);
}

}  // namespace
}  // namespace xrdct
