/// \file Integration as pyFAI has solved it, in all bins: to 1e-6 without splitting and with bounding boxes. With full
/// splitting to 1e-5, and errors to 1e-4, as pyFAI adds areas in single precision.

#include "tests/geometry/case_file.hpp"
#include "tests/geometry/solved_case.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/geometry/integration.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace xrdct {
namespace {

using test::case_file;
using test::compare;
using test::read_case;
using test::solved_case;

/// The sums of SEMANTICS §5, in double and as plain as can be.
struct pattern {
  std::vector<double> signal, variance, norm, count;
  explicit pattern(std::size_t bins) : signal(bins), variance(bins), norm(bins), count(bins) {}
};

bool is_left_out(solved_case const& c, std::size_t pixel, float raw) {
  if (!std::isfinite(raw) || c.norm[pixel] == 0 || std::isnan(c.norm[pixel])) return true;
  if (!c.dummy) return false;
  if (c.delta_dummy == 0) return raw == static_cast<float>(*c.dummy);
  return std::abs(static_cast<double>(raw) - *c.dummy) <= c.delta_dummy;
}

pattern integrate(solved_case const& c, integration_matrix const& matrix) {
  pattern sums(matrix.bins);
  for (std::size_t pixel = 0; pixel < c.raw.size(); ++pixel) {
    auto const raw = static_cast<float>(c.raw[pixel]);
    if (is_left_out(c, pixel, raw)) continue;
    float const signal = c.dark.empty() ? raw : raw - c.dark[pixel];
    for (std::uint32_t entry = matrix.offsets[pixel]; entry < matrix.offsets[pixel + 1]; ++entry) {
      std::uint32_t const bin = matrix.bin[entry];
      double const share = matrix.coefficient[entry];
      sums.signal[bin] += share * signal;
      sums.variance[bin] += share * share * std::max(raw, 1.0F);
      sums.norm[bin] += share * c.norm[pixel];
      sums.count[bin] += share;
    }
  }
  return sums;
}

void compare_axis(std::vector<double> const& ours, std::vector<double> const& expected) {
  ASSERT_EQ(ours.size(), expected.size());
  double const length = std::abs(expected.back() - expected.front());
  for (std::size_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR(ours[i], expected[i], 1e-9 * std::max(std::abs(expected[i]), length)) << "bin " << i;
}

/// Cakes of 60 × 36 bins over all pixels, whatever the ranges of the pattern are.
void compare_cake(case_file const& file, std::string const& name) {
  solved_case c = read_case(file, name);
  auto const expected = [&](char const* what) { return file.numbers(name + "/expected_cake/" + what); };
  auto const radial = expected("radial"), azimuthal = expected("azimuthal"), count = expected("count");
  c.options.radial_range.reset();
  c.options.azimuth_range.reset();
  c.options.bins = static_cast<int>(radial.size());
  c.options.azimuth_bins = static_cast<int>(azimuthal.size());
  integration const made = make_integration(c.geometry, c.options, c.mask);
  compare_axis(made.radial, radial);
  compare_axis(made.azimuthal, azimuthal);
  ASSERT_EQ(made.matrix.bins, radial.size() * azimuthal.size());
  pattern const sums = integrate(c, made.matrix);
  std::vector<double> intensity(count.size());
  for (std::size_t i = 0; i < count.size(); ++i) intensity[i] = sums.signal[i] / sums.norm[i];
  bool const full = c.options.splitting == pixel_splitting::full;
  for (std::size_t i = 0; i < count.size() && !full; ++i) EXPECT_EQ(sums.count[i] > 0, count[i] > 0) << "bin " << i;
  double const worst =
      std::max(compare("count of the cake", sums.count, count, count, full ? 3e-2 : 1e-6),
               compare("intensity of the cake", intensity, expected("intensity"), count, full ? 3e-2 : 1e-6));
  testing::Test::RecordProperty(name + "_cake", std::to_string(worst));
}

void compare_case(case_file const& file, std::string const& name) {
  solved_case const c = read_case(file, name);
  auto const expected = [&](char const* what) { return file.numbers(name + "/expected/" + what); };
  auto const radial = expected("radial"), count = expected("count");
  if (std::count(count.begin(), count.end(), 0) == std::ssize(count)) {
    EXPECT_THROW(make_integration(c.geometry, c.options, c.mask), input_error) << "no pixel lies in the range";
    return;
  }
  integration const made = make_integration(c.geometry, c.options, c.mask);
  ASSERT_EQ(made.radial.size(), radial.size());
  for (std::size_t i = 0; i < radial.size(); ++i)
    ASSERT_NEAR(made.radial[i], radial[i], 1e-9 * std::abs(radial[i])) << "bin " << i;

  pattern const sums = integrate(c, made.matrix);
  for (std::size_t i = 0; i < count.size(); ++i) EXPECT_EQ(sums.count[i] > 0, count[i] > 0) << "bin " << i;
  bool const full = c.options.splitting == pixel_splitting::full;
  double worst = 0;
  auto const agrees = [&](char const* what, std::vector<double> const& ours, double tolerance) {
    worst = std::max(worst, compare(what, ours, expected(what), count, tolerance));
  };
  double const tolerance = full ? 1e-5 : 1e-6;
  agrees("count", sums.count, tolerance);
  agrees("sum_signal", sums.signal, tolerance);
  agrees("sum_normalization", sums.norm, tolerance);
  std::vector<double> intensity(count.size()), sigma(count.size());
  for (std::size_t i = 0; i < count.size(); ++i) {
    intensity[i] = sums.signal[i] / sums.norm[i];
    sigma[i] = std::sqrt(sums.variance[i]) / sums.norm[i];
  }
  agrees("intensity", intensity, tolerance);
  if (c.error_model == "poisson") {
    agrees("sum_variance", sums.variance, tolerance);
    agrees("sigma", sigma, full ? 1e-4 : tolerance);
  }
  testing::Test::RecordProperty(name, std::to_string(worst));
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

/// Detectors described by files, of pyFAI 0.21.3 (distorted, gaps) and 2026.9, which has solved all: distortion,
/// corners that pixels share and such that they do not, pixels without a position, a bent sensor, hexagons (which pyFAI
/// does not split by areas), and a regular grid.
TEST(cases, of_detectors_described_by_files_agree_with_pyfai) {
  compare_file(test::own_data("geometry/detectors/solved.h5"));
}

}  // namespace
}  // namespace xrdct
