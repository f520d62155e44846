/// \file Integration as pyFAI has solved it, in all bins and on both backends: to 1e-6 without splitting and with
/// bounding boxes. With full splitting to 1e-5, variances and errors to 1e-4, and other sums to 3e-5, as
/// pyFAI adds areas in single precision (exact areas are tested elsewhere).

#include "kernels/cpu/cpu.hpp"
#include "kernels/reference/reference.hpp"
#include "tests/geometry/case_file.hpp"
#include "tests/geometry/solved_case.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/geometry/integration.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>

namespace xrdct {
namespace {

using test::case_file;
using test::compare;
using test::median_magnitude;
using test::read_case;
using test::solved_case;

/// The sums of SEMANTICS §5.
struct pattern {
  std::vector<double> signal, variance, norm, count;
};

/// By a backend, of one frame of float32.
pattern integrate(device& by, solved_case const& c, integration_matrix const& matrix) {
  corrections pixels;
  pixels.mask = c.mask;
  pixels.dark = c.dark;
  pixels.norm = c.norm;
  pixels.dummy = c.dummy;
  pixels.delta_dummy = c.delta_dummy;
  frame_format format;
  format.type = pixel_type::f32;
  format.rows = matrix.rows;
  format.columns = matrix.columns;
  std::vector<float> const raw(c.raw.begin(), c.raw.end());
  std::vector<frame> const frames{{std::as_bytes(std::span(raw)), 0, 0}};
  std::vector<std::vector<float>> sums(4, std::vector<float>(matrix.bins));
  std::vector<frame_status> status(1, frame_status::ok);
  patterns into;
  into.signal = {sums[0].data(), 1, matrix.bins};
  into.variance = {sums[1].data(), 1, matrix.bins};
  into.norm = {sums[2].data(), 1, matrix.bins};
  into.count = {sums[3].data(), 1, matrix.bins};
  into.status = status;
  reduction what;
  what.matrix = &matrix;
  what.pixels = &pixels;
  auto const reducer = by.make_reducer(what, format);
  reducer->submit(frames, into)->wait();
  EXPECT_EQ(status[0], frame_status::ok);
  auto const doubles = [](std::vector<float> const& of) { return std::vector<double>(of.begin(), of.end()); };
  return {doubles(sums[0]), doubles(sums[1]), doubles(sums[2]), doubles(sums[3])};
}

/// Both backends, with their names.
struct backend {
  char const* name;
  std::unique_ptr<device> by;
};
std::vector<backend> const& backends() {
  static std::vector<backend> const all = [] {
    std::vector<backend> made;
    made.push_back({"reference", reference::make_device()});
    made.push_back({"cpu", cpu::make_device(2)});
    return made;
  }();
  return all;
}

void compare_axis(std::vector<double> const& ours, std::vector<double> const& expected) {
  ASSERT_EQ(ours.size(), expected.size());
  double const length = std::abs(expected.back() - expected.front());
  for (std::size_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR(ours[i], expected[i], 1e-9 * std::max(std::abs(expected[i]), length)) << "bin " << i;
}

/// pyFAI stacks the areas of a pixel column by column from the bottom of its box, and moves corners that lie outside to
/// the edge: its cells differ from exact areas by up to 3 %, and more where they hold few pixels or lie on an edge. So
/// cells that hold a pixel's worth are compared to 3 %, of which one in a thousand may be off; these are named.
void compare_full_cake(std::vector<double> const& ours, std::vector<double> const& expected,
                       std::vector<double> const& count, std::string const& name) {
  double const median = median_magnitude(expected);
  std::size_t compared = 0;
  std::string off;
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < count.size(); ++i) {
    if (!(count[i] >= 1)) continue;
    ++compared;
    if (std::abs(ours[i] - expected[i]) <= 3e-2 * std::max(std::abs(expected[i]), median)) continue;
    ++wrong;
    off += " " + std::to_string(i) + " (" + std::to_string(ours[i]) + ", pyFAI " + std::to_string(expected[i]) + ")";
  }
  EXPECT_GT(compared, 0U);
  EXPECT_LE(static_cast<double>(wrong), 1e-3 * static_cast<double>(compared)) << "cells:" << off;
  if (wrong > 0) testing::Test::RecordProperty(name + "_cells_off", off);
}

/// Cakes over all pixels, whatever the ranges of the pattern are, unless the case says that they are the same.
void compare_cake(case_file const& file, std::string const& name) {
  solved_case c = read_case(file, name);
  auto const expected = [&](char const* what) { return file.numbers(name + "/expected_cake/" + what); };
  auto const radial = expected("radial"), azimuthal = expected("azimuthal"), count = expected("count");
  if (!c.cake_in_ranges) {
    c.options.radial_range.reset();
    c.options.azimuth_range.reset();
  }
  c.options.bins = static_cast<int>(radial.size());
  c.options.azimuth_bins = static_cast<int>(azimuthal.size());
  integration const made = make_integration(c.geometry, c.options, c.mask);
  compare_axis(made.radial, radial);
  compare_axis(made.azimuthal, azimuthal);
  ASSERT_EQ(made.matrix.bins, radial.size() * azimuthal.size());
  for (auto const& [backend_name, by] : backends()) {
    SCOPED_TRACE(backend_name);
    pattern const sums = integrate(*by, c, made.matrix);
    std::vector<double> intensity(count.size());
    for (std::size_t i = 0; i < count.size(); ++i) intensity[i] = sums.signal[i] / sums.norm[i];
    if (c.options.splitting == pixel_splitting::full) {
      compare_full_cake(sums.count, count, count, name);
      compare_full_cake(intensity, expected("intensity"), count, name);
      continue;
    }
    for (std::size_t i = 0; i < count.size(); ++i) EXPECT_EQ(sums.count[i] > 0, count[i] > 0) << "bin " << i;
    compare("count of the cake", sums.count, count, count, 1e-6);
    compare("intensity of the cake", intensity, expected("intensity"), count, 1e-6);
  }
}

void compare_pattern(case_file const& file, std::string const& name, solved_case const& c, pattern const& sums,
                     std::vector<double> const& count) {
  for (std::size_t i = 0; i < count.size(); ++i) EXPECT_EQ(sums.count[i] > 0, count[i] > 0) << "bin " << i;
  bool const full = c.options.splitting == pixel_splitting::full;
  double worst = 0;
  auto const agrees = [&](char const* what, std::vector<double> const& ours, double tolerance) {
    worst = std::max(worst, compare(what, ours, file.numbers(name + "/expected/" + what), count, tolerance));
  };
  double const of_sums = full ? 3e-5 : 1e-6;
  agrees("count", sums.count, of_sums);
  agrees("sum_signal", sums.signal, of_sums);
  agrees("sum_normalization", sums.norm, of_sums);
  std::vector<double> intensity(count.size()), sigma(count.size());
  for (std::size_t i = 0; i < count.size(); ++i) {
    intensity[i] = sums.signal[i] / sums.norm[i];
    sigma[i] = std::sqrt(sums.variance[i]) / sums.norm[i];
  }
  agrees("intensity", intensity, full ? 1e-5 : 1e-6);
  if (c.error_model == "poisson") {
    agrees("sum_variance", sums.variance, full ? 1e-4 : 1e-6);
    agrees("sigma", sigma, full ? 1e-4 : 1e-6);
  }
  testing::Test::RecordProperty(name, std::to_string(worst * 1e6) + "e-6");
}

void compare_case(case_file const& file, std::string const& name) {
  solved_case const c = read_case(file, name);
  auto const expected = [&](char const* what) { return file.numbers(name + "/expected/" + what); };
  auto const radial = expected("radial"), count = expected("count");
  integration const made = make_integration(c.geometry, c.options, c.mask);
  ASSERT_EQ(made.radial.size(), radial.size());
  for (std::size_t i = 0; i < radial.size(); ++i)
    ASSERT_NEAR(made.radial[i], radial[i], 1e-9 * std::abs(radial[i])) << "bin " << i;
  if (std::count(count.begin(), count.end(), 0) == std::ssize(count)) {
    EXPECT_EQ(made.matrix.entries(), 0U) << "no pixel lies in the range";
    return;
  }

  for (auto const& [backend_name, by] : backends()) {
    SCOPED_TRACE(backend_name);
    compare_pattern(file, name, c, integrate(*by, c, made.matrix), count);
  }
}

void compare_file(std::filesystem::path const& path) {
  case_file const file(path);
  int compared = 0;
  for (std::string const& name : file.cases()) {
    SCOPED_TRACE(name);
    ASSERT_NO_THROW(compare_case(file, name));
    ++compared;
    if (!file.has(name + "/expected_cake")) continue;
    ASSERT_NO_THROW(compare_cake(file, name));
  }
  EXPECT_GT(compared, 0);
}

TEST(cases, agree_with_pyfai) {
  auto const path = test::cases_path();
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "reference data " << path << " are not on this machine";
  compare_file(path);
}

/// Solved by pyFAI 2026.9: detectors of all orientations, with azimuth ranges across ±180°.
TEST(cases, of_mirrored_detectors_and_sectors_agree_with_pyfai) {
  compare_file(test::own_data("geometry/mirrored_and_sectors.h5"));
}

/// Solved by pyFAI 2026.9: full splitting on small detectors of all orientations that the beam hits, which is where
/// quadrilaterals are far from being the pixels' images; with and without azimuth ranges.
TEST(cases, of_detectors_that_the_beam_hits_agree_with_pyfai) {
  compare_file(test::own_data("geometry/beam_on_detector.h5"));
}

/// Solved by pyFAI 2026.9: patterns and cakes in radial and azimuthal ranges, also across ±180°, of detectors of all
/// orientations, hit by the beam, beyond 90°, with oblong pixels and dead values. (Not full splitting across ±180°,
/// where pyFAI joins pixels at the wrong cut; and its cakes only without ranges.)
TEST(cases, of_cakes_in_ranges_agree_with_pyfai) { compare_file(test::own_data("geometry/cakes_in_ranges.h5")); }

/// Detectors described by files, of pyFAI 0.21.3 (distorted, gaps) and 2026.9, which has solved all: distortion,
/// corners that pixels share and such that they do not, pixels without a position, a bent sensor, hexagons (which pyFAI
/// does not split by areas), and a regular grid.
TEST(cases, of_detectors_described_by_files_agree_with_pyfai) {
  compare_file(test::own_data("geometry/detectors/solved.h5"));
}

}  // namespace
}  // namespace xrdct
