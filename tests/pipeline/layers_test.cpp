// Layers through whole jobs by one process: a sinogram and a tomogram of each, as if it had been measured alone.

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

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>

namespace xrdct {
namespace {

using test::array;
using test::expect_same_bits;
using test::part_of;
using test::read_array;
using test::small_scan;
using testing::HasSubstr;
using extent = std::vector<std::uint64_t>;

constexpr std::uint64_t of_layer = 77;  // frames, and entries

using names = std::vector<std::string>;

/// What NXdata says of its dimensions.
names axes_attribute(std::string const& file, std::string const& group) {
  auto const opened = test::h5_file::reopen(file);
  test::handle const attribute(H5Aopen_by_name(opened.id(), group.c_str(), "axes", H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  test::handle const space(H5Aget_space(attribute.id()), H5Sclose);
  test::handle const type(H5Aget_type(attribute.id()), H5Tclose);
  std::vector<char*> texts(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space.id())));
  test::check(H5Aread(attribute.id(), type.id(), texts.data()), "read the axes");
  names all(texts.begin(), texts.end());
  test::check(H5Dvlen_reclaim(type.id(), space.id(), H5P_DEFAULT, texts.data()), "free the axes");
  return all;
}

class layers : public ::testing::Test {
 protected:
  void SetUp() override { set_log(log_level::quiet, ""); }

