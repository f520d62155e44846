// A single image, in every format, to a pattern in HDF5 or text.

#include "tests/io/h5_files.hpp"
#include "tests/pipeline/result_arrays.hpp"
#include "tests/pipeline/small_scan.hpp"
#include "tests/support/image_files.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/pipeline/commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>

namespace xrdct {
namespace {

namespace fs = std::filesystem;
using test::made_image;
using testing::HasSubstr;

constexpr std::uint64_t bins = 70;

/// Counts with a few bright pixels and with marks of dead ones, from 0 to `most`.
made_image some_image(std::int64_t most, unsigned seed = 3) {
  made_image made{41, 37, {}};
  std::mt19937 random(seed);
  for (int i = 0; i < made.rows * made.columns; ++i) {
    std::int64_t value = random() % 60;
    if (random() % 50 == 0) value = random() % most;
    if (random() % 70 == 0) value = most;
    made.values.push_back(value);
  }
  return made;
}

made_image signed_image(unsigned seed = 3) {
  auto made = some_image(1'000'000, seed);
  for (std::size_t i = 0; i < made.values.size(); i += 29) made.values[i] = i % 2 == 0 ? -1 : -2;
  return made;
}

class single_image : public ::testing::Test {
 protected:
  void SetUp() override {
    set_log(log_level::quiet, "");
    hdf5::start();  // before the names of HDF5's types are used
    std::ofstream(path("geometry.poni")) << "# calibrated\nDistance: 0.9\nPixelSize1: 2e-4\nPixelSize2: 2e-4\n"
                                            "Distance: 0.05\nPoni1: 0.001\nPoni2: 0.002\nRot1: 0.02\nRot2: 0\n"
                                            "Rot3: 0\nWavelength: 2e-11\n";
  }
  std::string path(std::string const& name) const { return (folder_ / name).string(); }

  job job_for(std::string const& input, std::string const& output) const {
    job what;
    what.input.files = {path(input)};
    what.geometry.ponis = {path("geometry.poni")};
    what.geometry.integration.bins = static_cast<int>(bins);
    what.run.progress = progress_mode::off;
    what.run.threads = 1;
    what.options = {{"bins", "70"}, {"input", input}};
    what.command_line = "xrdct integrate '" + input + "'\n";
    what.output = path(output);
    return what;
  }

  /// Every number of the patterns.
  static std::vector<float> patterns_of(std::string const& file) {
    std::vector<float> all;
    for (char const* name :
         {"intensity", "intensity_errors", "sum_signal", "sum_variance", "sum_normalization", "count"}) {
      auto const one = test::read_array(file, std::string("/entry/patterns/") + name).values;
      all.insert(all.end(), one.begin(), one.end());
    }
    return all;
  }
  std::vector<float> integrated(std::string const& input) {
    auto const what = job_for(input, "out" + std::to_string(++count_) + ".h5");
    integrate(what, communicator());
    return patterns_of(what.output);
  }

  void write_hdf5(std::string const& name, made_image const& image, hid_t type, bool stack) {
    test::h5_file file(path(name));
    std::vector<hsize_t> extent{static_cast<hsize_t>(image.rows), static_cast<hsize_t>(image.columns)};
    if (stack) extent.insert(extent.begin(), 1);
    auto const dataset = file.dataset("/entry/data", type, extent);
    test::write_all(dataset.id(), H5T_NATIVE_INT64, image.values.data());
    auto const other = file.dataset("/entry/table", H5T_NATIVE_DOUBLE, {7, 2});
    std::vector<double> const numbers(14, 1);
    test::write_all(other.id(), H5T_NATIVE_DOUBLE, numbers.data());
  }

  /// Kind and words of what goes wrong, and that nothing is left behind.
  void expect_mistake(job const& what, exit_code code, std::string const& words) {
    try {
      integrate(what, communicator());
      ADD_FAILURE() << what.input.files.front() << " made " << what.output;
    } catch (error const& e) {
      EXPECT_EQ(e.code(), code) << e.what();
      EXPECT_THAT(e.what(), HasSubstr(words));
    }
    EXPECT_FALSE(fs::exists(what.output));
    EXPECT_FALSE(fs::exists(what.output + ".unfinished"));
  }

