// Azimuthal sectors through whole jobs by one process: a pattern, a sinogram and a tomogram of each.

#include "tests/io/h5_files.hpp"
#include "tests/pipeline/inspect_text.hpp"
#include "tests/pipeline/result_arrays.hpp"
#include "tests/pipeline/small_scan.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/io/result_file.hpp"
#include "xrdct/pipeline/commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numbers>

namespace xrdct {
namespace {

using test::array;
using test::expect_same_bits;
using test::part_of;
using test::read_array;
using test::small_scan;
using testing::HasSubstr;
using extent = std::vector<std::uint64_t>;

constexpr std::uint64_t entries = 77;

class sectors : public ::testing::Test {
 protected:
  void SetUp() override { set_log(log_level::quiet, ""); }

  /// 5 sectors of 37 channels: 185 bins, so that sectors do not end where slabs end.
  job cake(small_scan const& scan = {}) {
    scan.write(folder_.path());
    auto what = scan.reconstruction(folder_.path(), "");
    what.run.skip_bad_frames = true;
    what.geometry.integration.bins = 37;
    what.geometry.integration.azimuth_bins = 5;
    what.geometry.integration.splitting = pixel_splitting::no;
    return what;
  }
  std::string path(std::string const& name) const { return (folder_ / name).string(); }
  std::string integrated(job what, std::string const& name) {
    what.output = path(name);
    integrate(what, communicator());
    return what.output;
  }
  std::string reconstructed(job what, std::string const& name) {
    what.output = path(name);
    reconstruct(what, communicator());
    return what.output;
  }
  std::string backprojected(std::string const& from, std::string const& name, tomogram_options const& options = {}) {
    job what;
    what.input.files = {from};
    what.output = path(name);
    what.tomogram = options;
    what.overwrite = true;
    backproject(what, communicator());
    return what.output;
  }
  /// What opening a sinogram says against it.
  std::string refusal(std::string const& of) {
    try {
      backprojected(of, "refused.h5");
    } catch (error const& e) {
      EXPECT_EQ(e.code(), exit_code::bad_input) << e.what();
      return e.what();
    }
    return "no error";
  }
  test::temporary_folder folder_;
};

void expect_near(std::vector<float> const& a, std::vector<float> const& b, std::string const& what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    ASSERT_NEAR(a[i], b[i], 1e-6 * std::abs(b[i])) << what << " " << i;
  }
}

/// [frame][sector][channel] → that of one sector.
std::vector<float> sector_of_patterns(array const& all, std::uint64_t sector) {
  std::vector<float> values;
  for (std::uint64_t frame = 0; frame < all.shape[0]; ++frame) {
    auto const at = all.values.begin() + static_cast<std::ptrdiff_t>((frame * all.shape[1] + sector) * all.shape[2]);
    values.insert(values.end(), at, at + static_cast<std::ptrdiff_t>(all.shape[2]));
  }
  return values;
}

/// [row][column][channel] → some channels.
std::vector<float> some_channels(std::vector<float> const& all, std::uint64_t channels, std::uint64_t low,
                                 std::uint64_t high) {
  std::vector<float> values;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (i % channels >= low && i % channels < high) values.push_back(all[i]);
  return values;
}

TEST_F(sectors, are_those_of_runs_over_their_azimuths_alone) {
  small_scan scan;
  scan.missing = {7};
  scan.corrupt = {40};
  auto what = cake(scan);
  what.geometry.integration.radial_range = std::array{5.0, 40.0};
  what.geometry.integration.azimuth_range = std::array{-180.0, 180.0};
  auto const file = integrated(what, "cake.h5");
  auto const azimuth = read_numbers("/entry/patterns/azimuth", file).values;
  ASSERT_EQ(azimuth.size(), 5U);
  for (std::uint64_t k = 0; k < 5; ++k) {
    std::array const range{-180.0 + 72.0 * static_cast<double>(k), -180.0 + 72.0 * static_cast<double>(k + 1)};
    EXPECT_NEAR(azimuth[k], (range[0] + range[1]) / 2, 1e-4);
    auto one = what;
    one.geometry.integration.azimuth_bins.reset();
    one.geometry.integration.azimuth_range = range;
    auto const alone = integrated(one, "sector" + std::to_string(k) + ".h5");
    for (std::string const name :
         {"intensity", "intensity_errors", "sum_signal", "sum_variance", "sum_normalization", "count"})
      expect_near(sector_of_patterns(read_array(file, "/entry/patterns/" + name), k),
                  read_array(alone, "/entry/patterns/" + name).values, name);
    for (std::string const name : {"intensity", "intensity_errors", "normalization", "count"})
      expect_near(part_of(read_array(file, "/entry/sinogram/" + name), k),
                  read_array(alone, "/entry/sinogram/" + name).values, name);
  }
}

TEST_F(sectors, add_up_to_the_pattern_of_all_azimuths) {
  auto what = cake();
  auto const file = integrated(what, "cake.h5");
  what.geometry.integration.azimuth_bins.reset();
  auto const whole = integrated(what, "whole.h5");
  for (std::string const name : {"sum_signal", "sum_variance", "sum_normalization", "count"}) {
    auto const all = read_array(file, "/entry/patterns/" + name);
    ASSERT_EQ(all.shape, (extent{82, 5, 37}));
    std::vector<float> sum(82UL * 37);
    for (std::uint64_t i = 0; i < sum.size(); ++i) {
      double one = 0;
      for (std::uint64_t k = 0; k < 5; ++k) one += static_cast<double>(all.values[(i / 37 * 5 + k) * 37 + i % 37]);
      sum[i] = static_cast<float>(one);
    }
    expect_near(sum, read_array(whole, "/entry/patterns/" + name).values, name);
  }
}

TEST_F(sectors, of_several_detectors_add_up) {
  auto what = cake();
  what.geometry.solid_angle = false;
  what.geometry.integration.radial_range = std::array{3.0, 30.0};
  what.geometry.integration.azimuth_range = std::array{-100.0, 100.0};
  auto const one = reconstructed(what, "one.h5");
  what.input.files.push_back(what.input.files.front());
  what.geometry.ponis.push_back(what.geometry.ponis.front());
  auto const two = reconstructed(what, "two.h5");
  EXPECT_EQ(read_numbers("/entry/sinogram/azimuth", one).values, read_numbers("/entry/sinogram/azimuth", two).values);
  for (std::string const name : {"count", "normalization"}) {
    auto twice = read_array(one, "/entry/sinogram/" + name);
    ASSERT_EQ(twice.shape, (extent{5, 7, 11, 37}));
    for (auto& v : twice.values) v *= 2;
    expect_near(read_array(two, "/entry/sinogram/" + name).values, twice.values, name);
  }
  expect_near(read_array(two, "/entry/sinogram/intensity").values, read_array(one, "/entry/sinogram/intensity").values,
              "intensity");
}

TEST_F(sectors, come_first_in_sinogram_and_tomogram_with_their_axis) {
  auto const file = reconstructed(cake(), "out.h5");
  EXPECT_EQ(read_array(file, "/entry/sinogram/intensity").shape, (extent{5, 7, 11, 37}));
  EXPECT_EQ(read_array(file, "/entry/sinogram/normalization").shape, (extent{5, 7, 11, 37}));
  EXPECT_EQ(read_array(file, "/entry/tomogram/intensity").shape, (extent{5, 11, 11, 37}));
  EXPECT_EQ(read_array(file, "/entry/tomogram/intensity_errors").shape, (extent{5, 11, 11, 37}));
  for (std::string const group : {"/entry/sinogram/", "/entry/tomogram/"}) {
    EXPECT_EQ(read_numbers(group + "azimuth", file).values.size(), 5U);
    EXPECT_EQ(read_text_attribute(file, group + "azimuth", "units"), "deg");
  }
}

/// One sector as if it had been measured alone.
void write_alone(std::string const& path, std::string const& from, std::uint64_t sector) {
  std::string const group = "/entry/sinogram/";
  nexus_file file(path, nexus_file::mode::create);
  for (char const* name : {"rotation_angle", "translation", "q"})
    file.array(group + name, read_numbers(group + name, from).values, "mm");
  extent const shape{7, 11, 37};
  for (std::string const name : {"intensity", "intensity_errors", "count"})
    file.array<float>(group + name, part_of(read_array(from, group + name), sector), shape);
  file.close();
}

TEST_F(sectors, are_reconstructed_as_if_each_were_alone) {
  small_scan scan;
  scan.missing = {3, 12, 13, 14, 50};
  for (std::uint64_t f = 22; f < 33; ++f) scan.missing.insert(f);  // a whole rotation
  auto const file = reconstructed(cake(scan), "cake.h5");
  auto const again = backprojected(file, "again.h5");
  for (std::string const name : {"intensity", "intensity_errors"}) {
    auto const all = read_array(file, "/entry/tomogram/" + name);
    expect_same_bits(read_array(again, "/entry/tomogram/" + name).values, all.values, name);
    for (std::uint64_t k = 0; k < 5; ++k) {
      write_alone(path("alone.h5"), file, k);
      auto const tomogram = backprojected(path("alone.h5"), "tomogram_" + name + std::to_string(k) + ".h5");
      auto const one = read_array(tomogram, "/entry/tomogram/" + name);
      EXPECT_EQ(one.shape, (extent{11, 11, 37}));
      expect_same_bits(part_of(all, k), one.values, name);
    }
  }
}

TEST_F(sectors, share_the_choice_of_channels) {
  auto what = cake();
  auto const file = reconstructed(what, "all.h5");
  what.tomogram.channels = {30, 37};
  auto const some = reconstructed(what, "some.h5");
  auto const again = backprojected(file, "again.h5", what.tomogram);
  EXPECT_EQ(read_numbers("/entry/tomogram/q", some).values.size(), 7U);
  EXPECT_EQ(read_array(some, "/entry/sinogram/intensity").shape, (extent{5, 7, 11, 37}));
  for (std::string const name : {"intensity", "intensity_errors"}) {
    auto const part = read_array(some, "/entry/tomogram/" + name);
    ASSERT_EQ(part.shape, (extent{5, 11, 11, 7}));
    expect_same_bits(part.values, some_channels(read_array(file, "/entry/tomogram/" + name).values, 37, 30, 37), name);
    expect_same_bits(read_array(again, "/entry/tomogram/" + name).values, part.values, name);
  }
  what.tomogram.channels = {30, 38};
  EXPECT_THROW(reconstructed(what, "none.h5"), error);
}

TEST_F(sectors, of_which_there_is_one_make_an_axis_of_one) {
  auto what = cake();
  what.geometry.integration.azimuth_bins = 1;
  auto const file = reconstructed(what, "one.h5");
  auto const patterns = integrated(what, "patterns.h5");
  EXPECT_EQ(read_array(patterns, "/entry/patterns/intensity").shape, (extent{82, 1, 37}));
  what.geometry.integration.azimuth_bins.reset();
  auto const plain = reconstructed(what, "plain.h5");
  for (std::string const name : {"sinogram/intensity", "sinogram/intensity_errors", "sinogram/count",
                                 "tomogram/intensity", "tomogram/intensity_errors"}) {
    auto const one = read_array(file, "/entry/" + name);
    auto const whole = read_array(plain, "/entry/" + name);
    EXPECT_EQ(one.shape.size(), 4U);
    EXPECT_EQ(whole.shape.size(), 3U);
    expect_same_bits(one.values, whole.values, name);
  }
  EXPECT_FALSE(dataset_exists(plain, "/entry/tomogram/azimuth"));
}

TEST_F(sectors, without_pixels_are_empty_and_not_missing) {
  auto what = cake();
  // The beam is near a corner: some of 90 sectors see no pixel in most channels.
  what.geometry.integration.azimuth_bins = 90;
  auto const file = reconstructed(what, "fine.h5");
  auto const count = read_array(file, "/entry/sinogram/count").values;
  auto const sinogram = read_array(file, "/entry/sinogram/intensity").values;
  auto const tomogram = read_array(file, "/entry/tomogram/intensity");
  EXPECT_EQ(tomogram.shape, (extent{90, 11, 11, 37}));
  std::uint64_t empty = 0;
  for (std::uint64_t k = 0; k < 90; ++k)
    for (std::uint64_t c = 0; c < 37; ++c) {
      bool none = true;
      for (std::uint64_t e = 0; e < entries; ++e) none = none && count[(k * entries + e) * 37 + c] == 0;
      if (!none) continue;
      ++empty;
      for (std::uint64_t e = 0; e < entries; ++e) ASSERT_EQ(sinogram[(k * entries + e) * 37 + c], 0);
      for (std::uint64_t v = 0; v < 121; ++v) ASSERT_EQ(tomogram.values[(k * 121 + v) * 37 + c], 0);
    }
  EXPECT_GT(empty, 90U);
  EXPECT_LT(empty, 90U * 37);
}

/// A sinogram of 2 sectors, 3 rotations, 4 translations and 5 channels, one thing of which is otherwise.
struct stored {
  extent shape{2, 3, 4, 5};
  extent errors{2, 3, 4, 5};
  std::vector<double> azimuth{-90, 90};
  extent azimuth_shape{2};

