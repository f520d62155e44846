// Pictures show values at their places: looked up pixel by pixel.
#include "xrdct/plot/picture.hpp"

#include "tests/plot/results.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/plot/colour_map.hpp"
#include "xrdct/plot/picture_content.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace xrdct {
namespace {

using test::add_array;
using test::steps;

struct pixels {
  int width;
  std::vector<std::uint8_t> bytes;
  explicit pixels(canvas const& of) : width(of.width()), bytes(of.bytes()) {}
  int height() const { return static_cast<int>(bytes.size()) / 3 / width; }
  /// The largest difference of a colour's part, of 255.
  int distance(int x, int y, colour c) const {
    auto const at = 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x));
    float const parts[] = {c.red, c.green, c.blue};
    int most = 0;
    for (std::size_t i = 0; i < 3; ++i)
      most = std::max(most, std::abs(bytes[at + i] - static_cast<int>(std::lround(parts[i] * 255))));
    return most;
  }
};

constexpr colour grey{0.88F, 0.88F, 0.88F};

TEST(PixelsOfAnAxis, ShowEveryValueAtItsPlace) {
  auto const even = values_of_pixels({"x", "", steps(4, 0.5)}, 12);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(even[i], (std::array<std::size_t, 2>{i / 3, i / 3 + 1})) << i;
  // 0, 1, then nothing up to 8: what is between is no value's.
  auto const gap = values_of_pixels({"x", "", {0, 1, 2, 3, 4, 9}}, 108);  // from -0.9 to 9.9: ten pixels a unit
  EXPECT_EQ(gap[9][0], 0U);
  EXPECT_EQ(gap[50][0], 4U);
  EXPECT_EQ(gap[99][0], 5U);
  for (std::size_t i : {65U, 75U, 85U}) EXPECT_EQ(gap[i][0], gap[i][1]) << i;
  // Uneven steps: a value reaches halfway to the next.
  auto const uneven = values_of_pixels({"x", "", {0, 1, 3}}, 45);  // from -0.75 to 3.75
  EXPECT_EQ(uneven[11][0], 0U);
  EXPECT_EQ(uneven[14][0], 1U);
  EXPECT_EQ(uneven[26][0], 1U);
  EXPECT_EQ(uneven[28][0], 2U);
}

TEST(PixelsOfAnAxis, AverageManyValuesEachOnce) {
  std::size_t const n = 1000;
  std::vector<int> seen(n);
  for (auto const& [first, last] : values_of_pixels({"x", "", steps(n, 0.3, -7)}, 333)) {
    EXPECT_LT(first, last);
    for (std::size_t i = first; i < last; ++i) ++seen[i];
  }
  EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), static_cast<std::ptrdiff_t>(n));
}

TEST(PixelsOfAnAxis, OfAxesThatFallOrMakeNoSenseAreEven) {
  for (auto const& values : {std::vector<double>{3, 2, 1}, {1, 1, 1}, {1, std::nan(""), 2}}) {
    auto const found = values_of_pixels({"x", "", values}, 6);
    for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(found[i], (std::array<std::size_t, 2>{i / 2, i / 2 + 1}));
  }
  EXPECT_EQ(values_of_pixels({"x", "", {5}}, 3)[2], (std::array<std::size_t, 2>{0, 1}));
}

TEST(Image, HasEveryValueAtItsPlaceAndGreyWhereThereIsNone) {
  canvas onto(400, 300, {1, 1, 1});
  map_axis const across{"x", "mm", steps(5, 0.1)};
  map_axis const down{"y", "mm", steps(4, 0.1)};
  value_map values(20, 0.F);
  values[2 * 5 + 1] = 8;
  values[0 * 5 + 4] = 4;
  values[3 * 5 + 3] = std::numeric_limits<float>::quiet_NaN();
  box const place{100, 50, 200, 130};
  draw_image(onto, place, across, down, values, {});
  pixels const found(onto);
  auto const middle = [&](int column, int row, colour c) {
    return found.distance(110 + 20 * column, 60 + 20 * row, c);
  };
  EXPECT_LE(middle(1, 2, map_colour(1)), 1);
  EXPECT_LE(middle(3, 3, grey), 1);
  EXPECT_LE(middle(0, 0, map_colour(0)), 1);
  EXPECT_GT(middle(4, 0, map_colour(0)), 20);
  // The pixel's corners, within the frame.
  for (int x : {121, 138})
    for (int y : {91, 108}) EXPECT_LE(found.distance(x, y, map_colour(1)), 1) << x << " " << y;
  EXPECT_LE(found.distance(118, 100, map_colour(0)), 1);
  EXPECT_LE(found.distance(141, 100, map_colour(0)), 1);
}