  test::temporary_folder folder_;
  int count_ = 0;
};

TEST_F(single_image, of_every_format_makes_the_same_pattern_to_the_bit) {
  auto const image = signed_image();
  test::write_cbf(path("a.cbf"), image);
  test::append_edf(path("a.edf"), image, "<i4");
  test::append_edf(path("big_endian.edf"), image, ">i4");
  test::append_edf(path("long.edf"), image, "<i8");
  test::append_tiff_i32(path("a.tif"), image);
  test::write_npy(path("a.npy"), image, "<i4");
  test::write_npy(path("big_endian.npy"), image, ">i4");
  test::write_npy(path("named_wrongly.tif"), image, "<i8");
  write_hdf5("image.h5", image, H5T_STD_I32LE, false);
  write_hdf5("stack.h5", image, H5T_STD_I32BE, true);
  auto const expected = integrated("stack.h5");
  ASSERT_EQ(expected.size(), 6 * bins);
  EXPECT_GT(*std::max_element(expected.begin(), expected.end()), 1000);
  for (char const* name : {"a.cbf", "a.edf", "big_endian.edf", "long.edf", "a.tif", "a.npy", "big_endian.npy",
                           "named_wrongly.tif", "image.h5"})
    EXPECT_EQ(integrated(name), expected) << name;
}

TEST_F(single_image, of_long_integers_may_need_all_32_bits) {
  auto image = some_image(1000);
  test::append_edf(path("small.edf"), image, "<u8");
  test::append_edf(path("signed.edf"), image, "<i4");
  EXPECT_EQ(integrated("small.edf"), integrated("signed.edf"));
  image.values[7] = std::int64_t{1} << 31;
  image.values[19] = (std::int64_t{1} << 32) - 2;
  test::append_edf(path("large.edf"), image, "<u8");
  test::append_edf(path("unsigned.edf"), image, "<u4");
  EXPECT_EQ(integrated("large.edf"), integrated("unsigned.edf"));
}

TEST_F(single_image, maxima_of_unsigned_types_are_dead) {
  auto const image = some_image(65535);
  test::append_edf(path("a.edf"), image, "<u2");
  test::append_tiff_u16(path("a.tiff"), image);
  test::write_npy(path("a.npy"), image, ">u2");
  test::write_npy(path("wider.npy"), image, "<u4");
  write_hdf5("image.h5", image, H5T_STD_U16LE, false);
  auto const expected = integrated("image.h5");
  for (char const* name : {"a.edf", "a.tiff", "a.npy"}) EXPECT_EQ(integrated(name), expected) << name;
  EXPECT_NE(integrated("wider.npy"), expected);  // of which 65535 is not the maximum
  auto all = job_for("a.tiff", "all.h5");
  all.input.keep_dead = true;
  integrate(all, communicator());
  EXPECT_EQ(patterns_of(all.output), integrated("wider.npy"));
}

TEST_F(single_image, of_floats) {
  auto const image = some_image(1 << 20);
  test::append_edf(path("double.edf"), image, ">f8");
  test::write_npy(path("single.npy"), image, "<f4");
  auto const expected = integrated("single.npy");
  EXPECT_EQ(integrated("double.edf"), expected);
  test::write_npy(path("integer.npy"), image, "<i4");
  auto const integers = integrated("integer.npy");
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(expected[i], integers[i], 1e-6 * std::abs(integers[i]));
}

TEST_F(single_image, several_in_a_file_are_frames) {
  std::vector<float> expected;
  for (unsigned i = 0; i < 3; ++i) {
    test::append_edf(path("three.edf"), signed_image(i), "<i4");
    test::append_tiff_i32(path("three.tif"), signed_image(i));
    test::write_npy(path("one.npy"), signed_image(i), "<i4");
    auto const what = job_for("one.npy", "one" + std::to_string(i) + ".h5");
    integrate(what, communicator());
    auto const one = test::read_array(what.output, "/entry/patterns/intensity").values;
    expected.insert(expected.end(), one.begin(), one.end());
  }
  for (char const* name : {"three.edf", "three.tif"}) {
    auto const what = job_for(name, std::string(name) + ".h5");
    integrate(what, communicator());
    auto const all = test::read_array(what.output, "/entry/patterns/intensity");
    EXPECT_EQ(all.shape, (std::vector<std::uint64_t>{3, bins}));
    EXPECT_EQ(all.values, expected) << name;
    expect_mistake(job_for(name, "three.xy"), exit_code::usage, "has 3 frames; give -o a name that ends in .h5");
  }
}

TEST_F(single_image, checksums_are_compared_where_asked) {
  test::write_cbf(path("good.cbf"), signed_image());
  test::write_cbf(path("other.cbf"), signed_image(), "AAAAAAAAAAAAAAAAAAAAAA==");
  EXPECT_EQ(integrated("other.cbf"), integrated("good.cbf"));
  auto what = job_for("good.cbf", "good.h5");
  what.input.verify = true;
  integrate(what, communicator());
  what = job_for("other.cbf", "other.h5");
  what.input.verify = true;
  expect_mistake(what, exit_code::bad_input, path("other.cbf") + ": a checksum that is not that of its bytes");
  what.run.skip_bad_frames = true;
  expect_mistake(what, exit_code::bad_input, "none of its frames can be used");
}

TEST_F(single_image, that_is_none_is_refused) {
  auto const refuse = [&](std::string const& name, std::string const& words) {
    expect_mistake(job_for(name, "never.h5"), exit_code::bad_input, words);
  };
  auto const image = signed_image();
  test::write_cbf(path("a.cbf"), image);
  test::append_edf(path("a.edf"), image, "<i4");
  test::append_tiff_i32(path("a.tif"), image);
  test::write_npy(path("a.npy"), image, "<i4");
  for (char const* name : {"a.cbf", "a.edf", "a.tif", "a.npy"}) {
    auto const size = fs::file_size(path(name));
    for (auto const left : {size - 50, size / 2, std::uintmax_t{20}}) {
      fs::resize_file(path(name), left);
      refuse(name, path(name));
    }
  }
  refuse("absent.cbf", "does not exist");
  std::ofstream(path("empty.cbf")).flush();
  refuse("empty.cbf", "is empty");
  std::ofstream(path("text.cbf")) << "hello, world\n";
  refuse("text.cbf", "neither an HDF5 file nor an image of a known format (CBF, EDF, TIFF, NumPy)");
  fs::create_directory(path("folder.cbf"));
  refuse("folder.cbf", "is a folder");
  ASSERT_EQ(::mkfifo(path("pipe.cbf").c_str(), 0600), 0);
  refuse("pipe.cbf", "not a regular file");
  auto long_integers = image;
  long_integers.values[5] = std::int64_t{1} << 31;
  test::append_edf(path("long.edf"), long_integers, "<i8");
  refuse("long.edf", "64-bit integers with sign, and some of them do not fit");
  long_integers.values[5] = std::int64_t{1} << 32;
  test::append_edf(path("longer.edf"), long_integers, "<u8");
  refuse("longer.edf", "64-bit integers without sign, and some of them do not fit");
  auto what = job_for("a.cbf", "never.h5");
  test::write_cbf(path("a.cbf"), image);
  what.input.dataset = "/entry/data";
  expect_mistake(what, exit_code::usage, "there is no dataset '/entry/data'");
}

TEST_F(single_image, of_an_hdf5_file_is_the_largest_or_is_named) {
  test::h5_file file(path("two.h5"));
  auto const image = signed_image();
  for (char const* name : {"/a/first", "/b/second"}) {
    auto const dataset = file.dataset(name, H5T_STD_I32LE, {41, 37});
    test::write_all(dataset.id(), H5T_NATIVE_INT64, image.values.data());
  }
  file.close();
  expect_mistake(job_for("two.h5", "never.h5"), exit_code::bad_input, "choose one with --dataset");
  auto what = job_for("two.h5", "second.h5");
  what.input.dataset = "/b/second";
  integrate(what, communicator());
  test::write_npy(path("a.npy"), image, "<i4");
  EXPECT_EQ(patterns_of(what.output), integrated("a.npy"));
}

/// A text output: what stands behind '#', and the columns.
struct columns_of_text {
  std::vector<std::string> remarks;
  std::vector<std::vector<std::string>> rows;