  std::string write(std::string const& path) const {
    std::string const group = "/entry/sinogram/";
    nexus_file file(path, nexus_file::mode::create);
    file.array(group + "rotation_angle", std::vector<double>{0, 60, 120});
    file.array(group + "translation", std::vector<double>{0, 1, 2, 3});
    file.array(group + "q", std::vector<double>{1, 2, 3, 4, 5});
    if (!azimuth_shape.empty()) file.array<double>(group + "azimuth", azimuth, azimuth_shape);
    auto const ones = [](extent const& of) {
      std::uint64_t n = 1;
      for (auto const d : of) n *= d;
      return std::vector<float>(n, 1.0F);
    };
    file.array<float>(group + "intensity", ones(shape), shape);
    file.array<float>(group + "intensity_errors", ones(errors), errors);
    file.close();
    return path;
  }
};

TEST_F(sectors, that_contradict_themselves_are_refused) {
  auto const file = path("stored.h5");
  EXPECT_EQ(refusal(stored{}.write(file)), "no error");
  stored s;
  s.azimuth = {-90, 0, 90};
  s.azimuth_shape = {3};
  EXPECT_THAT(refusal(s.write(file)), HasSubstr("is 2 x 3 x 4 x 5, but its axes say 3 x 3 x 4 x 5"));
  s = {};
  s.azimuth_shape = {};  // none
  EXPECT_THAT(refusal(s.write(file)), HasSubstr("its axes say 3 x 4 x 5"));
  s = {};
  s.shape = s.errors = {3, 4, 5};
  EXPECT_THAT(refusal(s.write(file)), HasSubstr("is 3 x 4 x 5, but"));
  s = {};
  s.shape = {1, 2, 3, 4, 5};
  EXPECT_THAT(refusal(s.write(file)), HasSubstr("is 1 x 2 x 3 x 4 x 5, but"));
  s = {};
  s.errors = {2, 3, 4, 1};
  EXPECT_THAT(refusal(s.write(file)), HasSubstr("intensity_errors is 2 x 3 x 4 x 1, but"));
  s = {};
  s.azimuth = {90, -90};
  EXPECT_THAT(refusal(s.write(file)), HasSubstr("azimuth does not ascend"));
  s.azimuth = {0, std::nan("")};
  EXPECT_THAT(refusal(s.write(file)), HasSubstr("azimuth does not ascend"));
  s = {};
  s.azimuth = {};
  s.azimuth_shape = {0};
  EXPECT_THAT(refusal(s.write(file)), HasSubstr("azimuth is empty"));
  s = {};
  s.azimuth = {1, 2, 3, 4};
  s.azimuth_shape = {2, 2};
  EXPECT_THAT(refusal(s.write(file)), HasSubstr("a list of numbers is needed"));
}

/// Sinograms that a file declares, but does not hold.
TEST_F(sectors, that_no_memory_holds_are_refused) {
  auto const declare = [&](std::uint64_t rotations, std::uint64_t channels, std::uint64_t number) {
    std::string const group = "/entry/sinogram/";
    test::h5_file file(path("declared.h5"));
    auto const sparse = test::chunked({1, 1, 1, 64});
    auto const axis = [&](std::string const& name, std::uint64_t length) {
      std::vector<double> values(length);
      for (std::uint64_t i = 0; i < length; ++i) values[i] = static_cast<double>(i);
      auto const made = file.dataset(group + name, H5T_NATIVE_DOUBLE, {length});
      test::write_all(made.id(), H5T_NATIVE_DOUBLE, values.data());
    };
    axis("rotation_angle", rotations);
    axis("translation", 1000);
    axis("q", channels);
    axis("azimuth", number);
    file.dataset(group + "intensity", H5T_IEEE_F32LE, {number, rotations, 1000, channels}, sparse.id());
    file.close();
  };
  auto const failure_of = [&] {
    try {
      backprojected(path("declared.h5"), "refused.h5");
    } catch (error const& e) {
      return std::pair(e.code(), std::string(e.what()));
    }
    return std::pair(exit_code::done, std::string("no error"));
  };
  declare(100'000, 10'000, 2);  // 8 TB
  EXPECT_EQ(failure_of().first, exit_code::failed);
  EXPECT_THAT(failure_of().second, HasSubstr("out of memory: the sinogram needs 8"));
  declare(100'000, 1'000'000, 100);
  EXPECT_EQ(failure_of().first, exit_code::bad_input);
  EXPECT_THAT(failure_of().second, HasSubstr("100 sectors"));
}

TEST_F(sectors, are_told_by_inspect) {
  auto what = cake();
  what.tomogram.channels = {30, 37};
  auto const text = inspect(what);
  for (char const* word : {"sinogram 5 x 7 x 11 x 37 (", "tomogram 5 x 11 x 11 x 7 (", "5 azimuthal sectors"})
    EXPECT_THAT(text, HasSubstr(word));
  what.geometry.integration.azimuth_bins.reset();
  EXPECT_THAT(inspect(what), HasSubstr("sinogram 7 x 11 x 37 ("));
  what.scan.rotation = "none";
  EXPECT_THAT(inspect(what), HasSubstr("patterns 82 x 37 ("));
  what.geometry.integration.azimuth_bins = 2;
  EXPECT_THAT(inspect(what), HasSubstr("patterns 82 x 2 x 37 ("));
}

}  // namespace
}  // namespace xrdct