TEST(Image, AMarkGoesAroundItsPixel) {
  canvas onto(400, 300, {0, 0, 0});
  map_axis const axis{"x", "mm", steps(5, 0.1)};
  mark_pixel(onto, {100, 50, 200, 150}, axis, axis, 3, 1, {1, 0, 0});
  pixels const found(onto);
  for (int x : {157, 183}) EXPECT_LE(found.distance(x, 80, {1, 0, 0}), 90) << x;
  EXPECT_EQ(found.distance(170, 80, {0, 0, 0}), 0);  // the pixel itself stays
  EXPECT_EQ(found.distance(130, 80, {0, 0, 0}), 0);
}

TEST(Curves, ABandReachesFromTheValueLessToTheValuePlusItsError) {
  canvas onto(700, 500, {1, 1, 1});
  map_axis const channels{"q", "1/nm", steps(50, 1)};
  curve const flat{std::vector<double>(50, 100), std::vector<double>(50, 20), {0, 0, 1}, ""};
  box const place{100, 100, 600, 400};
  draw_curves(onto, place, {.channels = channels, .curves = {flat}, .marked = {}, .title = "", .down = ""});
  pixels const found(onto);
  // 0 is at 400, 109 at 100.
  auto const y_of = [](double v) { return static_cast<int>(std::lround(400 - v / 109 * 300)); };
  for (int x : {111, 300, 588}) {
    EXPECT_LE(std::min(found.distance(x, y_of(100), {0, 0, 1}), found.distance(x, y_of(100) - 1, {0, 0, 1})), 70) << x;
    for (double v : {83.0, 92.0, 107.0}) EXPECT_LE(found.distance(x, y_of(v), {0.75F, 0.75F, 1}), 8) << x << " " << v;
    for (double v : {45.0, 77.0}) EXPECT_LE(found.distance(x, y_of(v), {1, 1, 1}), 2) << x << " " << v;
  }
}

TEST(Curves, KeepWithinTheirBoxWhateverTheyAre) {
  double const nan = std::nan("");
  map_axis const channels{"q", "", steps(4, 1)};
  for (auto const& values :
       {std::vector<double>{-1e30, 5, nan, 1e30}, {0, 0, 0, 0}, {nan, nan, nan, nan}, {-3, -4, -5, -6}}) {
    canvas onto(300, 300, {1, 1, 1});
    draw_curves(onto, {100, 100, 200, 200},
                {.channels = channels,
                 .curves = {{values, {nan, 1e30, 0, 1}, {0, 0, 1}, ""}},
                 .marked = {},
                 .title = "",
                 .down = "",
                 .peaks = true});
    pixels const found(onto);
    for (int x = 0; x < 300; ++x)
      for (int y : {5, 95, 260}) EXPECT_GT(found.distance(x, y, {0, 0, 1}), 200) << x << " " << y;
  }
}

/// The column of pixels in which a colour is highest, and how high.
std::array<int, 2> top_of(pixels const& in, colour ink, int from_x, int from_y) {
  for (int y = from_y; y < in.height(); ++y)
    for (int x = from_x; x < in.width; ++x)
      if (in.distance(x, y, ink) < 12) return {x, y};
  return {-1, -1};
}

/// A tomogram with a voxel of its own, whose peak is elsewhere.
void write_tomogram(std::string const& path, std::size_t row, std::size_t column, std::size_t channel) {
  std::size_t const size = 20, bins = 56;
  std::vector<float> values(size * size * bins, 1), errors(values.size(), 0.1F);
  for (std::size_t v = 0; v < size * size; ++v) values[v * bins + 10] = 5;
  values[(row * size + column) * bins + channel] = 300;
  nexus_file file(path, nexus_file::mode::create);
  add_array(file, "tomogram",
            {{"y", steps(size, 0.1, -1)}, {"x", steps(size, 0.1, -1)}, {"q", steps(bins, 0.5, 3), "1/nm"}}, values,
            errors);
  file.close();
}

