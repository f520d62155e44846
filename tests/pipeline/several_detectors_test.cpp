// Several detectors in one pattern: pyFAI's MultiGeometry, sums by hand, and what is wrong with one of them only.

#include "tests/pipeline/result_arrays.hpp"
#include "tests/pipeline/small_scan.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/io/hdf5.hpp"
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

class several_detectors : public ::testing::Test {
 protected:
  void SetUp() override { set_log(log_level::quiet, ""); }
  std::string path(std::string const& name) const { return (folder_ / name).string(); }

  /// Two scans of the same positions by detectors of different shape and place.
  job write(small_scan near, small_scan far) {
    far.rows = 29;
    far.columns = 31;
    far.seed = 2;
    fs::create_directory(folder_ / "near");
    fs::create_directory(folder_ / "far");
    near.write(folder_ / "near");
    far.write(folder_ / "far");
    std::ofstream(path("far/geometry.poni"))
        << "PixelSize1: 3e-4\nPixelSize2: 2.5e-4\nDistance: 0.11\nPoni1: -0.001\nPoni2: 0.003\nRot1: 0.1\nRot2: 0.07\n"
           "Rot3: 0.5\nWavelength: 2e-11\n";
    auto what = near.reconstruction(folder_ / "near", path("both.h5"));
    what.input.files.push_back(path("far/scan.h5"));
    what.geometry.ponis.push_back(path("far/geometry.poni"));
    return what;
  }
  /// Patterns of one of the inputs by itself, over the same axis.
  std::string alone(job what, std::size_t which, std::array<double, 2> range) {
    what.input.files = {what.input.files[which]};
    what.geometry.ponis = {what.geometry.ponis[which]};
    what.geometry.integration.radial_range = range;
    what.geometry.monitor = which == 0 ? what.geometry.monitor : path("near/scan.h5") + "::" + what.geometry.monitor;
    what.output = path("alone" + std::to_string(which) + ".h5");
    integrate(what, communicator());
    return what.output;
  }
  std::string message_of(job what, exit_code code) const {
    what.overwrite = true;
    try {
      integrate(what, communicator());
    } catch (error const& e) {
      EXPECT_EQ(e.code(), code) << e.what();
      return e.what();
    }
    ADD_FAILURE() << "no error";
    return "";
  }
  test::temporary_folder folder_;
};

bool same_bits(std::vector<float> const& a, std::vector<float> const& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

std::vector<float> pattern(std::string const& file, std::string const& name) {
  return read_array(file, "/entry/patterns/" + name).values;
}

/// A case that pyFAI solved, and the job that is to give the same.
struct solved {
  char const* name;
  int detectors;
  pixel_splitting split;
  radial_unit unit;
  bool solid_angle;
  std::optional<std::array<double, 2>> range;
  std::optional<double> polarization;
  int sectors;
};

std::vector<double> numbers(std::string const& file, std::string const& dataset) {
  auto const read = read_array(file, dataset).values;
  return {read.begin(), read.end()};
}

/// Of the larger of |value| and the median of those in bins that have pixels.
void expect_close(std::vector<float> const& found, std::vector<double> const& expected,
                  std::vector<double> const& count, double tolerance, std::string const& what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  std::vector<double> sizes;
  for (std::size_t i = 0; i < count.size(); ++i)
    if (count[i] > 0) sizes.push_back(std::abs(expected[i]));
  ASSERT_FALSE(sizes.empty()) << what;
  std::nth_element(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2), sizes.end());
  double const median = sizes[sizes.size() / 2];
  for (std::size_t i = 0; i < count.size(); ++i) {
    if (count[i] > 0)
      EXPECT_NEAR(found[i], expected[i], tolerance * std::max(std::abs(expected[i]), median)) << what << " " << i;
    else
      EXPECT_EQ(found[i], 0) << what << " " << i;
  }
}

class as_pyfai_has_it : public several_detectors, public ::testing::WithParamInterface<solved> {};