  /// Three layers, whose frames have nothing in common, with different things missing in each.
  static small_scan stack() {
    small_scan scan;
    scan.layers = 3;
    scan.noise = 0;
    scan.repeated = {0, 5, 100, 130, 130, 230};
    scan.missing = {3, 12, 13, 14, 90, 160, 161};
    for (std::uint64_t f = of_layer + 22; f < of_layer + 33; ++f) scan.missing.insert(f);  // a rotation of the second
    scan.corrupt = {40, 178};
    return scan;
  }
  job written(small_scan const& scan) {
    scan.write(folder_.path());
    auto what = scan.reconstruction(folder_.path(), "");
    what.scan.layer = "/1.1/measurement/dtz";
    what.geometry.monitor_reference = 1000;
    what.run.skip_bad_frames = true;
    return what;
  }
  std::string path(std::string const& name) const { return (folder_ / name).string(); }
  std::string reconstructed(job what, std::string const& name) {
    what.output = path(name);
    what.overwrite = true;
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
  /// The same job, of which the frames of other layers have no position.
  job alone(job what, small_scan const& scan, int layer) {
    std::ofstream rotations(path("rotations.txt"));
    auto const all = read_numbers("/1.1/measurement/rot", path("scan.h5")).values;
    auto const heights = read_numbers("/1.1/measurement/dtz", path("scan.h5")).values;
    rotations.precision(17);
    for (std::size_t i = 0; i < scan.frames(); ++i)
      if (heights[i] == 3 + 0.5 * layer)
        rotations << all[i] << '\n';
      else
        rotations << "nan\n";
    what.scan.rotation = path("rotations.txt");
    what.scan.layer = "";
    return what;
  }
  std::string refusal(job const& what) {
    try {
      reconstructed(what, "refused.h5");
    } catch (error const& e) {
      return e.what();
    }
    return "no error";
  }
  /// What opening a sinogram says against it.
  std::string refusal_of_stored(std::string const& file) {
    try {
      backprojected(file, "refused.h5");
    } catch (error const& e) {
      EXPECT_EQ(e.code(), exit_code::bad_input) << e.what();
      return e.what();
    }
    return "no error";
  }
  test::temporary_folder folder_;
};

TEST_F(layers, are_those_of_runs_over_each_alone) {
  auto const scan = stack();
  for (auto const& fill : {"linear", "zero", "none"})
    for (int const sectors : {0, 3}) {
      auto what = written(scan);
      what.tomogram.fill = fill;
      if (sectors > 0) what.geometry.integration.azimuth_bins = sectors;
      auto const file = reconstructed(what, "stack.h5");
      for (int layer = 0; layer < 3; ++layer) {
        auto const one = reconstructed(alone(what, scan, layer), "alone.h5");
        for (std::string const name : {"sinogram/intensity", "sinogram/intensity_errors", "sinogram/normalization",
                                       "sinogram/count", "tomogram/intensity", "tomogram/intensity_errors"}) {
          auto const all = read_array(file, "/entry/" + name);
          auto const single = read_array(one, "/entry/" + name);
          auto shape = all.shape;
          EXPECT_EQ(shape.front(), 3U);
          shape.erase(shape.begin());
          EXPECT_EQ(shape, single.shape) << name;
          expect_same_bits(part_of(all, static_cast<std::uint64_t>(layer)), single.values,
                           name + " of layer " + std::to_string(layer) + ", " + fill);
        }
      }
    }
}

TEST_F(layers, are_the_first_axis_of_sinogram_and_tomogram) {
  auto what = written(stack());
  what.geometry.integration.azimuth_bins = 2;
  auto const file = reconstructed(what, "stack.h5");
  EXPECT_EQ(read_array(file, "/entry/sinogram/intensity").shape, (extent{3, 2, 7, 11, 150}));
  EXPECT_EQ(read_array(file, "/entry/sinogram/count").shape, (extent{3, 2, 7, 11, 150}));
  EXPECT_EQ(read_array(file, "/entry/tomogram/intensity").shape, (extent{3, 2, 11, 11, 150}));
  EXPECT_EQ(read_array(file, "/entry/tomogram/intensity_errors").shape, (extent{3, 2, 11, 11, 150}));
  EXPECT_EQ(read_array(file, "/entry/sinogram/rotation_position").shape, (extent{3, 7, 11}));
  EXPECT_EQ(read_array(file, "/entry/sinogram/translation_position").shape, (extent{3, 7, 11}));
  for (std::string const group : {"/entry/sinogram", "/entry/tomogram"}) {
    EXPECT_EQ(read_numbers(group + "/layer", file).values, (std::vector<double>{3, 3.5, 4}));
    auto const axes = group == "/entry/tomogram" ? names{"layer", "azimuth", "y", "x", "q"}
                                                 : names{"layer", "azimuth", "rotation_angle", "translation", "q"};
    EXPECT_EQ(axes_attribute(file, group), axes);
  }
  EXPECT_EQ(read_numbers("/entry/frames/layer", file).values,
            read_numbers("/1.1/measurement/dtz", path("scan.h5")).values);
  auto const entries = read_numbers("/entry/frames/sinogram_entry", file).values;
  EXPECT_EQ(entries[of_layer + 2], of_layer + 8);  // lines run to and fro, and the second layer begins backwards
  EXPECT_EQ(entries[2 * of_layer + 12], 2 * of_layer + 20);
}

TEST_F(layers, are_reconstructed_again_from_the_file) {
  auto what = written(stack());
  what.geometry.integration.azimuth_bins = 2;
  auto const file = reconstructed(what, "stack.h5");
  auto const again = backprojected(file, "again.h5");
  for (std::string const name : {"/entry/tomogram/intensity", "/entry/tomogram/intensity_errors"})
    expect_same_bits(read_array(again, name).values, read_array(file, name).values, name);
  EXPECT_EQ(read_numbers("/entry/tomogram/layer", again).values, (std::vector<double>{3, 3.5, 4}));
  what.tomogram.channels = {70, 91};
  auto const some = reconstructed(what, "some.h5");
  auto const some_again = backprojected(file, "some_again.h5", what.tomogram);
  EXPECT_EQ(read_array(some, "/entry/tomogram/intensity").shape, (extent{3, 2, 11, 11, 21}));
  for (std::string const name : {"/entry/tomogram/intensity", "/entry/tomogram/intensity_errors"})
    expect_same_bits(read_array(some_again, name).values, read_array(some, name).values, name);
}

TEST_F(layers, without_a_frame_are_undefined_and_do_not_touch_the_others) {
  auto const whole = reconstructed(written(stack()), "whole.h5");
  auto scan = stack();
  for (std::uint64_t f = of_layer; f < 2 * of_layer; ++f) scan.missing.insert(f);
  scan.missing.insert({3 * of_layer + 2, 3 * of_layer + 3, 3 * of_layer + 4});  // its repetitions
  auto const file = reconstructed(written(scan), "holed.h5");
  for (std::string const name : {"/entry/tomogram/intensity", "/entry/tomogram/intensity_errors"}) {
    auto const holed = read_array(file, name);
    for (float const v : part_of(holed, 1)) ASSERT_TRUE(std::isnan(v));
    for (std::uint64_t const layer : {0U, 2U})
      expect_same_bits(part_of(holed, layer), part_of(read_array(whole, name), layer), name);
  }
  auto const again = backprojected(file, "again.h5");
  expect_same_bits(read_array(again, "/entry/tomogram/intensity").values,
                   read_array(file, "/entry/tomogram/intensity").values, "again");
}

TEST_F(layers, that_are_incomplete_are_undefined_where_nothing_is_filled_in) {
  auto scan = stack();
  scan.missing = {101};
  scan.corrupt = {};
  auto what = written(scan);
  what.tomogram.fill = "none";
  auto const file = reconstructed(what, "stack.h5");
  auto const tomogram = read_array(file, "/entry/tomogram/intensity");
  auto const count = read_array(file, "/entry/sinogram/count");
  auto const channels = count.shape.back();
  for (std::uint64_t layer = 0; layer < 3; ++layer) {
    // Nor is a channel known that has no pixel in some entry, but in others.
    std::vector<double> most(channels), least(channels, 1e9);
    auto const pixels = part_of(count, layer);
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      most[i % channels] = std::max<double>(most[i % channels], pixels[i]);
      least[i % channels] = std::min<double>(least[i % channels], pixels[i]);
    }
    auto const image = part_of(tomogram, layer);
    std::size_t known = 0;
    for (std::size_t i = 0; i < image.size(); ++i) {
      bool const is_unknown = layer == 1 || (least[i % channels] == 0 && most[i % channels] > 0);
      ASSERT_EQ(std::isnan(image[i]), is_unknown) << i;
      known += is_unknown ? 0 : 1;
    }
    if (layer != 1) {
      EXPECT_GT(known, image.size() / 2);
    }
  }
}

TEST_F(layers, of_which_there_is_one_make_no_axis) {
  small_scan const scan;
  auto const file = reconstructed(written(scan), "one.h5");
  auto what = written(scan);
  what.scan.layer = "";
  auto const plain = reconstructed(what, "plain.h5");
  for (std::string const name : {"/entry/sinogram/intensity", "/entry/tomogram/intensity"}) {
    EXPECT_EQ(read_array(file, name).shape.size(), 3U);
    expect_same_bits(read_array(file, name).values, read_array(plain, name).values, name);
  }
  EXPECT_FALSE(dataset_exists(file, "/entry/tomogram/layer"));
  EXPECT_FALSE(dataset_exists(file, "/entry/sinogram/layer"));
  EXPECT_TRUE(dataset_exists(file, "/entry/frames/layer"));
  EXPECT_FALSE(dataset_exists(plain, "/entry/frames/layer"));
}

TEST_F(layers, of_a_grid_are_the_same_as_recorded_ones) {
  small_scan scan;
  scan.layers = 3;
  scan.repeated = {};
  scan.missing = {9, 10, 90, 222};
  auto what = written(scan);
  auto const frames = scan.frames();
  // Each layer begins forwards: what the scan did not do, and so it is told by lists.
  std::ofstream rotation(path("rotation.txt"));
  std::ofstream translation(path("translation.txt"));
  std::ofstream layer(path("layer.txt"));
  for (std::uint64_t f = 0; f < frames; ++f) {
    auto const line = f % of_layer / 11;
    rotation << 180.0 / 7 * static_cast<double>(line) << '\n';
    translation << (line % 2 == 0 ? f % 11 : 10 - f % 11) << '\n';
    layer << 0.01 * static_cast<double>(f / of_layer) << '\n';
  }
  rotation.close();
  translation.close();
  layer.close();
  what.scan.rotation = path("rotation.txt");
  what.scan.translation = path("translation.txt");
  what.scan.layer = path("layer.txt");
  auto const told = reconstructed(what, "told.h5");
  what.scan.rotation = what.scan.translation = what.scan.layer = "";
  what.scan.grid = grid_scan{7, 11, 180, grid_scan::fast_axis::translation, grid_scan::order::zigzag, 3};
  auto const grid = reconstructed(what, "grid.h5");
  EXPECT_EQ(read_array(grid, "/entry/tomogram/intensity").shape, (extent{3, 11, 11, 150}));
  expect_same_bits(read_array(grid, "/entry/sinogram/intensity").values,
                   read_array(told, "/entry/sinogram/intensity").values, "sinogram");
  what.scan.grid->layers = 2;
  EXPECT_THAT(refusal(what), HasSubstr("a grid of 2 x 7 x 11 positions does not match the 231 frames"));
}

TEST_F(layers, are_refused_where_they_do_not_fit_the_frames) {
  auto what = written(stack());
  std::ofstream(path("short.txt")) << "1 2 3\n";
  what.scan.layer = path("short.txt");
  EXPECT_THAT(refusal(what), HasSubstr("--layer needs one value a frame"));
  what.scan.layer = "/1.1/measurement/absent";
  EXPECT_THAT(refusal(what), HasSubstr("absent"));
}

/// A sinogram of 2 layers, 2 sectors, 3 rotations, 4 translations and 5 channels, one thing of which is otherwise.
struct stored {
  extent shape{2, 2, 3, 4, 5};
  std::vector<double> layer{1, 2};
  extent layer_shape{2};