TEST(VoxelPicture, HasThePeakOfItsVoxelAtItsPlace) {
  set_log(log_level::error, "xrdct: ");
  test::temporary_folder const folder;
  std::vector<int> tops;
  for (std::size_t const channel : {5U, 15U, 25U, 50U}) {
    write_tomogram(folder / "result.h5", 4, 13, channel);
    plot_options options{.file = folder / "result.h5", .output = {}};
    options.voxels = {{0.31, -0.62}};  // the nearest voxel counts
    auto const content = read_voxels(options);
    EXPECT_EQ(content.curves[0].values[channel], 300);
    EXPECT_EQ(content.curves[0].label, "x = 0.3, y = -0.6 mm");
    EXPECT_EQ(content.places->marked, (std::vector<std::array<std::size_t, 2>>{{4, 13}}));
    pixels const found(draw(content));
    auto const [x, y] = top_of(found, mark_colour(0), 600, 110);
    EXPECT_GT(x, 0);
    tops.push_back(x);
    EXPECT_EQ(read_voxels({.file = folder / "result.h5", .output = {}}).places->marked, content.places->marked)
        << "the brightest";
  }
  // As far apart as the channels are: 20 pixels each.
  EXPECT_NEAR(tops[1] - tops[0], 200, 3);
  EXPECT_NEAR(tops[2] - tops[1], 200, 3);
  EXPECT_NEAR(tops[3] - tops[2], 500, 3);
}

TEST(MapPicture, HasARangesMapBesideAllChannels) {
  test::temporary_folder const folder;
  write_tomogram(folder / "result.h5", 4, 13, 30);
  plot_options options{.file = folder / "result.h5", .output = {}};
  options.ranges = {{17.6, 18.4}};  // channel 30, which is 18
  auto const content = read_maps(options, result_array::tomogram);
  ASSERT_EQ(content.ranges.size(), 1U);
  EXPECT_EQ(content.ranges[0].first, 30U);
  EXPECT_EQ(content.ranges[0].last, 31U);
  EXPECT_EQ(content.maps[0][4 * 20 + 13], 300);
  EXPECT_EQ(content.maps[0][4 * 20 + 12], 1);
  EXPECT_EQ(content.total[0], 55 + 5);
  options.ranges = {{18.1, 18.4}};
  EXPECT_THROW(read_maps(options, result_array::tomogram), input_error);
  options.ranges = {};
  options.channels = {{30, 32}, {0, 1}};
  EXPECT_EQ(read_maps(options, result_array::tomogram).maps[0][4 * 20 + 13], 301);
  options.channels = {{0, 57}};
  EXPECT_THROW(read_maps(options, result_array::tomogram), input_error);
}

TEST(Plot, ShowsWhatAResultHolds) {
  set_log(log_level::error, "xrdct: ");
  test::temporary_folder const folder;
  std::string const result = folder / "result.h5", out = folder / "out.png";
  auto const drawn = [&](plot_kind kind) {
    plot_options options{.file = result, .output = out, .overwrite = true};
    options.show = kind;
    plot(options);
  };
  std::vector<float> const some(4 * 6 * 8, 1);
  nexus_file patterns(result, nexus_file::mode::create);
  add_array(patterns, "patterns", {{"frame", steps(24, 1)}, {"q", steps(8, 1), "1/nm"}}, some, some);
  patterns.close();
  EXPECT_NO_THROW(drawn(plot_kind::automatic));
  EXPECT_NO_THROW(drawn(plot_kind::pattern));
  EXPECT_EQ(read_mean_pattern({.file = result, .output = {}}).image->down.values.size(), 24U);
  for (auto const kind : {plot_kind::maps, plot_kind::sinogram, plot_kind::voxel})
    EXPECT_THROW(drawn(kind), input_error);
  nexus_file more(result, nexus_file::mode::append);
  add_array(more, "sinogram",
            {{"rotation_angle", steps(4, 1), "deg"}, {"translation", steps(6, 1)}, {"q", steps(8, 1), "1/nm"}}, some,
            some);
  more.close();
  for (auto const kind : {plot_kind::automatic, plot_kind::sinogram, plot_kind::pattern}) EXPECT_NO_THROW(drawn(kind));
  EXPECT_FALSE(read_mean_pattern({.file = result, .output = {}}).image.has_value());
  EXPECT_THROW(drawn(plot_kind::voxel), input_error);
}

TEST(Plot, RefusesVoxelsAndRangesThatAreNone) {
  test::temporary_folder const folder;
  write_tomogram(folder / "result.h5", 4, 13, 30);
  plot_options options{.file = folder / "result.h5", .output = folder / "out.png"};
  options.voxels = {{0.96, 0}};
  EXPECT_THROW(plot(options), input_error);
  options.voxels = {{0, -1.06}};
  EXPECT_THROW(plot(options), input_error);
  options.voxels.assign(5, {0, 0});
  EXPECT_THROW(plot(options), usage_error);
  options.voxels = {{0, 0}};
  options.show = plot_kind::sinogram;
  EXPECT_THROW(plot(options), usage_error);
  options.voxels = {};
  options.show = plot_kind::maps;
  options.ranges = {{100, 200}};
  EXPECT_THROW(plot(options), input_error);
  options.ranges.assign(5, {5, 10});
  EXPECT_THROW(plot(options), usage_error);
}

}  // namespace
}  // namespace xrdct
