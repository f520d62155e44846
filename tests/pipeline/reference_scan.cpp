// The reference scans, whose patterns pyFAI and whose tomogram scikit-image made.

#include "tests/pipeline/raster_scan.hpp"
#include "tests/pipeline/result_arrays.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/pipeline/commands.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace xrdct {
namespace {

using test::read_array;

class reference_scan : public ::testing::Test {
  void SetUp() override { set_log(log_level::quiet, ""); }
};

/// Patterns of all frames at their places in the sinogram: equal to 1e-6 of the larger of the value and its error.
void expect_patterns(std::string const& result, std::string const& expected) {
  auto const value = read_array(result, "/entry/sinogram/intensity");
  auto const error = read_array(result, "/entry/sinogram/intensity_errors");
  auto const pattern = read_array(expected, "/pattern");
  auto const sigma = read_array(expected, "/sigma");
  auto const place = read_array(expected, "/sinogram_index");
  auto const translations = value.shape[1];
  auto const channels = value.shape[2];
  ASSERT_EQ(pattern.shape, (std::vector<std::uint64_t>{value.shape[0] * translations, channels}));
  for (std::uint64_t f = 0; f < pattern.shape[0]; ++f) {
    auto const entry = static_cast<std::uint64_t>(place.values[2 * f]) * translations +
                       static_cast<std::uint64_t>(place.values[2 * f + 1]);
    for (std::uint64_t c = 0; c < channels; ++c) {
      double const p = pattern.values[f * channels + c];
      double const s = sigma.values[f * channels + c];
      double const scale = std::max(std::abs(p), s);
      double const off = std::abs(value.values[entry * channels + c] - p);
      double const error_off = std::abs(error.values[entry * channels + c] - s);
      ASSERT_TRUE(off <= 1e-6 * scale) << "frame " << f << " channel " << c << ": " << off / scale;
      ASSERT_TRUE(error_off <= 1e-6 * scale) << "frame " << f << " channel " << c << ": " << error_off / scale;
    }
  }
}

TEST_F(reference_scan, sinogram_equals_pyfai_and_tomogram_equals_scikit_image) {
  XRDCT_NEEDS_SHARED("data/scans/raster");
  test::temporary_folder const folder;
  auto what = test::reference_job("raster", (folder / "out.h5").string());
  what.tomogram.convention = convention::skimage;
  reconstruct(what, communicator());

  auto const expected = test::shared("data/scans/raster/expected.h5").string();
  expect_patterns(what.output, expected);

  auto const tomogram = read_array(what.output, "/entry/tomogram/intensity");
  auto const fbp = read_array(expected, "/fbp_ramp_skimage");
  ASSERT_EQ(tomogram.shape, fbp.shape);
  auto const size = static_cast<std::int64_t>(fbp.shape[0]);
  auto const channels = fbp.shape[2];
  double const largest = *std::max_element(fbp.values.begin(), fbp.values.end());
  double worst = 0;
  std::uint64_t compared = 0;
  for (std::int64_t row = 0; row < size; ++row)
    for (std::int64_t column = 0; column < size; ++column) {
      double const radius = std::hypot(row - size / 2, column - size / 2);
      if (radius > static_cast<double>(size / 2 - 2)) continue;
      for (std::uint64_t c = 0; c < channels; ++c, ++compared) {
        auto const i = static_cast<std::uint64_t>(row * size + column) * channels + c;
        worst = std::max(worst, std::abs(double{tomogram.values[i]} - double{fbp.values[i]}));
      }
    }
  EXPECT_GT(compared, 100'000U);
  EXPECT_LE(worst, 1e-4 * largest);
}

TEST_F(reference_scan, zigzag_lines_with_a_decaying_beam_fall_into_place) {
  XRDCT_NEEDS_SHARED("data/scans/zigzag");
  test::temporary_folder const folder;
  auto const what = test::reference_job("zigzag", (folder / "out.h5").string());
  reconstruct(what, communicator());
  expect_patterns(what.output, test::shared("data/scans/zigzag/expected.h5").string());
}

/// What a user has to say: the recipe of the expected patterns, and no names.
job unnamed(job what) {
  what.input.dataset.clear();
  what.scan.rotation.clear();
  what.scan.translation.clear();
  what.geometry.monitor.clear();
  return what;
}

TEST_F(reference_scan, all_that_belongs_to_a_scan_is_found_by_convention) {
  for (std::string const name : {"zigzag", "raster"}) {
    XRDCT_NEEDS_SHARED("data/scans/" + name);
    test::temporary_folder const folder;
    auto const what = unnamed(test::reference_job(name, (folder / "out.h5").string()));
    integrate(what, communicator());
    expect_patterns(what.output, test::shared("data/scans/" + name + "/expected.h5").string());
    auto const chosen = read_text(what.output, "/entry/process/chosen");
    for (char const* word : {"/1.1/measurement/detector", "/1.1/measurement/rot", "/1.1/measurement/dty",
                             "/1.1/measurement/fpico6", "no layer"})
      EXPECT_NE(chosen.find(word), std::string::npos) << chosen;
  }
}

TEST_F(reference_scan, backproject_of_its_result_makes_the_same_tomogram) {
  XRDCT_NEEDS_SHARED("data/scans/raster");
  test::temporary_folder const folder;
  auto what = test::reference_job("raster", (folder / "out.h5").string());
  reconstruct(what, communicator());
  auto again = what;
  again.input.files = {what.output};
  again.output = (folder / "again.h5").string();
  backproject(again, communicator());
  for (char const* name : {"intensity", "intensity_errors"}) {
    auto const dataset = std::string("/entry/tomogram/") + name;
    EXPECT_EQ(read_array(what.output, dataset).values, read_array(again.output, dataset).values) << name;
  }
}

}  // namespace
}  // namespace xrdct
