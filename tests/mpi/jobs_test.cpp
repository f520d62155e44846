// Whole jobs on any number of ranks: the same bytes as on one, and the same error on all.

#include "tests/mpi/common_folder.hpp"
#include "tests/mpi/world.hpp"
#include "tests/pipeline/result_arrays.hpp"
#include "tests/pipeline/small_scan.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/pipeline/commands.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>

namespace xrdct {
namespace {

namespace fs = std::filesystem;
using test::common_folder;
using test::small_scan;
using test::world;

void write_scan(small_scan const& scan, fs::path const& folder) {
  if (world().root()) scan.write(folder);
  world().barrier();
}

/// Two detectors, and the job that adds them up into many.h5.
job write_two(small_scan const& near, small_scan const& far, common_folder const& folder) {
  if (world().root()) fs::create_directory(folder.path() / "far");
  write_scan(near, folder.path());
  write_scan(far, folder.path() / "far");
  auto what = near.reconstruction(folder.path(), folder / "many.h5");
  what.input.files.push_back(folder / "far/scan.h5");
  what.geometry.ponis.push_back(folder / "far/geometry.poni");
  return what;
}

/// The same to the bit, NaN included.
void expect_same_bits(std::string const& a, std::string const& b, std::string const& dataset) {
  auto const one = test::read_array(a, dataset);
  auto const other = test::read_array(b, dataset);
  ASSERT_EQ(one.shape, other.shape) << dataset;
  EXPECT_EQ(std::memcmp(one.values.data(), other.values.data(), one.values.size() * sizeof(float)), 0) << dataset;
}

void expect_same_numbers(std::string const& a, std::string const& b, std::string const& dataset) {
  auto const one = read_numbers(dataset, a).values;
  auto const other = read_numbers(dataset, b).values;
  ASSERT_EQ(one.size(), other.size()) << dataset;
  EXPECT_EQ(std::memcmp(one.data(), other.data(), one.size() * sizeof(double)), 0) << dataset;
}

void expect_same_results(std::string const& a, std::string const& b, std::vector<std::string> const& groups) {
  for (auto const& group : groups) {
    expect_same_bits(a, b, "/entry/" + group + "/intensity");
    expect_same_bits(a, b, "/entry/" + group + "/intensity_errors");
    if (group == "sinogram" || group == "patterns") expect_same_bits(a, b, "/entry/" + group + "/count");
  }
  expect_same_bits(a, b, "/entry/sinogram/normalization");
  for (char const* name : {"status", "source", "source_index", "rotation", "translation", "monitor", "raw_sum",
                           "saturated", "sinogram_entry"})
    expect_same_numbers(a, b, std::string("/entry/frames/") + name);
}

/// A scan with repeated, missing and bad frames.
small_scan awkward_scan() {
  small_scan scan;
  scan.missing = {3, 12, 13, 14, 50};
  for (std::uint64_t f = 22; f < 33; ++f) scan.missing.insert(f);  // a whole rotation
  scan.corrupt = {40, 78};
  scan.without_monitor = {60};
  scan.without_position = {61};
  return scan;
}

/// The same job, cut into other batches.
job by_one_process(job what, std::string const& output) {
  what.output = output;
  what.run.threads = 3;
  what.run.batch = 7;
  return what;
}

TEST(jobs, reconstruct_makes_the_same_bytes_on_any_number_of_ranks) {
  common_folder const folder;
  auto const scan = awkward_scan();
  write_scan(scan, folder.path());
  auto what = scan.reconstruction(folder.path(), folder / "many.h5");
  what.run.skip_bad_frames = true;
  reconstruct(what, world());
  if (!world().root()) return;
  auto const alone = by_one_process(what, folder / "one.h5");
  reconstruct(alone, communicator());
  expect_same_results(what.output, alone.output, {"sinogram", "tomogram"});
}

/// Three slabs of channels, or one for all ranks, of a few channels.
TEST(jobs, iterations_make_the_same_bytes_on_any_number_of_ranks) {
  common_folder const folder;
  auto scan = awkward_scan();
  scan.layers = 2;
  write_scan(scan, folder.path());
  auto what = scan.reconstruction(folder.path(), folder / "many.h5");
  what.run.skip_bad_frames = true;
  what.overwrite = true;
  what.tomogram.solver.iterations = 4;
  for (auto const which : {algorithm::cgls, algorithm::osem, algorithm::tv})
    for (int const bins : {150, 20}) {
      what.tomogram.solver.algorithm = which;
      what.tomogram.solver.weighted = which == algorithm::cgls;
      what.geometry.integration.bins = bins;
      what.output = folder / "many.h5";
      reconstruct(what, world());
      auto again = what;
      again.input.files = {what.output};
      again.output = folder / "again.h5";
      backproject(again, world());
      if (!world().root()) continue;
      auto const alone = by_one_process(what, folder / "one.h5");
      reconstruct(alone, communicator());
      for (auto const& file : {what.output, again.output})
        for (char const* name : {"intensity", "residual"})
          expect_same_bits(file, alone.output, std::string("/entry/tomogram/") + name);
    }
}

TEST(jobs, the_axis_and_hot_spots_that_are_found_are_the_same_on_any_number_of_ranks) {
  common_folder const folder;
  auto scan = awkward_scan();
  scan.rotations = 12;
  write_scan(scan, folder.path());
  auto what = scan.reconstruction(folder.path(), folder / "many.h5");
  what.run.skip_bad_frames = true;
  what.tomogram.axis.reset();
  what.tomogram.find_axis = true;
  what.tomogram.despike_threshold = 2;
  for (bool const despike : {false, true}) {
    what.tomogram.despike = what.tomogram.destripe = what.tomogram.align = what.tomogram.pad = despike;
    what.output = folder / (despike ? "many_despiked.h5" : "many.h5");
    reconstruct(what, world());
    if (!world().root()) continue;
    auto const alone = by_one_process(what, folder / (despike ? "one_despiked.h5" : "one.h5"));
    reconstruct(alone, communicator());
    expect_same_results(what.output, alone.output, {"sinogram", "tomogram"});
    for (char const* name : {"axis", "axis_error", "axis_misfit"})
      expect_same_numbers(what.output, alone.output, std::string("/entry/tomogram/") + name);
    if (despike) {
      for (char const* name : {"hot_values", "stripes", "line_shift"})
        expect_same_numbers(what.output, alone.output, std::string("/entry/tomogram/") + name);
      EXPECT_GT(read_numbers("/entry/tomogram/hot_values", alone.output).values[0], 0);
    }
  }
}

TEST(jobs, air_is_the_same_on_any_number_of_ranks) {
  common_folder const folder;
  auto const scan = awkward_scan();
  write_scan(scan, folder.path());
  auto what = scan.reconstruction(folder.path(), folder / "many.h5");
  what.run.skip_bad_frames = true;
  for (auto const& [air, name] : {std::pair{"columns:2", "columns"}, {"6:9,70:72", "frames"}}) {
    what.geometry.air = parse_air(air);
    what.output = folder / (std::string(name) + "_many.h5");
    reconstruct(what, world());
    if (!world().root()) continue;
    auto alone = what;
    alone.output = folder / (std::string(name) + "_one.h5");
    alone.run.batch = 7;
    reconstruct(alone, communicator());
    expect_same_results(what.output, alone.output, {"sinogram", "tomogram"});
    for (char const* column : {"air", "outlier", "outlier_score", "monitor_outlier_score"})
      expect_same_numbers(what.output, alone.output, std::string("/entry/frames/") + column);
  }
}

TEST(jobs, a_tomogram_of_some_channels_on_a_larger_field_is_the_same_too) {
  common_folder const folder;
  auto const scan = awkward_scan();
  write_scan(scan, folder.path());
  auto what = scan.reconstruction(folder.path(), folder / "many.h5");
  what.run.skip_bad_frames = true;
  what.tomogram.channels = {70, 81};
  what.tomogram.size = 23;
  what.tomogram.axis = 0.3;
  reconstruct(what, world());
  if (!world().root()) return;
  auto alone = what;
  alone.output = folder / "one.h5";
  reconstruct(alone, communicator());
  expect_same_results(what.output, alone.output, {"sinogram", "tomogram"});
  EXPECT_EQ(dataset_shape(what.output, "/entry/tomogram/intensity"), (std::vector<std::uint64_t>{23, 23, 11}));
}

TEST(jobs, integrate_makes_the_same_bytes_on_any_number_of_ranks) {
  common_folder const folder;
  auto const scan = awkward_scan();
  write_scan(scan, folder.path());
  auto what = scan.reconstruction(folder.path(), folder / "many.h5");
  what.run.skip_bad_frames = true;
  integrate(what, world());
  if (!world().root()) return;
  auto alone = what;
  alone.output = folder / "one.h5";
  integrate(alone, communicator());
  expect_same_results(what.output, alone.output, {"sinogram", "patterns"});
  for (char const* name : {"sum_signal", "sum_variance", "sum_normalization"})
    expect_same_bits(what.output, alone.output, std::string("/entry/patterns/") + name);
}

TEST(jobs, several_detectors_make_the_same_bytes_on_any_number_of_ranks) {
  common_folder const folder;
  auto const near = awkward_scan();
  small_scan far;
  far.rows = 21;
  far.columns = 40;
  far.seed = 2;
  far.missing = {70};
  far.corrupt = {5, 41};
  auto what = write_two(near, far, folder);
  what.run.skip_bad_frames = true;
  what.run.batch = 2;  // several rounds of exchange
  reconstruct(what, world());
  auto patterns = what;
  patterns.output = folder / "patterns.h5";
  integrate(patterns, world());
  if (!world().root()) return;
  auto const alone = by_one_process(what, folder / "one.h5");
  reconstruct(alone, communicator());
  expect_same_results(what.output, alone.output, {"sinogram", "tomogram"});
  expect_same_numbers(what.output, alone.output, "/entry/frames/cause");
  auto again = alone;
  again.output = folder / "again.h5";
  integrate(again, communicator());
  expect_same_results(patterns.output, again.output, {"sinogram", "patterns"});
}

TEST(jobs, a_frame_that_is_bad_in_the_second_detector_ends_all) {
  common_folder const folder;
  small_scan far;
  far.seed = 2;
  far.corrupt = {55};
  auto what = write_two({}, far, folder);
  what.run.batch = 1;
  std::string seen;
  try {
    reconstruct(what, world());
  } catch (agreed_error const& e) {
    EXPECT_EQ(e.code(), exit_code::bad_input);
    seen = e.what();
  }
  EXPECT_NE(seen.find("frame 55 of " + (folder / "far/scan.h5")), std::string::npos) << seen;
}

TEST(jobs, backproject_makes_the_tomogram_that_reconstruct_made) {
  common_folder const folder;
  auto const scan = awkward_scan();
  write_scan(scan, folder.path());
  auto what = scan.reconstruction(folder.path(), folder / "whole.h5");
  what.run.skip_bad_frames = true;
  reconstruct(what, world());
  auto again = what;
  again.input.files = {what.output};
  again.output = folder / "again.h5";
  backproject(again, world());
  if (!world().root()) return;
  expect_same_bits(what.output, again.output, "/entry/tomogram/intensity");
  expect_same_bits(what.output, again.output, "/entry/tomogram/intensity_errors");
}

TEST(jobs, layers_make_the_same_bytes_on_any_number_of_ranks) {
  common_folder const folder;
  auto scan = awkward_scan();
  scan.layers = 3;
  for (std::uint64_t f = 2 * 77 - 11; f < 2 * 77; ++f) scan.missing.insert(f);  // another rotation of another layer
  write_scan(scan, folder.path());
  auto what = scan.reconstruction(folder.path(), folder / "many.h5");
  what.run.skip_bad_frames = true;
  what.scan.layer = "/1.1/measurement/dtz";
  for (int const sectors : {0, 2}) {
    what.overwrite = true;
    what.geometry.integration.azimuth_bins.reset();
    if (sectors > 0) what.geometry.integration.azimuth_bins = sectors;
    what.tomogram.channels.reset();
    if (sectors > 0) what.tomogram.channels = {30, 140};
    reconstruct(what, world());
    auto again = what;
    again.input.files = {what.output};
    again.output = folder / "again.h5";
    backproject(again, world());
    if (!world().root()) continue;
    auto const alone = by_one_process(what, folder / "one.h5");
    reconstruct(alone, communicator());
    expect_same_results(what.output, alone.output, {"sinogram", "tomogram"});
    expect_same_numbers(what.output, alone.output, "/entry/frames/layer");
    expect_same_bits(what.output, again.output, "/entry/tomogram/intensity");
    expect_same_bits(what.output, again.output, "/entry/tomogram/intensity_errors");
    EXPECT_EQ(dataset_shape(what.output, "/entry/tomogram/intensity").front(), 3U);
  }
}

/// Few sectors of many channels, and many of few: slabs end within sectors, and hold several.
constexpr std::array<std::array<int, 2>, 4> cakes{{{3, 50}, {1, 70}, {22, 9}, {2, 200}}};

job cake_job(small_scan const& scan, fs::path const& folder, std::array<int, 2> cake) {
  auto what = scan.reconstruction(folder, (folder / "many.h5").string());
  what.run.skip_bad_frames = true;
  what.overwrite = true;
  what.geometry.integration.azimuth_bins = cake[0];
  what.geometry.integration.bins = cake[1];
  return what;
}

/// All ranks reconstruct what one alone does, and once more what their own sinogram says.
void expect_same_on_ranks(job const& what, fs::path const& folder) {
  reconstruct(what, world());
  auto again = what;
  again.input.files = {what.output};
  again.output = folder / "again.h5";
  backproject(again, world());
  if (!world().root()) return;
  auto alone = what;
  alone.output = folder / "one.h5";
  reconstruct(alone, communicator());
  expect_same_results(what.output, alone.output, {"sinogram", "tomogram"});
  expect_same_bits(what.output, again.output, "/entry/tomogram/intensity");
  expect_same_bits(what.output, again.output, "/entry/tomogram/intensity_errors");
}

TEST(jobs, sectors_are_reconstructed_to_the_same_bytes_on_any_number_of_ranks) {
  common_folder const folder;
  auto const scan = awkward_scan();
  write_scan(scan, folder.path());
  for (auto const& cake : cakes) {
    auto what = cake_job(scan, folder.path(), cake);
    expect_same_on_ranks(what, folder.path());
    if (!world().root()) continue;
    std::vector<std::uint64_t> const shape{static_cast<std::uint64_t>(cake[0]), 11, 11,
                                           static_cast<std::uint64_t>(cake[1])};
    EXPECT_EQ(dataset_shape(what.output, "/entry/tomogram/intensity"), shape);
  }
}

TEST(jobs, chosen_channels_of_sectors_are_the_same_on_any_number_of_ranks) {
  common_folder const folder;
  auto const scan = awkward_scan();
  write_scan(scan, folder.path());
  for (auto const& cake : cakes) {
    auto what = cake_job(scan, folder.path(), cake);
    what.tomogram.channels = {2, cake[1] - 1};
    what.tomogram.size = 19;
    expect_same_on_ranks(what, folder.path());
  }
}

TEST(jobs, patterns_of_sectors_are_the_same_on_any_number_of_ranks) {
  common_folder const folder;
  auto const scan = awkward_scan();
  write_scan(scan, folder.path());
  for (auto const& cake : cakes) {
    auto what = cake_job(scan, folder.path(), cake);
    integrate(what, world());
    if (!world().root()) continue;
    auto alone = what;
    alone.output = folder / "one.h5";
    integrate(alone, communicator());
    expect_same_results(what.output, alone.output, {"sinogram", "patterns"});
    for (char const* name : {"sum_signal", "sum_variance", "sum_normalization"})
      expect_same_bits(what.output, alone.output, std::string("/entry/patterns/") + name);
    std::vector<std::uint64_t> const shape{82, static_cast<std::uint64_t>(cake[0]),
                                           static_cast<std::uint64_t>(cake[1])};
    EXPECT_EQ(dataset_shape(what.output, "/entry/patterns/intensity"), shape);
  }
}

/// All ranks throw the same error; nothing is left of the output. Returns it.
failure expect_failure(job const& what) {
  failure seen{exit_code::done, "no error"};
  try {
    reconstruct(what, world());
  } catch (agreed_error const& e) {
    seen = {e.code(), e.what()};
  }
  auto roots = seen.message;
  world().share(roots);
  EXPECT_EQ(seen.message, roots);
  EXPECT_FALSE(fs::exists(what.output)) << what.output;
  if (world().root()) {
    for (auto const& file : fs::directory_iterator(fs::path(what.output).parent_path()))
      EXPECT_NE(file.path().string().rfind(what.output, 0), 0U) << "left behind: " << file.path();
  }
  world().barrier();
  return seen;
}

TEST(jobs, a_frame_that_fails_on_one_rank_midway_ends_all_with_its_error) {
  for (std::uint64_t const bad : {1U, 17U, 40U, 55U, 81U}) {
    common_folder const folder;
    small_scan scan;
    scan.corrupt = {bad};
    write_scan(scan, folder.path());
    auto what = scan.reconstruction(folder.path(), folder / "out.h5");
    what.run.batch = 1;  // several rounds of exchange
    auto const seen = expect_failure(what);
    EXPECT_EQ(seen.code, exit_code::bad_input);
    EXPECT_NE(seen.message.find("frame " + std::to_string(bad) + " of "), std::string::npos) << seen.message;
    EXPECT_NE(seen.message.find("/1.1/measurement/detector"), std::string::npos) << seen.message;
  }
}

TEST(jobs, input_that_rank_0_refuses_ends_all) {
  common_folder const folder;
  small_scan scan;
  scan.without_monitor = {33};
  write_scan(scan, folder.path());
  auto const good = scan.reconstruction(folder.path(), folder / "out.h5");
  EXPECT_NE(expect_failure(good).message.find("frame 33 of "), std::string::npos);
  auto bad = good;
  bad.input.files = {folder / "absent.h5"};
  EXPECT_EQ(expect_failure(bad).code, exit_code::bad_input);
  bad = good;
  bad.geometry.monitor = "/1.1/measurement/absent";
  EXPECT_EQ(expect_failure(bad).code, exit_code::bad_input);
  bad = good;
  bad.geometry.monitor = "none";
  bad.tomogram.channels = {100, 151};
  EXPECT_EQ(expect_failure(bad).code, exit_code::usage);
  bad = good;
  bad.run.backend = "cuda";
  EXPECT_EQ(expect_failure(bad).code, exit_code::failed);
  bad = good;
  bad.output = "/proc/xrdct/out.h5";
  try {
    reconstruct(bad, world());
    ADD_FAILURE() << "no error";
  } catch (agreed_error const& e) {
    EXPECT_EQ(e.code(), exit_code::failed);
  }
}

}  // namespace
}  // namespace xrdct
