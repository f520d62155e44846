// Whole jobs by one process on a small scan with everything that is awkward.

#include "tests/pipeline/inspect_text.hpp"
#include "tests/pipeline/result_arrays.hpp"
#include "tests/pipeline/small_scan.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/io/result_file.hpp"
#include "xrdct/pipeline/commands.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>

namespace xrdct {
namespace {

namespace fs = std::filesystem;
using test::read_array;
using test::small_scan;

class small_job : public ::testing::Test {
 protected:
  void SetUp() override { set_log(log_level::quiet, ""); }
  job write(small_scan const& scan) {
    scan.write(folder_.path());
    return scan.reconstruction(folder_.path(), path("out.h5"));
  }
  std::string path(std::string const& name) const { return (folder_ / name).string(); }
  /// Runs it into another file, and returns that file's name.
  std::string run(job what, std::string const& name) {
    what.output = path(name);
    reconstruct(what, communicator());
    return what.output;
  }
  test::temporary_folder folder_;
};

bool same_bits(std::vector<float> const& a, std::vector<float> const& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

std::vector<double> frame_column(std::string const& file, std::string const& name) {
  return read_numbers("/entry/frames/" + name, file).values;
}

TEST_F(small_job, results_do_not_depend_on_threads_or_batches) {
  auto what = write({});
  auto const first = run(what, "a.h5");
  for (auto const& [threads, batch] : {std::pair{1, 1}, {3, 5}, {2, 1000}}) {
    what.run.threads = threads;
    what.run.batch = batch;
    auto const other = run(what, "b" + std::to_string(threads) + ".h5");
    for (char const* name :
         {"sinogram/intensity", "sinogram/intensity_errors", "tomogram/intensity", "tomogram/intensity_errors"})
      EXPECT_TRUE(same_bits(read_array(first, std::string("/entry/") + name).values,
                            read_array(other, std::string("/entry/") + name).values))
          << name << " with " << threads << " threads";
  }
}

TEST_F(small_job, the_reference_backend_agrees) {
  auto what = write({});
  auto const fast = run(what, "cpu.h5");
  what.run.backend = "reference";
  auto const slow = run(what, "reference.h5");
  for (char const* group : {"sinogram", "tomogram"}) {
    auto const a = read_array(fast, std::string("/entry/") + group + "/intensity").values;
    auto const b = read_array(slow, std::string("/entry/") + group + "/intensity").values;
    auto const s = read_array(slow, std::string("/entry/") + group + "/intensity_errors").values;
    ASSERT_EQ(a.size(), b.size());
    double const largest = *std::max_element(b.begin(), b.end());
    for (std::size_t i = 0; i < a.size(); ++i) {
      double const scale = group == std::string("sinogram") ? std::max(std::abs(b[i]), s[i]) : largest;
      ASSERT_NEAR(a[i], b[i], 2e-6 * scale) << group << " " << i;
    }
  }
}

TEST_F(small_job, the_sinogram_is_made_of_the_patterns_of_good_frames) {
  small_scan scan;
  scan.missing = {3, 12};
  scan.corrupt = {40};
  scan.without_monitor = {60};
  scan.without_position = {61};
  auto what = write(scan);
  what.run.skip_bad_frames = true;
  integrate(what, communicator());

  auto const status = frame_column(what.output, "status");
  std::vector<double> expected(scan.frames(), 0);
  expected[3] = expected[12] = 1;
  expected[40] = 3;
  expected[60] = 6;
  expected[61] = 7;
  EXPECT_EQ(status, expected);

  auto const quantity = [&](char const* name) {
    return read_array(what.output, std::string("/entry/patterns/") + name).values;
  };
  auto const signal = quantity("sum_signal");
  auto const variance = quantity("sum_variance");
  auto const norm = quantity("sum_normalization");
  auto const count = quantity("count");
  auto const pattern = quantity("intensity");
  auto const entry = frame_column(what.output, "sinogram_entry");
  auto const intensity = read_array(what.output, "/entry/sinogram/intensity");
  auto const errors = read_array(what.output, "/entry/sinogram/intensity_errors");
  ASSERT_EQ(intensity.shape, (std::vector<std::uint64_t>{7, 11, 150}));
  EXPECT_EQ(entry[61], -1);
  for (std::uint64_t e = 0; e < 77; ++e)
    for (std::uint64_t c = 0; c < 150; ++c) {
      double s = 0, v = 0, n = 0, pixels = 0, frames = 0;
      for (std::uint64_t f = 0; f < scan.frames(); ++f) {
        if (entry[f] != static_cast<double>(e) || status[f] != 0) continue;
        s += signal[f * 150 + c];
        v += variance[f * 150 + c];
        n += norm[f * 150 + c];
        pixels += count[f * 150 + c];
        ++frames;
      }
      float const i = intensity.values[e * 150 + c];
      float const sigma = errors.values[e * 150 + c];
      if (frames == 0) {
        ASSERT_TRUE(std::isnan(i) && std::isnan(sigma)) << e;
      } else if (pixels == 0) {
        ASSERT_EQ(i, 0);
        ASSERT_EQ(sigma, 0);
      } else {
        ASSERT_EQ(i, static_cast<float>(s / n)) << e << " " << c;
        ASSERT_EQ(sigma, static_cast<float>(std::sqrt(v) / n)) << e << " " << c;
      }
    }
  EXPECT_TRUE(std::isnan(pattern[3 * 150]));
  EXPECT_TRUE(std::isnan(pattern[40 * 150]));
  EXPECT_EQ(signal[40 * 150 + 20], 0);
}

TEST_F(small_job, the_monitor_divides_by_its_median_or_by_what_is_given) {
  auto what = write({});
  auto monitor = read_numbers("/1.1/measurement/monitor", what.input.files.front()).values;
  auto const place = frame_column(run(what, "entries.h5"), "sinogram_entry");
  auto const normalized = read_array(path("entries.h5"), "/entry/sinogram/intensity").values;
  auto none = what;
  none.geometry.monitor = "none";
  none.geometry.normalization = 2.5;
  auto const plain = read_array(run(none, "plain.h5"), "/entry/sinogram/intensity").values;

  auto sorted = monitor;
  std::sort(sorted.begin(), sorted.end());
  double const median = (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
  for (std::size_t f = 1; f < 5; ++f) {  // entries of one frame
    double const expected = 2.5 * plain[static_cast<std::size_t>(place[f]) * 150 + 30] / (monitor[f] / median);
    EXPECT_NEAR(normalized[static_cast<std::size_t>(place[f]) * 150 + 30], expected, 1e-6 * expected);
  }
  auto given = what;
  given.geometry.monitor_reference = median;
  EXPECT_TRUE(same_bits(read_array(run(given, "given.h5"), "/entry/sinogram/intensity").values, normalized));
}

TEST_F(small_job, a_grid_takes_the_place_of_positions) {
  small_scan scan;
  scan.repeated.clear();
  auto what = write(scan);
  auto const recorded = read_array(run(what, "recorded.h5"), "/entry/sinogram/intensity").values;
  what.scan.rotation.clear();
  what.scan.translation.clear();
  what.scan.grid = grid_scan{7, 11, 180, grid_scan::fast_axis::translation, grid_scan::order::zigzag};
  EXPECT_TRUE(same_bits(read_array(run(what, "grid.h5"), "/entry/sinogram/intensity").values, recorded));
}

TEST_F(small_job, missing_entries_are_filled_or_make_the_tomogram_undefined) {
  small_scan scan;
  scan.missing = {17, 18};
  auto what = write(scan);
  auto const tomogram = [&](std::string const& fill) {
    what.tomogram.fill = fill;
    return read_array(run(what, fill + ".h5"), "/entry/tomogram/intensity").values;
  };
  auto const is_nan = [](float v) { return std::isnan(v); };
  auto const linear = tomogram("linear");
  auto const zero = tomogram("zero");
  auto const none = tomogram("none");
  EXPECT_TRUE(std::none_of(linear.begin(), linear.end(), is_nan));
  EXPECT_TRUE(std::none_of(zero.begin(), zero.end(), is_nan));
  EXPECT_TRUE(std::all_of(none.begin(), none.end(), is_nan));
  EXPECT_FALSE(same_bits(linear, zero));
  auto const sinogram = read_array(path("linear.h5"), "/entry/sinogram/intensity").values;
  EXPECT_EQ(std::count_if(sinogram.begin(), sinogram.end(), is_nan), 2 * 150);
}

TEST_F(small_job, without_an_error_model_there_are_no_errors) {
  auto what = write({});
  what.geometry.errors = error_model::none;
  auto const file = run(what, "out.h5");
  EXPECT_FALSE(dataset_exists(file, "/entry/sinogram/intensity_errors"));
  EXPECT_FALSE(dataset_exists(file, "/entry/tomogram/intensity_errors"));
  EXPECT_TRUE(dataset_exists(file, "/entry/tomogram/intensity"));
}

TEST_F(small_job, the_result_tells_what_it_is) {
  auto const file = run(write({}), "out.h5");
  EXPECT_EQ(read_text_attribute(file, "/", "default"), "entry");
  EXPECT_EQ(read_text_attribute(file, "/entry", "default"), "tomogram");
  for (char const* group : {"/entry/tomogram", "/entry/sinogram"}) {
    EXPECT_EQ(read_text_attribute(file, group, "NX_class"), "NXdata");
    EXPECT_EQ(read_text_attribute(file, group, "signal"), "intensity");
  }
  EXPECT_EQ(read_text_attribute(file, "/entry/sinogram/rotation_angle", "units"), "deg");
  EXPECT_EQ(read_text_attribute(file, "/entry/tomogram/intensity", "units"), "intensity per step of path");
  EXPECT_EQ(read_text(file, "/entry/tomogram/axis_method"), "middle of the translation axis");
  EXPECT_EQ(read_text(file, "/entry/process/program"), "xrdct");
  EXPECT_EQ(read_text(file, "/entry/process/options/bins"), "150");
  EXPECT_EQ(read_text(file, "/entry/process/options/mask"), "a\nb");
  EXPECT_NE(read_text(file, "/entry/process/poni").find("Wavelength: 2e-11"), std::string::npos);
  EXPECT_EQ(dataset_shape(file, "/entry/process/mask"), (std::vector<std::uint64_t>{33, 47}));
  EXPECT_EQ(read_numbers("/entry/process/ranks", file).values, std::vector<double>{1});
  auto const x = read_numbers("/entry/tomogram/x", file).values;
  ASSERT_EQ(x.size(), 11U);
  EXPECT_NEAR(x[0], -5 * 0.25, 0.01);
  EXPECT_NEAR(read_numbers("/entry/tomogram/axis", file).values[0], -0.7 + 5 * 0.25, 0.01);
}

/// What a job fails with.
struct mistake {
  exit_code code = exit_code::done;
  std::string message = "no error";
};

mistake mistake_of(job const& what) {
  try {
    reconstruct(what, communicator());
  } catch (error const& e) {
    return {e.code(), e.what()};
  }
  return {};
}

TEST_F(small_job, mistakes_in_the_input_are_named) {
  auto const good = write({});
  auto const expect_input_error = [&](job const& what, std::string const& word) {
    auto const seen = mistake_of(what);
    EXPECT_EQ(seen.code, exit_code::bad_input) << seen.message;
    EXPECT_NE(seen.message.find(word), std::string::npos) << seen.message;
    EXPECT_FALSE(fs::exists(good.output));
  };
  auto bad = good;
  bad.input.files = {path("absent.h5")};
  expect_input_error(bad, "absent.h5");
  bad = good;
  bad.input.dataset = "/1.1/measurement/rot";
  expect_input_error(bad, "/1.1/measurement/rot");
  bad = good;
  bad.scan.rotation = "/1.1/measurement/detectr";
  expect_input_error(bad, "detectr");
  bad = good;
  std::ofstream(path("short.txt")) << "1 2 3\n";
  bad.scan.translation = path("short.txt");
  expect_input_error(bad, "has 3 values");
  bad = good;
  bad.scan.grid = grid_scan{7, 12, 180, {}, {}};
  expect_input_error(bad, "7 x 12");
  bad.scan.grid = grid_scan{2'000'000'000, 2'000'000'000, 180, {}, {}};
  expect_input_error(bad, "2000000000");
  bad = good;
  std::ofstream(path("no_distance.poni")) << "PixelSize1: 2e-4\nPixelSize2: 2e-4\nPoni1: 0\nPoni2: 0\n";
  bad.geometry.ponis = {path("no_distance.poni")};
  expect_input_error(bad, "istance");
  bad = good;
  std::ofstream(path("other_shape.poni")) << "Detector: Pilatus 1M\nDistance: 0.1\nPoni1: 0\nPoni2: 0\n";
  bad.geometry.ponis = {path("other_shape.poni")};
  expect_input_error(bad, "33");
  bad = good;
  nexus_file masks(path("masks.h5"), nexus_file::mode::create);
  std::uint64_t const shape[] = {47, 33};
  masks.array<std::uint8_t>("/mask", std::vector<std::uint8_t>(47 * 33), shape);
  masks.close();
  bad.input.masks = {{path("masks.h5") + "::/mask", {}}};
  expect_input_error(bad, "the mask is 47 x 33 pixels, but the frames are 33 x 47");
}

TEST_F(small_job, bad_frames_end_the_job_unless_they_are_skipped) {
  small_scan scan;
  scan.corrupt = {40};
  auto const what = write(scan);
  auto const seen = mistake_of(what);
  EXPECT_EQ(seen.code, exit_code::bad_input);
  for (char const* word : {"frame 40 of ", "scan.h5::/1.1/measurement/detector", "truncated", "--bad-frames skip"})
    EXPECT_NE(seen.message.find(word), std::string::npos) << seen.message;
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()), 2) << "files are left";

  small_scan nothing;
  for (std::uint64_t f = 0; f < nothing.frames(); ++f) nothing.missing.insert(f);
  EXPECT_EQ(mistake_of(write(nothing)).code, exit_code::bad_input);
  small_scan all_bad;
  for (std::uint64_t f = 0; f < all_bad.frames(); ++f) all_bad.corrupt.insert(f);
  auto skipping = write(all_bad);
  skipping.run.skip_bad_frames = true;
  EXPECT_EQ(mistake_of(skipping).code, exit_code::bad_input);
}

TEST_F(small_job, mistakes_in_the_options_are_named) {
  auto const good = write({});
  auto const expect_usage_error = [&](job const& what, std::string const& word) {
    auto const seen = mistake_of(what);
    EXPECT_EQ(seen.code, exit_code::usage) << seen.message;
    EXPECT_NE(seen.message.find(word), std::string::npos) << seen.message;
  };
  auto bad = good;
  bad.output.clear();
  expect_usage_error(bad, "-o");
  bad = good;
  bad.output = folder_.path().string();
  expect_usage_error(bad, "folder");
  bad = good;
  bad.output = good.input.files.front();
  bad.overwrite = true;
  expect_usage_error(bad, "input");
  bad = good;
  bad.scan.translation = "none";
  expect_usage_error(bad, "--translation");
  bad = good;
  bad.scan.rotation = "none";
  expect_usage_error(bad, "--grid");
  bad = good;
  bad.geometry.ponis.clear();
  expect_usage_error(bad, "--poni");
  bad = good;
  bad.run.batch = 0;
  expect_usage_error(bad, "--batch");
  bad = good;
  bad.run.backend = "gpu";
  expect_usage_error(bad, "auto, cpu, cuda, reference");
  bad = good;
  bad.geometry.monitor_reference = -1;
  expect_usage_error(bad, "--monitor-reference");
  bad = good;
  bad.tomogram.axis = 1e6;
  expect_usage_error(bad, "--axis");
  bad = good;
  bad.tomogram.size = 0;
  expect_usage_error(bad, "--size");
  bad = good;
  bad.tomogram.channels = {10, 10};
  expect_usage_error(bad, "--channels");
  bad = good;
  bad.tomogram.fill = "cubic";
  expect_usage_error(bad, "cubic");
}

TEST_F(small_job, an_existing_output_stays_unless_it_may_be_overwritten) {
  auto what = write({});
  std::ofstream(what.output) << "precious";
  EXPECT_EQ(mistake_of(what).code, exit_code::usage);
  EXPECT_EQ(fs::file_size(what.output), 8U);
  what.overwrite = true;
  auto broken = what;
  broken.geometry.ponis = {path("absent.poni")};
  EXPECT_EQ(mistake_of(broken).code, exit_code::bad_input);
  EXPECT_EQ(fs::file_size(what.output), 8U) << "a job that fails leaves the old file";
  reconstruct(what, communicator());
  EXPECT_GT(fs::file_size(what.output), 1000U);
}

TEST_F(small_job, inspect_tells_what_is_there) {
  small_scan scan;
  scan.missing = {5};
  auto const text = inspect(write(scan));
  for (char const* word :
       {"82 of 33 x 47", "u32", "bitshuffle-LZ4", "1 missing", "7 rotations", "11 translations", "150"})
    EXPECT_NE(text.find(word), std::string::npos) << word << " in\n" << text;
}

}  // namespace
}  // namespace xrdct
