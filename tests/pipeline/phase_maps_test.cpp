// The scan with single crystals and an axis that is off centre: what corrections make of it, against the sample that
// it was made of.

#include "tests/pipeline/raster_scan.hpp"
#include "tests/pipeline/result_arrays.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/pipeline/commands.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>

namespace xrdct {
namespace {

using test::read_array;

constexpr std::size_t phases = 3;
constexpr std::size_t parts = phases + 1;  // and air

class phase_maps : public ::testing::Test {
 protected:
  void SetUp() override {
    set_log(log_level::quiet, "");
    XRDCT_NEEDS_SHARED("data/scans/zigzag");
    what = test::reference_job("zigzag", (folder / "out.h5").string());
    what.tomogram.axis.reset();
    what.tomogram.find_axis = true;
  }
  double number(std::string const& name) const {
    return read_numbers("/entry/tomogram/" + name, what.output).values.at(0);
  }
  test::temporary_folder const folder;
  job what;
};

std::string expected() { return test::shared("data/scans/zigzag/expected.h5").string(); }

/// What a pattern is made of: the non-negative shares of the parts with the least squared difference, by coordinate
/// descent, which converges as the parts are linearly independent.
std::array<double, parts> shares_of(std::array<std::vector<float>, parts> const& part, float const* pattern) {
  std::array<std::array<double, parts>, parts> products{};
  std::array<double, parts> right{};
  for (std::size_t i = 0; i < parts; ++i)
    for (std::size_t c = 0; c < part[i].size(); ++c) {
      right[i] += double{part[i][c]} * pattern[c];
      for (std::size_t j = 0; j < parts; ++j) products[i][j] += double{part[i][c]} * part[j][c];
    }
  std::array<double, parts> shares{};
  for (int cycle = 0; cycle < 500; ++cycle)
    for (std::size_t i = 0; i < parts; ++i) {
      double rest = right[i];
      for (std::size_t j = 0; j < parts; ++j) rest -= j == i ? 0 : products[i][j] * shares[j];
      shares[i] = std::max(0.0, rest / products[i][i]);
    }
  return shares;
}

double correlation(std::vector<double> const& a, std::vector<double> const& b) {
  auto const n = static_cast<double>(a.size());
  double x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    x += a[i] / n;
    y += b[i] / n;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    xx += (a[i] - x) * (a[i] - x);
    yy += (b[i] - y) * (b[i] - y);
    xy += (a[i] - x) * (b[i] - y);
  }
  return xy / std::sqrt(xx * yy);
}

/// Of the map of every phase with what the sample was made of, inside the circle.
std::array<double, phases> correlations(std::string const& result) {
  std::array<std::vector<float>, parts> part;
  for (std::size_t i = 0; i < phases; ++i)
    part[i] = read_array(expected(), "/truth/pattern" + std::to_string(i)).values;
  part[phases] = read_array(expected(), "/truth/air").values;
  auto const tomogram = read_array(result, "/entry/tomogram/intensity");
  auto const size = tomogram.shape[0];
  std::array<std::vector<double>, phases> found, truth;
  std::array<std::vector<float>, phases> maps;
  for (std::size_t i = 0; i < phases; ++i) maps[i] = read_array(expected(), "/truth/phase" + std::to_string(i)).values;
  double const middle = static_cast<double>(size - 1) / 2;
  for (std::size_t v = 0; v < size * size; ++v) {
    if (std::hypot(static_cast<double>(v / size) - middle, static_cast<double>(v % size) - middle) > middle) continue;
    auto const shares = shares_of(part, &tomogram.values[v * tomogram.shape[2]]);
    for (std::size_t i = 0; i < phases; ++i) {
      found[i].push_back(shares[i]);
      truth[i].push_back(maps[i][v]);
    }
  }
  return {correlation(found[0], truth[0]), correlation(found[1], truth[1]), correlation(found[2], truth[2])};
}

TEST_F(phase_maps, without_corrections_are_spoiled_by_crystals_but_the_axis_is_found) {
  reconstruct(what, communicator());
  EXPECT_NEAR(number("axis"), 0.130, 0.005);
  EXPECT_LT(number("axis_error"), 0.003);
  EXPECT_LT(number("axis_misfit"), 0.1);
  EXPECT_EQ(read_text(what.output, "/entry/tomogram/axis_method"), "centre of mass of the projections");
  for (double const c : correlations(what.output)) EXPECT_LT(c, 0.6);
}

TEST_F(phase_maps, of_a_despiked_sinogram_are_those_of_the_sample) {
  what.tomogram.despike = true;
  reconstruct(what, communicator());
  EXPECT_NEAR(number("axis"), 0.130, 0.005);
  EXPECT_GT(number("hot_values"), 5000);
  EXPECT_LT(number("hot_values"), 9000);
  for (double const c : correlations(what.output)) EXPECT_GE(c, 0.98);

  // The sinogram in the file is as measured, and makes the same tomogram.
  auto again = what;
  again.input.files = {what.output};
  again.output = (folder / "again.h5").string();
  backproject(again, communicator());
  EXPECT_EQ(read_array(what.output, "/entry/tomogram/intensity").values,
            read_array(again.output, "/entry/tomogram/intensity").values);
}

/// The positions of all frames, as if the sample had moved by whole steps in some lines. Returns the steps.
std::vector<double> write_moved_positions(std::string const& file) {
  auto const place = read_array(expected(), "/sinogram_index");
  auto const positions = read_numbers("/translation_mm", expected()).values;
  std::vector<double> steps(read_numbers("/rotation_deg", expected()).values.size());
  for (std::size_t r : {7U, 8U, 9U}) steps[r] = 2;
  steps[31] = 1;
  for (std::size_t r : {18U, 40U}) steps[r] = -1;
  std::ofstream text(file);
  for (std::size_t f = 0; f < place.shape[0]; ++f)
    text << positions[static_cast<std::size_t>(place.values[2 * f + 1])] +
                0.1 * steps[static_cast<std::size_t>(place.values[2 * f])]
         << '\n';
  return steps;
}

TEST_F(phase_maps, of_lines_that_moved_are_those_of_the_sample_once_aligned) {
  auto const steps = write_moved_positions((folder / "translation.txt").string());
  what.scan.translation = (folder / "translation.txt").string();
  what.tomogram.despike = true;
  what.tomogram.size = 41;
  what.tomogram.align = true;
  reconstruct(what, communicator());
  EXPECT_NEAR(number("axis"), 0.130, 0.005);
  auto const shifts = read_numbers("/entry/tomogram/line_shift", what.output).values;
  ASSERT_EQ(shifts.size(), steps.size());
  for (std::size_t r = 0; r < steps.size(); ++r) EXPECT_NEAR(shifts[r], 0.1 * steps[r], 0.02) << r;
  EXPECT_LT(number("line_misfit"), 0.8 * number("line_misfit_before"));
  auto const aligned = correlations(what.output);
  for (double const c : aligned) EXPECT_GE(c, 0.98);

  what.tomogram.align = false;
  what.overwrite = true;
  reconstruct(what, communicator());
  auto const as_it_was = correlations(what.output);
  for (std::size_t i = 0; i < phases; ++i) EXPECT_LT(1 - aligned[i], 0.7 * (1 - as_it_was[i])) << i;
}

TEST_F(phase_maps, of_a_scan_without_stripes_in_a_large_field_stay_as_they_are) {
  what.tomogram.despike = what.tomogram.destripe = what.tomogram.pad = true;
  reconstruct(what, communicator());
  EXPECT_LT(number("stripes"), 0.005 * 41 * 160);
  for (double const c : correlations(what.output)) EXPECT_GE(c, 0.98);
}

TEST_F(phase_maps, of_clipped_frames_are_those_of_the_sample) {
  what.geometry.reject.method = rejection_method::sigma_clip;
  reconstruct(what, communicator());
  EXPECT_NEAR(number("axis"), 0.130, 0.005);
  for (double const c : correlations(what.output)) EXPECT_GE(c, 0.99);

  // Where a crystal is so bright that the mean of a channel is far from all its pixels, none of them is left. The file
  // says so, and the tomogram has what is beside such values.
  auto const count = read_array(what.output, "/entry/sinogram/count");
  auto const value = read_array(what.output, "/entry/sinogram/intensity");
  auto const channels = count.shape[2];
  std::vector<bool> has_pixels(channels);
  for (std::size_t i = 0; i < count.values.size(); ++i)
    if (count.values[i] > 0) has_pixels[i % channels] = true;
  double emptied = 0;
  for (std::size_t i = 0; i < count.values.size(); ++i) {
    if (count.values[i] > 0 || !has_pixels[i % channels]) continue;
    ++emptied;
    EXPECT_EQ(value.values[i], 0);
  }
  EXPECT_GT(emptied, 1000);
  EXPECT_EQ(number("emptied_values"), emptied);

  auto again = what;
  again.input.files = {what.output};
  again.output = (folder / "again.h5").string();
  backproject(again, communicator());
  EXPECT_EQ(read_array(what.output, "/entry/tomogram/intensity").values,
            read_array(again.output, "/entry/tomogram/intensity").values);

  // Nothing assumed, nothing known of such channels.
  again.tomogram.fill = "none";
  again.tomogram.axis = number("axis");
  again.tomogram.find_axis = false;
  again.overwrite = true;
  backproject(again, communicator());
  auto const unknown = read_array(again.output, "/entry/tomogram/intensity");
  auto const known = read_array(what.output, "/entry/tomogram/intensity");
  auto const largest = *std::ranges::max_element(known.values);
  std::vector<bool> with_holes(channels);
  for (std::size_t i = 0; i < count.values.size(); ++i)
    if (count.values[i] == 0 && has_pixels[i % channels]) with_holes[i % channels] = true;
  EXPECT_TRUE(std::ranges::find(with_holes, true) != with_holes.end());
  EXPECT_TRUE(std::ranges::find(with_holes, false) != with_holes.end());
  for (std::size_t i = 0; i < known.values.size(); ++i) {
    if (with_holes[i % channels]) {
      ASSERT_TRUE(std::isnan(unknown.values[i])) << i;
    } else {
      ASSERT_NEAR(unknown.values[i], known.values[i], 1e-5 * largest) << i;
    }
  }
}

}  // namespace
}  // namespace xrdct