  explicit columns_of_text(std::string const& path) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("# ")) {
        EXPECT_TRUE(rows.empty()) << line;
        remarks.push_back(line.substr(2));
        continue;
      }
      std::istringstream words(line);
      auto& row = rows.emplace_back();
      for (std::string word; words >> word;) row.push_back(word);
    }
  }
};

class text_of_single_image : public single_image {
 protected:
  text_of_single_image() { test::write_cbf(path("a.cbf"), signed_image()); }
  columns_of_text run(std::string const& output, error_model errors = error_model::poisson) {
    auto what = job_for("a.cbf", output);
    what.geometry.errors = errors;
    integrate(what, communicator());
    return columns_of_text(what.output);
  }
};

TEST_F(text_of_single_image, holds_the_numbers_of_the_result_to_the_bit) {
  auto const what = job_for("a.cbf", "a.h5");
  integrate(what, communicator());
  auto const q = read_numbers("/entry/patterns/q", what.output).values;
  auto const intensity = test::read_array(what.output, "/entry/patterns/intensity").values;
  auto const errors = test::read_array(what.output, "/entry/patterns/intensity_errors").values;
  for (char const* name : {"a.dat", "a.txt", "a.xy", "a.xye", "B.XY"}) {
    auto const text = run(name);
    bool const sigma = std::string(name).find(".xy") == std::string::npos || std::string(name).ends_with("e");
    bool const plain = std::string(name) == "a.xy" || std::string(name) == "B.XY";
    ASSERT_EQ(text.rows.size(), bins);
    for (std::size_t i = 0; i < bins; ++i) {
      ASSERT_EQ(text.rows[i].size(), plain ? 2U : 3U) << name;
      EXPECT_EQ(std::stod(text.rows[i][0]), q[i]);
      EXPECT_EQ(std::stof(text.rows[i][1]), intensity[i]);
      if (sigma && !plain) {
        EXPECT_EQ(std::stof(text.rows[i][2]), errors[i]);
      }
    }
  }
}

