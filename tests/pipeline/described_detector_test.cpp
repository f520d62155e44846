// What a file says of its detector does what the options that say the same do.

#include "tests/io/h5_files.hpp"
#include "tests/pipeline/inspect_text.hpp"
#include "tests/pipeline/result_arrays.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/pipeline/commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <random>

namespace xrdct {
namespace {

using test::h5_file;
using test::put_array;
using test::put_number;
using testing::HasSubstr;

constexpr hsize_t frames = 3, rows = 31, columns = 26;
constexpr std::size_t pixels = rows * columns;
constexpr double cutoff = 900, lowest = 2;
std::string const detector = "/entry/instrument/detector";

class described_detector : public ::testing::Test {
 protected:
  void SetUp() override {
    set_log(log_level::quiet, "");
    hdf5::start();
    std::mt19937 random(5);
    for (auto& v : counts_) v = static_cast<double>(random() % 60);
    for (std::size_t i = 0; i < counts_.size(); i += 37) counts_[i] = static_cast<double>(random() % 2000);
    for (std::size_t i = 5; i < counts_.size(); i += 211) counts_[i] = 4294967295.0;
    for (auto& m : bits_) m = random() % 9 == 0 ? static_cast<double>(1U << random() % 32) : 0;
    for (auto& f : flat_) f = 0.5 + static_cast<double>(random() % 64) / 64;
    std::ofstream(path("geometry.poni")) << "Detector: Detector\nDetector_config: {\"pixel1\": 0.000172, \"pixel2\": "
                                            "0.0001, \"orientation\": 3}\nDistance: 0.08\nPoni1: 0.0025800000000000003"
                                            "\nPoni2: 0.00125\nWavelength: 5e-11\n";
    write_master();
    write_plain();
  }
  std::string path(std::string const& name) const { return (folder_ / name).string(); }

  void write_master() {
    h5_file file(path("master.h5"));
    put_array(file, "/entry/data/data", H5T_STD_U32LE, {frames, rows, columns}, counts_);
    put_array(file, detector + "/detectorSpecific/pixel_mask", H5T_STD_U32LE, {rows, columns}, bits_);
    put_array(file, detector + "/flatfield", H5T_IEEE_F32LE, {rows, columns}, flat_);
    put_number(file, detector + "/detectorSpecific/countrate_correction_count_cutoff", H5T_STD_U32LE, cutoff);
    put_number(file, detector + "/underload_value", H5T_STD_U32LE, lowest);
    put_number(file, detector + "/y_pixel_size", H5T_IEEE_F64LE, 172, "um");
    put_number(file, detector + "/x_pixel_size", H5T_IEEE_F64LE, 1e-4, "m");
    put_number(file, detector + "/detector_distance", H5T_IEEE_F64LE, 80, "mm");
    put_number(file, detector + "/beam_center_y", H5T_IEEE_F64LE, 15, "pixel");
    put_number(file, detector + "/beam_center_x", H5T_IEEE_F64LE, 12.5, "pixel");
    put_number(file, "/entry/instrument/beam/incident_wavelength", H5T_IEEE_F64LE, 0.5, "angstrom");
  }

  /// The same with images of their own, and with values that do not count at the maximum.
  void write_plain() {
    auto counts = counts_;
    for (auto& v : counts)
      if (v > cutoff || v < lowest) v = 4294967295.0;
    h5_file file(path("plain.h5"));
    put_array(file, "/all", H5T_STD_U32LE, {frames, rows, columns}, counts_);
    put_array(file, "/limited", H5T_STD_U32LE, {frames, rows, columns}, counts);
    put_array(file, "/mask", H5T_STD_U32LE, {rows, columns}, bits_);
    put_array(file, "/flat", H5T_IEEE_F64LE, {rows, columns}, flat_);
  }

  job job_for(std::string const& input, bool with_poni) {
    job what;
    what.input.files = {path(input)};
    if (with_poni) what.geometry.ponis = {path("geometry.poni")};
    what.geometry.integration.bins = 40;
    what.run.progress = progress_mode::off;
    what.run.threads = 1;
    what.output = path("out" + std::to_string(++count_) + ".h5");
    return what;
  }

  std::vector<float> patterns_of(job const& what) {
    integrate(what, communicator());
    std::vector<float> all;
    for (char const* name : {"intensity", "intensity_errors", "sum_signal", "sum_normalization", "count"}) {
      auto const one = test::read_array(what.output, std::string("/entry/patterns/") + name).values;
      all.insert(all.end(), one.begin(), one.end());
    }
    return all;
  }
  static void expect_same(std::vector<float> const& a, std::vector<float> const& b) {
    ASSERT_EQ(a.size(), b.size());
    EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0);
  }