TEST_P(as_pyfai_has_it, every_sum_mean_and_error) {
  auto const& by = GetParam();
  auto const file = test::own_data("pyfai/" + std::string(by.name) + ".h5").string();
  job what;
  for (int i = 1; i <= by.detectors; ++i) {
    auto const number = std::to_string(i);
    what.input.files.push_back(file + "::/frames_" + number);
    what.input.masks.push_back({file + "::/mask_" + number, static_cast<std::size_t>(i - 1)});
    what.geometry.ponis.push_back(test::own_data("pyfai/" + std::string(by.name) + "_" + number + ".poni").string());
  }
  auto& options = what.geometry.integration;
  options.bins = by.sectors > 0 ? 23 : 61;
  options.unit = by.unit;
  options.splitting = by.split;
  options.radial_range = by.range;
  if (by.sectors > 0) options.azimuth_bins = by.sectors;
  if (std::string(by.name) == "several_0.21.3") options.positions = position_precision::single_precision;
  what.geometry.solid_angle = by.solid_angle;
  what.geometry.polarization = by.polarization;
  what.geometry.normalization = 1.7;
  what.run.progress = progress_mode::off;
  for (char const* backend : {"cpu", "reference"}) {
    what.run.backend = backend;
    what.output = path(std::string(backend) + ".h5");
    integrate(what, communicator());
    auto const axis = by.unit == radial_unit::radius_mm       ? "radius"
                      : by.unit == radial_unit::two_theta_deg ? "two_theta"
                                                              : "q";
    auto const radial = read_numbers("/entry/patterns/" + std::string(axis), what.output).values;
    auto const expected = read_numbers("/radial", file).values;
    ASSERT_EQ(radial.size(), expected.size());
    for (std::size_t i = 0; i < radial.size(); ++i) EXPECT_NEAR(radial[i], expected[i], 1e-9 * expected[i]);
    double const tolerance = by.split == pixel_splitting::full ? 1e-5 : 1e-6;
    for (std::size_t k = 0; k < 2; ++k) {
      auto const frame = "_" + std::to_string(k);
      auto const count = numbers(file, "/count" + frame);
      for (auto const& [ours, theirs] : {std::pair{"intensity", "intensity"},
                                         {"intensity_errors", "sigma"},
                                         {"sum_signal", "sum_signal"},
                                         {"sum_variance", "sum_variance"},
                                         {"sum_normalization", "sum_normalization"},
                                         {"count", "count"}}) {
        auto const all = pattern(what.output, ours);
        auto const half = static_cast<std::ptrdiff_t>(all.size() / 2);
        auto const first = all.begin() + half * static_cast<std::ptrdiff_t>(k);
        double const allowed = ours == std::string("intensity_errors") || ours == std::string("sum_variance")
                                   ? (by.split == pixel_splitting::full ? 1e-4 : tolerance)
                                   : tolerance;
        expect_close({first, first + half}, numbers(file, "/" + std::string(theirs) + frame), count, allowed,
                     std::string(backend) + " " + ours + frame);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    cases, as_pyfai_has_it,
    ::testing::Values(
        solved{"several_0.21.3", 2, pixel_splitting::bbox, radial_unit::two_theta_deg, true, {{0.5, 12}}, {}, 0},
        solved{"several_no", 2, pixel_splitting::no, radial_unit::q_per_nm, true, {}, {}, 0},
        solved{"several_bbox", 3, pixel_splitting::bbox, radial_unit::radius_mm, true, {}, 0.9, 0},
        solved{"several_full", 2, pixel_splitting::full, radial_unit::two_theta_deg, false, {{1, 9}}, {}, 0},
        solved{"several_cake", 2, pixel_splitting::bbox, radial_unit::q_per_nm, true, {}, {}, 7}),
    [](auto const& one) {
      std::string name = one.param.name;
      std::ranges::replace(name, '.', '_');
      return name;
    });

TEST_F(several_detectors, sums_are_those_of_each_alone) {
  auto what = write({}, {});
  what.geometry.integration.radial_range = {5, 60};
  integrate(what, communicator());
  auto const first = alone(what, 0, {5, 60});
  auto const second = alone(what, 1, {5, 60});
  for (char const* name : {"sum_signal", "sum_variance", "count", "sum_normalization"}) {
    auto const a = pattern(first, name);
    auto const b = pattern(second, name);
    auto const both = pattern(what.output, name);
    ASSERT_EQ(a.size(), b.size());
    ASSERT_EQ(a.size(), both.size());
    bool const norm = name == std::string("sum_normalization");
    double const weight[] = {norm ? 2e-4 * 2e-4 / (0.05 * 0.05) : 1, norm ? 3e-4 * 2.5e-4 / (0.11 * 0.11) : 1};
    std::size_t overlapping = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      double const expected = a[i] * weight[0] + b[i] * weight[1];
      ASSERT_NEAR(both[i], expected, (norm ? 3e-7 : 6e-8) * std::abs(expected)) << name << " " << i;
      if (a[i] > 0 && b[i] > 0) ++overlapping;
    }
    EXPECT_GT(overlapping, a.size() / 10);
  }
}

TEST_F(several_detectors, patterns_do_not_depend_on_threads_or_batches) {
  auto what = write({}, {});
  reconstruct(what, communicator());
  for (auto const& [threads, batch] : {std::pair{1, 1}, {3, 5}, {2, 1000}}) {
    auto other = what;
    other.run.threads = threads;
    other.run.batch = batch;
    other.output = path("other" + std::to_string(batch) + ".h5");
    reconstruct(other, communicator());
    for (char const* name : {"sinogram/intensity", "sinogram/intensity_errors", "sinogram/normalization",
                             "sinogram/count", "tomogram/intensity"})
      EXPECT_TRUE(same_bits(read_array(what.output, std::string("/entry/") + name).values,
                            read_array(other.output, std::string("/entry/") + name).values))
          << name << " with " << threads << " threads";
  }
}

TEST_F(several_detectors, what_is_missing_or_bad_in_one_is_so_for_all) {
  small_scan near;
  near.missing = {3, 20};
  near.corrupt = {40};
  near.without_monitor = {60};
  small_scan far;
  far.missing = {7, 40, 60};
  far.corrupt = {3, 11, 81};
  auto what = write(near, far);
  what.run.skip_bad_frames = true;
  integrate(what, communicator());
  auto const column = [&](char const* name) {
    return read_numbers("/entry/frames/" + std::string(name), what.output).values;
  };
  std::vector<double> status(82, 0);
  std::vector<double> cause(82, 0);
  status[3] = status[20] = 1, cause[3] = cause[20] = 1;
  status[7] = status[40] = status[60] = 1, cause[7] = cause[40] = cause[60] = 2;
  status[11] = status[81] = static_cast<double>(frame_status::truncated), cause[11] = cause[81] = 2;
  auto const found = column("status");
  ASSERT_EQ(found.size(), status.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (i == 11 || i == 81)
      EXPECT_TRUE(is_bad(static_cast<frame_status>(found[i]))) << i;
    else
      EXPECT_EQ(found[i], status[i]) << i;
  }
  EXPECT_EQ(column("cause"), cause);
  auto const sums = pattern(what.output, "sum_signal");
  auto const raw = column("raw_sum");
  for (std::size_t i = 0; i < status.size(); ++i) {
    auto const row = sums.begin() + static_cast<std::ptrdiff_t>(i * 150);
    bool const zeros = std::all_of(row, row + 150, [](float s) { return s == 0; });
    EXPECT_EQ(zeros, found[i] != 0) << i;
    EXPECT_EQ(raw[i] == 0, found[i] != 0) << i;
    EXPECT_EQ(std::isnan(pattern(what.output, "intensity")[i * 150 + 70]), found[i] != 0) << i;
  }

  what.run.skip_bad_frames = false;
  near.corrupt = {};
  auto refused = write(near, far);
  refused.geometry.monitor = "none";
  EXPECT_NE(message_of(refused, exit_code::bad_input).find("frame 11 of " + path("far/scan.h5")), std::string::npos);
}

TEST_F(several_detectors, what_does_not_belong_together_is_refused) {
  small_scan longer;
  longer.repeated = {0, 5, 38, 76, 76, 4};
  auto what = write({}, longer);
  auto const counts = message_of(what, exit_code::bad_input);
  EXPECT_NE(counts.find("has 82 frames, but"), std::string::npos) << counts;
  EXPECT_NE(counts.find("has 83"), std::string::npos) << counts;

  auto const good = write({}, {});
  std::array<std::uint64_t, 2> const shape{33, 47};
  nexus_file masks(path("masks.h5"), nexus_file::mode::create);
  masks.array<std::uint8_t>("/mask", std::vector<std::uint8_t>(33 * 47), shape);
  masks.close();
  auto bad = good;
  bad.input.masks = {{path("masks.h5") + "::/mask", {}}};
  auto const shapes = message_of(bad, exit_code::bad_input);
  EXPECT_NE(shapes.find("the frames of input 2 are 29 x 31; 2:FILE names one"), std::string::npos) << shapes;
  bad.input.masks = {{path("masks.h5") + "::/mask", 0}};
  bad.overwrite = true;
  EXPECT_NO_THROW(integrate(bad, communicator()));
  bad.input.masks = {{path("masks.h5") + "::/mask", 2}};
  EXPECT_NE(message_of(bad, exit_code::usage).find("--mask 3:"), std::string::npos);
  bad = good;
  bad.input.darks = {{path("masks.h5") + "::/mask", 0}, {path("masks.h5") + "::/mask", {}}};
  EXPECT_NE(message_of(bad, exit_code::usage).find("--dark is given twice for input 1"), std::string::npos);
  bad = good;
  bad.geometry.ponis.pop_back();
  auto const series = message_of(bad, exit_code::bad_input);
  EXPECT_NE(series.find("they are not one series"), std::string::npos) << series;
  bad.input.files.push_back(bad.input.files.front());
  bad.geometry.ponis = good.geometry.ponis;
  EXPECT_NE(message_of(bad, exit_code::usage).find("3 inputs, but --poni is given 2 times"), std::string::npos);
}

/// Scans by a detector of pixels of any shape, which a file describes.
class described_detectors : public several_detectors {
 protected:
  job write_described(bool with_pixel_size) {
    small_scan near;
    near.rows = 21;
    near.columns = 18;
    auto what = write(near, {});
    fs::copy_file(test::own_data("geometry/detectors/distorted.h5"), path("distorted.h5"));
    if (!with_pixel_size) {
      auto const file = hdf5::need(H5Fopen(path("distorted.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose, "file");
      hdf5::need(H5Ldelete(file.id(), "entry_0000/pyFAI/distorted/pixel_size", H5P_DEFAULT), "pixel_size");
    }
    std::ofstream(path("near/geometry.poni"))
        << "poni_version: 2.1\nDetector: NexusDetector\nDetector_config: {\"filename\": \"../distorted.h5\"}\n"
           "Distance: 0.05\nPoni1: 1e-3\nPoni2: 1e-3\nWavelength: 2e-11\n";
    return what;
  }
};

TEST_F(described_detectors, are_weighed_by_the_size_of_their_pixels) {
  auto const what = write_described(true);
  integrate(what, communicator());
  auto const range = std::array{5.0, 60.0};
  auto both = what;
  both.geometry.integration.radial_range = range;
  both.output = path("both_again.h5");
  integrate(both, communicator());
  auto const first = pattern(alone(what, 0, range), "sum_normalization");
  auto const second = pattern(alone(what, 1, range), "sum_normalization");
  auto const sum = pattern(both.output, "sum_normalization");
  double const weight[] = {1.5e-4 * 1.2e-4 / (0.05 * 0.05), 3e-4 * 2.5e-4 / (0.11 * 0.11)};
  std::size_t filled = 0;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    double const expected = first[i] * weight[0] + second[i] * weight[1];
    ASSERT_NEAR(sum[i], expected, 4e-7 * std::abs(expected)) << i;
    if (first[i] > 0) ++filled;
  }
  EXPECT_GT(filled, sum.size() / 10);
}

TEST_F(described_detectors, cannot_be_weighed_without_a_size_of_pixels) {
  auto what = write_described(false);
  EXPECT_NE(message_of(what, exit_code::bad_input).find("has no pixel_size"), std::string::npos);
  what.geometry.solid_angle = false;
  EXPECT_NO_THROW(integrate(what, communicator()));
  what.input.files.resize(1);
  what.geometry.ponis.resize(1);
  what.geometry.solid_angle = true;
  what.output = path("one.h5");
  EXPECT_NO_THROW(integrate(what, communicator()));
  auto const norm = pattern(what.output, "sum_normalization");
  EXPECT_TRUE(std::ranges::any_of(norm, [](float value) { return value > 0; }));
}

TEST_F(described_detectors, files_that_describe_them_are_not_replaced) {
  auto what = write_described(true);
  auto const size = fs::file_size(path("distorted.h5"));
  what.output = path("distorted.h5");
  EXPECT_NE(message_of(what, exit_code::usage).find("is also an input"), std::string::npos);
  EXPECT_EQ(fs::file_size(path("distorted.h5")), size);
  EXPECT_FALSE(fs::exists(path("distorted.h5.unfinished")));
}

TEST_F(several_detectors, one_outside_the_range_adds_nothing) {
  auto what = write({}, {});
  what.geometry.integration.radial_range = {45, 60};  // of the near one only
  std::ofstream(path("far/geometry.poni"))
      << "PixelSize1: 1e-5\nPixelSize2: 1e-5\nDistance: 2\nPoni1: 0\nPoni2: 0\nWavelength: 2e-11\n";
  integrate(what, communicator());
  auto const first = alone(what, 0, {45, 60});
  EXPECT_TRUE(same_bits(pattern(what.output, "sum_signal"), pattern(first, "sum_signal")));
  EXPECT_TRUE(same_bits(pattern(what.output, "count"), pattern(first, "count")));
  what.geometry.integration.radial_range = {4500, 6000};
  what.output = path("empty.h5");
  integrate(what, communicator());
  for (float const count : pattern(what.output, "count")) EXPECT_EQ(count, 0);
}

TEST_F(several_detectors, the_result_says_where_all_of_it_came_from) {
  auto const what = write({}, {});
  integrate(what, communicator());
  EXPECT_NE(read_text(what.output, "/entry/process/poni").find("Distance: 0.05"), std::string::npos);
  EXPECT_NE(read_text(what.output, "/entry/process/detector_2/poni").find("Distance: 0.11"), std::string::npos);
  EXPECT_EQ(dataset_shape(what.output, "/entry/process/mask"), (std::vector<std::uint64_t>{33, 47}));
  EXPECT_EQ(dataset_shape(what.output, "/entry/process/detector_2/mask"), (std::vector<std::uint64_t>{29, 31}));
  EXPECT_EQ(dataset_shape(what.output, "/entry/frames/detector_2/source_index"), (std::vector<std::uint64_t>{82}));
  auto single = what;
  single.input.files.pop_back();
  single.geometry.ponis.pop_back();
  single.output = path("single.h5");
  integrate(single, communicator());
  for (char const* absent :
       {"/entry/frames/cause", "/entry/frames/detector_2/source_index", "/entry/process/detector_2/poni"})
    EXPECT_FALSE(dataset_exists(single.output, absent)) << absent;
}

}  // namespace
}  // namespace xrdct