TEST_F(text_of_single_image, says_how_it_was_made) {
  auto const text = run("a.dat");
  auto const all = testing::PrintToString(text.remarks);
  EXPECT_THAT(text.remarks.front(), testing::MatchesRegex("xrdct [0-9.]+"));
  EXPECT_THAT(text.remarks, testing::Contains("source: " + path("a.cbf")));
  EXPECT_THAT(text.remarks, testing::Contains("  bins: 70"));
  EXPECT_THAT(text.remarks, testing::Contains("  Distance: 0.05")) << "the last value of a key holds";
  EXPECT_THAT(text.remarks, testing::Not(testing::Contains("  Distance: 0.9")));
  EXPECT_THAT(text.remarks, testing::Contains("  Wavelength: 2e-11"));
  EXPECT_THAT(text.remarks, testing::Contains("command: xrdct integrate 'a.cbf' ")) << "on one line";
  EXPECT_EQ(text.remarks.back(), "q_nm^-1 intensity sigma") << all;
}

TEST_F(text_of_single_image, has_errors_where_they_are_wanted) {
  EXPECT_EQ(run("a.dat", error_model::none).rows.front().size(), 2U);
  auto what = job_for("a.cbf", "a.xye");
  what.geometry.errors = error_model::none;
  expect_mistake(what, exit_code::usage, "--error-model is none");
}

TEST_F(text_of_single_image, holds_no_sectors) {
  auto what = job_for("a.cbf", "a.dat");
  what.geometry.integration.azimuth_bins = 4;
  expect_mistake(what, exit_code::usage, "azimuthal sectors make several; give -o a name that ends in .h5");
}

TEST_F(text_of_single_image, takes_the_only_good_frame_of_a_scan) {
  test::small_scan scan;
  scan.rotations = 1;
  scan.translations = 4;
  scan.repeated = {};
  scan.missing = {0};
  scan.corrupt = {1, 3};
  scan.write(folder_.path());
  auto what = scan.reconstruction(folder_.path(), path("one.dat"));
  what.scan = {};
  expect_mistake(what, exit_code::usage, "has 3 frames; give -o a name that ends in .h5");
  what.run.skip_bad_frames = true;
  integrate(what, communicator());
  auto const rows = columns_of_text(what.output).rows;
  what.output = path("all.h5");
  integrate(what, communicator());
  auto const all = test::read_array(what.output, "/entry/patterns/intensity").values;
  ASSERT_EQ(rows.size(), 150U);
  for (std::size_t i = 0; i < 150; ++i) EXPECT_EQ(std::stof(rows[i][1]), all[2 * 150 + i]);

  scan.corrupt = {3};
  scan.write(folder_.path());
  what.output = path("two.dat");
  expect_mistake(what, exit_code::usage, "has 2 good frames");
}

TEST_F(text_of_single_image, is_replaced_only_where_that_is_asked) {
  std::ofstream(path("there.xy")) << "precious";
  auto what = job_for("a.cbf", "there.xy");
  EXPECT_THROW(integrate(what, communicator()), error);
  EXPECT_EQ(fs::file_size(path("there.xy")), 8U);
  what.overwrite = true;
  integrate(what, communicator());
  EXPECT_EQ(columns_of_text(what.output).rows.size(), bins);
}

}  // namespace
}  // namespace xrdct