  test::temporary_folder folder_;
  std::vector<double> counts_ = std::vector<double>(frames * pixels);
  std::vector<double> bits_ = std::vector<double>(pixels), flat_ = std::vector<double>(pixels);
  int count_ = 0;
};

TEST_F(described_detector, all_that_a_master_says_is_used) {
  auto const own = job_for("master.h5", false);
  auto stated = job_for("plain.h5::/limited", true);
  stated.input.masks = {{"bits:" + path("plain.h5") + "::/mask", {}}};
  stated.input.flats = {{path("plain.h5") + "::/flat", {}}};
  auto const patterns = patterns_of(own);
  expect_same(patterns, patterns_of(stated));
  EXPECT_THAT(patterns, testing::Contains(testing::Gt(10.0F)));

  auto const poni = read_text(own.output, "/entry/process/poni");
  EXPECT_THAT(poni, HasSubstr("Poni2: 0.00125"));
  EXPECT_THAT(poni, HasSubstr("Distance: 0.08"));
  auto const taken = read_text(own.output, "/entry/process/detector_description");
  EXPECT_THAT(taken, HasSubstr("geometry (80 mm from the sample, the beam at row 15 and column 12.5"));
  EXPECT_THAT(taken,
              HasSubstr("(detectorSpecific/pixel_mask), a flat field to divide by (flatfield), values above 900"));
  EXPECT_EQ(test::read_array(own.output, "/entry/process/mask").values,
            test::read_array(stated.output, "/entry/process/mask").values);
  EXPECT_EQ(test::read_array(own.output, "/entry/frames/raw_sum").values,
            test::read_array(stated.output, "/entry/frames/raw_sum").values);
}

TEST_F(described_detector, each_thing_can_be_declined) {
  auto own = job_for("master.h5", true);
  own.input.detector = detector_info::ignore;
  auto stated = job_for("plain.h5::/all", true);
  expect_same(patterns_of(own), patterns_of(stated));

  own = job_for("master.h5", true);
  own.input.detector = detector_info::no_mask;
  own.input.flats = {{"none", {}}};
  expect_same(patterns_of(own), patterns_of(stated = job_for("plain.h5::/limited", true)));

  own = job_for("master.h5", true);
  own.input.flats = {{path("plain.h5") + "::/mask", {}}};
  own.input.keep_dead = true;
  stated = job_for("plain.h5::/all", true);
  stated.input.masks = {{"bits:" + path("plain.h5") + "::/mask", {}}};
  stated.input.flats = {{path("plain.h5") + "::/mask", {}}};
  stated.input.keep_dead = true;
  expect_same(patterns_of(own), patterns_of(stated));
}

TEST_F(described_detector, what_lacks_for_a_geometry_is_said) {
  auto const message = [&](job const& what) {
    try {
      integrate(what, communicator());
    } catch (error const& e) {
      EXPECT_EQ(e.code(), exit_code::usage);
      return std::string(e.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(message(job_for("plain.h5::/all", false)), HasSubstr("--poni, as " + path("plain.h5") + "::/all comes"));
  {
    auto file = h5_file::reopen(path("master.h5"));
    H5Ldelete(file.id(), (detector + "/detector_distance").c_str(), H5P_DEFAULT);
  }
  EXPECT_THAT(message(job_for("master.h5", false)), HasSubstr("--poni, as " + path("master.h5") + "::" + detector +
                                                              " makes none: it has no detector_distance"));
  EXPECT_THAT(inspect(job_for("master.h5", false)), HasSubstr("makes none: it has no detector_distance"));
}

TEST_F(described_detector, is_inspected) {
  auto const text = inspect(job_for("master.h5", false));
  EXPECT_THAT(text, HasSubstr("80 mm from the sample, wavelength 0.5 A"));
  EXPECT_THAT(text, HasSubstr("values below 2 are no measurement (underload_value)"));
}

TEST_F(described_detector, masks_of_another_shape_and_means_of_darks) {
  std::vector<double> darks(2 * pixels), mean(pixels);
  for (std::size_t i = 0; i < darks.size(); ++i) darks[i] = static_cast<double>(i % 5);
  for (std::size_t i = 0; i < pixels; ++i) mean[i] = (darks[i] + darks[i + pixels]) / 2;
  {
    h5_file file(path("darks.h5"));
    put_array(file, "/stack", H5T_STD_U16LE, {2, rows, columns}, darks);
    put_array(file, "/mean", H5T_IEEE_F64LE, {rows, columns}, mean);
    put_array(file, "/small", H5T_STD_U16LE, {rows, 3}, std::vector<double>(rows * 3));
  }
  auto by_stack = job_for("plain.h5::/all", true), by_mean = by_stack;
  by_mean.output = path("by_mean.h5");
  by_stack.input.darks = {{path("darks.h5") + "::/stack", {}}};
  by_mean.input.darks = {{path("darks.h5") + "::/mean", {}}};
  expect_same(patterns_of(by_stack), patterns_of(by_mean));
  by_mean.input.masks = {{path("darks.h5") + "::/small", {}}};
  by_mean.overwrite = true;
  try {
    integrate(by_mean, communicator());
    ADD_FAILURE() << "no error";
  } catch (error const& e) {
    EXPECT_EQ(e.code(), exit_code::bad_input);
    EXPECT_THAT(e.what(), HasSubstr("the mask is 31 x 3 pixels, but the frames are 31 x 26"));
  }
}

}  // namespace
}  // namespace xrdct