  std::string write(std::string const& path) const {
    std::string const group = "/entry/sinogram/";
    nexus_file file(path, nexus_file::mode::create);
    file.array(group + "rotation_angle", std::vector<double>{0, 60, 120});
    file.array(group + "translation", std::vector<double>{0, 1, 2, 3});
    file.array(group + "q", std::vector<double>{1, 2, 3, 4, 5});
    file.array(group + "azimuth", std::vector<double>{-90, 90});
    if (!layer_shape.empty()) file.array<double>(group + "layer", layer, layer_shape);
    std::uint64_t n = 1;
    for (auto const d : shape) n *= d;
    std::vector<float> values;
    for (std::uint64_t i = 0; i < n; ++i) values.push_back(static_cast<float>(i % 7));
    file.array<float>(group + "intensity", values, shape);
    file.close();
    return path;
  }
};

TEST_F(layers, that_contradict_themselves_are_refused) {
  auto const file = path("stored.h5");
  EXPECT_EQ(refusal_of_stored(stored{}.write(file)), "no error");
  EXPECT_EQ(read_array(path("refused.h5"), "/entry/tomogram/intensity").shape, (extent{2, 2, 4, 4, 5}));
  EXPECT_EQ(refusal_of_stored(stored{{1, 2, 3, 4, 5}, {7}, {1}}.write(file)), "no error");
  EXPECT_EQ(read_array(path("refused.h5"), "/entry/tomogram/intensity").shape, (extent{2, 4, 4, 5}));
  EXPECT_THAT(refusal_of_stored(stored{{2, 2, 3, 4, 5}, {1, 2, 3}, {3}}.write(file)),
              HasSubstr("is 2 x 2 x 3 x 4 x 5, but its axes say 3 x 2 x 3 x 4 x 5"));
  EXPECT_THAT(refusal_of_stored(stored{{2, 2, 3, 4, 5}, {}, {}}.write(file)), HasSubstr("its axes say 2 x 3 x 4 x 5"));
  EXPECT_THAT(refusal_of_stored(stored{{2, 3, 4, 5}, {1, 2}, {2}}.write(file)), HasSubstr("is 2 x 3 x 4 x 5, but"));
  EXPECT_THAT(refusal_of_stored(stored{{2, 2, 3, 4, 5}, {2, 1}, {2}}.write(file)), HasSubstr("layer does not ascend"));
  EXPECT_THAT(refusal_of_stored(stored{{2, 2, 3, 4, 5}, {1, 1}, {2}}.write(file)), HasSubstr("layer does not ascend"));
  EXPECT_THAT(refusal_of_stored(stored{{2, 2, 3, 4, 5}, {1, std::nan("")}, {2}}.write(file)),
              HasSubstr("layer does not ascend"));
  EXPECT_THAT(refusal_of_stored(stored{{2, 2, 3, 4, 5}, {}, {0}}.write(file)), HasSubstr("layer is empty"));
  EXPECT_THAT(refusal_of_stored(stored{{2, 2, 3, 4, 5}, {1, 2, 3, 4}, {2, 2}}.write(file)),
              HasSubstr("a list of numbers is needed"));
}

TEST_F(layers, are_told_by_inspect) {
  auto what = written(stack());
  auto const text = inspect(what);
  for (char const* word :
       {"3 layers (3 to 4) x 7 rotations", "sinogram 3 x 7 x 11 x 150 (", "tomogram 3 x 11 x 11 x 150 ("})
    EXPECT_THAT(text, HasSubstr(word));
}

}  // namespace
}  // namespace xrdct
