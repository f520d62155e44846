#include "xrdct/simulation/scene.hpp"

#include "xrdct/base/error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

namespace xrdct {
namespace {

constexpr double degree = std::numbers::pi / 180;

simulation_options small() {
  simulation_options options;
  options.shape = {61, 47};
  options.distance = 0.04;
  options.tilt = {0.12, -0.2, 0.3};
  options.grid.rotations = 12;
  options.grid.translations = 21;
  return options;
}

/// The ray to a pixel's centre, with rotations as matrices: R = R3·R2·R1, the detector at distance along axis 3.
std::array<double, 3> ray_to(poni const& g, int row, int column) {
  using vector = std::array<double, 3>;
  vector v{(row + 0.5) * g.detector.pixel1 - g.poni1, (column + 0.5) * g.detector.pixel2 - g.poni2, g.distance};
  auto const turn = [](vector a, int i, int j, double angle) {
    auto const [p, q] = std::pair{static_cast<std::size_t>(i), static_cast<std::size_t>(j)};
    double const x = a[p] * std::cos(angle) - a[q] * std::sin(angle);
    a[q] = a[p] * std::sin(angle) + a[q] * std::cos(angle);
    a[p] = x;
    return a;
  };
  // pyFAI: rot1 about axis 1 and rot2 about axis 2 are left-handed, rot3 about axis 3 is right-handed.
  v = turn(v, 2, 1, g.rot1);
  v = turn(v, 0, 2, g.rot2);
  return turn(v, 0, 1, g.rot3);
}

TEST(Scene, PixelsExpectWhatFormulasSay) {
  scene const s = make_scene(small());
  auto const& g = s.geometry;
  std::vector<float> means;
  for (std::size_t frame : {0U, 100U, 251U}) {
    expect(s, frame, means);
    for (int row : {0, 13, 30, 60})
      for (int column : {0, 7, 23, 46}) {
        auto const t = ray_to(g, row, column);
        double const radius = std::hypot(t[0], t[1]);
        double const two_theta = std::atan2(radius, t[2]);
        double const cosine2 = std::pow(std::cos(two_theta), 2);
        double const chi = std::atan2(t[0], t[1]);
        double const polarization = 0.5 * (1 + cosine2 - 0.99 * std::cos(2 * chi) * (1 - cosine2));
        double const solid_angle = std::pow(g.distance / std::hypot(radius, t[2]), 3);
        double expected = s.air(two_theta);
        for (std::size_t p = 0; p < 3; ++p)
          expected += static_cast<double>(s.weights[frame * 3 + p]) * s.phases[p].pattern(two_theta);
        expected *= polarization * solid_angle;
        EXPECT_NEAR(static_cast<double>(means[static_cast<std::size_t>(row * 47 + column)]), expected, 2e-5 * expected)
            << frame << " " << row << " " << column;
      }
  }
}

TEST(Scene, TheBeamMeetsTheTiltedDetectorAtTheCentre) {
  auto options = small();
  options.centre = std::array{20.0, 31.5};
  scene const s = make_scene(options);
  // Half a pixel: ray_to() takes the centre of a pixel, --centre counts from the corner.
  poni shifted = s.geometry;
  shifted.poni1 += 0.5 * shifted.detector.pixel1;
  shifted.poni2 += 0.0;
  auto const t = ray_to(shifted, 20, 31);
  EXPECT_NEAR(t[0] / t[2], 0, 1e-12);
  EXPECT_NEAR(t[1] / t[2], 0, 1e-12);
}

TEST(Scene, TheBrightestPixelHasTheCountsAskedFor) {
  auto options = small();
  options.air = 0;
  options.counts = 77;
  scene const s = make_scene(options);
  std::vector<float> means;
  double most = 0;
  double most_light = 0;
  double brightest_of_most_light = 0;
  for (std::size_t k = 0; k < s.frames(); ++k) {
    expect(s, k, means);
    double light = 0;
    for (float v : means) light += static_cast<double>(v);
    double const top = static_cast<double>(*std::max_element(means.begin(), means.end()));
    most = std::max(most, top);
    if (light > most_light) most_light = light, brightest_of_most_light = top;
  }
  EXPECT_NEAR(brightest_of_most_light, 77, 1e-3);
  EXPECT_LT(most, 77 * 1.5);
}

TEST(Scene, WeightsAreCentredOnTheAxisAndFollowTheSample) {
  auto options = small();
  options.axis = 0.11;
  options.grid.rotations = 24;
  options.grid.span = 360;
  scene const s = make_scene(options);
  // The centre of mass of a projection is axis + x̄·cos θ − ȳ·sin θ.
  for (std::size_t p = 0; p < 3; ++p) {
    double mass = 0, x = 0, y = 0;
    for (auto const& e : s.sample.ellipses) {
      if (e.phase != p) continue;
      double const m = e.a * e.b * e.density;
      mass += m, x += m * e.x, y += m * e.y;
    }
    for (std::size_t line = 0; line < 24; ++line) {
      double sum = 0, moment = 0;
      for (std::size_t k = line * 21; k < (line + 1) * 21; ++k) {
        double const w = static_cast<double>(s.weights[k * 3 + p]);
        sum += w, moment += w * s.exposures[k].translation;
      }
      double const theta = s.exposures[line * 21].rotation * degree;
      double const expected = 0.11 + s.sample_radius * (x / mass * std::cos(theta) - y / mass * std::sin(theta));
      // Projections are means over steps, whose moments about the middle of a step are not in the sum.
      EXPECT_NEAR(moment / sum, expected, 0.03 * options.step) << p << " " << line;
      // Steps of path times steps of width: the area in pixels.
      EXPECT_NEAR(sum, std::numbers::pi * mass * std::pow(s.sample_radius / options.step, 2), 2e-4 * sum);
    }
  }
}

TEST(Scene, OrdersVisitEveryPositionOnceAsTheySay) {
  auto options = small();
  options.grid.rotations = 5;
  options.grid.translations = 4;
  using order = grid_scan::order;
  using fast = grid_scan::fast_axis;
  for (auto how : {order::raster, order::zigzag, order::interlaced})
    for (auto axis : {fast::translation, fast::rotation}) {
      options.grid.how = how;
      options.grid.fast = axis;
      scene const s = make_scene(options);
      std::set<std::pair<long, long>> seen;
      std::vector<long> slow, quick;
      for (auto const& e : s.exposures) {
        long const r = std::lround(e.rotation / 36);
        long const t = std::lround(e.translation / options.step + 1.5);
        EXPECT_NEAR(e.rotation, static_cast<double>(r) * 36, 1e-9);
        EXPECT_NEAR(e.translation, (static_cast<double>(t) - 1.5) * options.step, 1e-12);
        seen.insert({r, t});
        slow.push_back(axis == fast::translation ? r : t);
        quick.push_back(axis == fast::translation ? t : r);
      }
      EXPECT_EQ(seen.size(), 20U);
      std::size_t const length = axis == fast::translation ? 4 : 5;
      std::vector<long> lines;
      for (std::size_t k = 0; k < 20; k += length) {
        lines.push_back(slow[k]);
        for (std::size_t i = 0; i < length; ++i) {
          EXPECT_EQ(slow[k + i], slow[k]);
          bool const backwards = how == order::zigzag && k / length % 2 == 1;
          EXPECT_EQ(quick[k + i], static_cast<long>(backwards ? length - 1 - i : i));
        }
      }
      auto const expected = how != order::interlaced    ? std::vector<long>{0, 1, 2, 3, 4}
                            : axis == fast::translation ? std::vector<long>{0, 2, 4, 1, 3}
                                                        : std::vector<long>{0, 2, 1, 3};
      lines.resize(std::min(lines.size(), expected.size()));
      EXPECT_TRUE(std::equal(lines.begin(), lines.end(), expected.begin()));
    }
}

TEST(Scene, TheBeamDecaysAndTheMonitorSaysSo) {
  auto options = small();
  options.decay = 0.4;
  options.monitor_noise = 0.01;
  scene const s = make_scene(options);
  EXPECT_DOUBLE_EQ(s.exposures.front().beam, 1);
  EXPECT_DOUBLE_EQ(s.exposures.back().beam, 0.6);
  double sum = 0, squares = 0;
  for (auto const& e : s.exposures) {
    double const error = e.monitor / (1e5 * e.beam) - 1;
    sum += error, squares += error * error;
  }
  auto const n = static_cast<double>(s.frames());
  EXPECT_NEAR(sum / n, 0, 4.5 * 0.01 / std::sqrt(n));
  EXPECT_NEAR(std::sqrt(squares / n), 0.01, 0.0025);
  std::vector<float> first, last;
  options.decay = 0;
  scene const steady = make_scene(options);
  expect(s, s.frames() - 1, last);
  expect(steady, s.frames() - 1, first);
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_NEAR(last[i], 0.6F * first[i], 1e-5F * first[i]);
}

TEST(Scene, CrystalsAddSpotsOnTheRingsWhileTheyAreInTheBeam) {
  auto options = small();
  options.crystals = 40;
  scene const with = make_scene(options);
  options.crystals = 0;
  scene const without = make_scene(options);
  ASSERT_GT(with.spots.size(), 200U);
  std::vector<float> a, b;
  std::size_t bright_frames = 0;
  for (std::size_t k = 0; k < with.frames(); ++k) {
    expect(with, k, a);
    expect(without, k, b);
    double most = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_GE(a[i], b[i]);
      most = std::max(most, static_cast<double>(a[i] - b[i]));
    }
    bright_frames += most > options.counts;
  }
  EXPECT_GT(bright_frames, 5U);
  EXPECT_LT(bright_frames, with.frames());
  // A spot is where a line of its phase is: 2θ at its place, from the pixel's ray.
  auto const& lines = with.phases.back().lines;
  int checked = 0;
  for (auto const& spot : with.spots) {
    poni shifted = with.geometry;
    shifted.poni1 -= spot.row * shifted.detector.pixel1;
    shifted.poni2 -= spot.column * shifted.detector.pixel2;
    auto const t = ray_to(shifted, 0, 0);
    double const two_theta = std::atan2(std::hypot(t[0], t[1]), t[2]);
    double nearest = 1;
    for (auto const& line : lines) nearest = std::min(nearest, std::abs(line.two_theta - two_theta));
    EXPECT_LT(nearest, 1e-9);
    ++checked;
  }
  EXPECT_GT(checked, 200);
}

TEST(Scene, GapsExpectNothingAndDeadPixelsAreElsewhere) {
  auto options = small();
  options.detector = "Pilatus 300k";
  options.tilt = {};
  options.distance = 0.2;
  options.dead_pixels = 50;
  options.grid = {2, 3, 180, grid_scan::fast_axis::translation, grid_scan::order::raster};
  scene const s = make_scene(options);
  EXPECT_EQ(s.gap_pixels.size(), 2U * 17 * 487);
  EXPECT_EQ(s.dead_pixels.size(), 50U);
  EXPECT_TRUE(std::is_sorted(s.dead_pixels.begin(), s.dead_pixels.end()));
  std::vector<float> means;
  expect(s, 1, means);
  for (auto pixel : s.gap_pixels) EXPECT_EQ(means[pixel], 0);
  for (auto pixel : s.dead_pixels) EXPECT_EQ(s.geometry.detector.gaps[pixel], 0);
}

TEST(Scene, ContradictionsAreRefused) {
  auto options = small();
  options.axis = 0.6;  // translations reach 0.5 mm
  EXPECT_THROW(make_scene(options), usage_error);
  options = small();
  options.phases = {"Si", "Unobtainium"};
  EXPECT_THROW(make_scene(options), usage_error);
  options = small();
  options.tilt = {1.5, 0, 0};
  EXPECT_THROW(make_scene(options), usage_error);
  options = small();
  options.wavelength = 9e-10;  // 9 Å: only lattice planes farther apart than 4.5 Å would diffract
  EXPECT_THROW(make_scene(options), usage_error);
  options = small();
  options.detector = "Pilatus 99G";
  EXPECT_THROW(make_scene(options), input_error);
  options = small();
  options.poni = "/nowhere/geometry.poni";
  EXPECT_THROW(make_scene(options), input_error);
}

TEST(Scene, OnePositionIsAScanToo) {
  auto options = small();
  options.grid.rotations = 1;
  options.grid.translations = 1;
  options.phases = {"LaB6"};
  scene const s = make_scene(options);
  ASSERT_EQ(s.frames(), 1U);
  EXPECT_GT(s.weights[0], 0);
}

}  // namespace
}  // namespace xrdct
