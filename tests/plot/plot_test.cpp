#include "xrdct/plot/plot.hpp"
#include "tests/io/h5_files.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/io/result_file.hpp"
#include "xrdct/plot/canvas.hpp"
#include "xrdct/plot/colour_map.hpp"
#include "xrdct/plot/map_reader.hpp"
#include "xrdct/plot/peaks.hpp"
#include "xrdct/plot/stroke_font.hpp"
#include "xrdct/plot/ticks.hpp"

#include <png.h>

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>

namespace xrdct {
namespace {

std::vector<std::string> labels(double lower, double upper, int wanted) {
  std::vector<std::string> all;
  for (auto const& t : ticks_between(lower, upper, wanted)) all.push_back(t.label);
  return all;
}

TEST(Ticks, AreRoundNumbersWithinTheRange) {
  using texts = std::vector<std::string>;
  EXPECT_EQ(labels(0, 1, 5), (texts{"0", "0.2", "0.4", "0.6", "0.8", "1.0"}));
  EXPECT_EQ(labels(-1.5, 1.5, 4), (texts{"-1", "0", "1"}));
  EXPECT_EQ(labels(3, 61, 6), (texts{"10", "20", "30", "40", "50", "60"}));
  EXPECT_EQ(labels(0, 2.4e6, 3), (texts{"0", "1e6", "2e6"}));
  EXPECT_EQ(labels(0, 3e-5, 3), (texts{"0", "1e-5", "2e-5", "3e-5"}));
  std::mt19937 random(7);
  std::uniform_real_distribution<double> exponent(-9, 9), share(0.01, 1);
  for (int i = 0; i < 2000; ++i) {
    double const span = std::pow(10, exponent(random));
    double const lower = (share(random) - 0.5) * 20 * span;
    auto const ticks = ticks_between(lower, lower + span, 5);
    EXPECT_GE(ticks.size(), 2U) << lower << " " << span;
    EXPECT_LE(ticks.size(), 11U);
    for (auto const& t : ticks) {
      EXPECT_GE(t.value, lower - 1e-6 * span);
      EXPECT_LE(t.value, lower + span * (1 + 1e-6));
    }
  }
}

TEST(Ticks, OfEmptyOrEndlessRangesAreNone) {
  double const inf = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(ticks_between(1, 1, 5).empty());
  EXPECT_TRUE(ticks_between(2, 1, 5).empty());
  EXPECT_TRUE(ticks_between(0, inf, 5).empty());
  EXPECT_TRUE(ticks_between(std::nan(""), 1, 5).empty());
}

std::vector<double> bumps(std::vector<std::array<double, 3>> const& places, std::size_t n) {
  std::vector<double> y(n, 0.5);
  for (std::size_t i = 0; i < n; ++i)
    for (auto const& [at, height, width] : places)
      y[i] += height * std::exp(-std::pow((static_cast<double>(i) - at) / width, 2));
  return y;
}

TEST(Peaks, ComeByProminenceWithTheirHalfWidth) {
  auto const y = bumps({{30, 5, 4}, {80, 9, 6}, {150, 2, 5}}, 200);
  auto const peaks = find_peaks(y, 10, 0.01);
  ASSERT_EQ(peaks.size(), 3U);
  EXPECT_EQ(peaks[0].top, 80U);
  EXPECT_EQ(peaks[1].top, 30U);
  EXPECT_EQ(peaks[2].top, 150U);
  EXPECT_NEAR(peaks[0].prominence, 9, 0.01);
  // exp(−x²) halves at √ln 2.
  double const half = 6 * std::sqrt(std::log(2.0));
  EXPECT_NEAR(static_cast<double>(peaks[0].last - peaks[0].first), 2 * half, 1.5);
  EXPECT_EQ(find_peaks(y, 2, 0.01).size(), 2U);
  EXPECT_EQ(find_peaks(y, 10, 0.5).size(), 2U);
}

TEST(Peaks, OnAShoulderCountOnlyWhatStandsOut) {
  auto const y = bumps({{50, 10, 8}, {66, 3, 3}}, 120);
  auto const peaks = find_peaks(y, 10, 0.01);
  ASSERT_EQ(peaks.size(), 2U);
  EXPECT_LT(peaks[1].prominence, 3.2);
  EXPECT_GT(peaks[1].first, 58U);
}

TEST(Peaks, AreNoneWhereNothingStandsOut) {
  EXPECT_TRUE(find_peaks(std::vector<double>(50, 3.0), 5, 0.1).empty());
  EXPECT_TRUE(find_peaks(std::vector<double>{}, 5, 0.1).empty());
  EXPECT_TRUE(find_peaks(std::vector<double>{1, 2}, 5, 0.1).empty());
  EXPECT_TRUE(find_peaks(std::vector<double>(50, std::nan("")), 5, 0.1).empty());
}

TEST(ColourMap, GrowsEvenlyInLightness) {
  // CIE L* from sRGB, not the space that the colours are made in.
  auto const lightness = [](colour c) {
    auto const linear = [](float v) {
      auto const x = static_cast<double>(v);
      return x <= 0.04045 ? x / 12.92 : std::pow((x + 0.055) / 1.055, 2.4);
    };
    double const y = 0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue);
    return y > 0.008856 ? 116 * std::cbrt(y) - 16 : 903.3 * y;
  };
  double const whole = lightness(map_colour(1)) - lightness(map_colour(0));
  EXPECT_GT(whole, 70);
  for (int i = 0; i < 20; ++i) {
    double const step = lightness(map_colour((i + 1) / 20.0)) - lightness(map_colour(i / 20.0));
    EXPECT_GT(step, 0.5 * whole / 20) << i;
    EXPECT_LT(step, 1.6 * whole / 20) << i;
  }
  EXPECT_EQ(lightness(map_colour(-3)), lightness(map_colour(0)));
  EXPECT_EQ(lightness(map_colour(7)), lightness(map_colour(1)));
}

TEST(Canvas, DrawsWithinItsBoundsWhateverItIsGiven) {
  canvas onto(20, 10, {1, 1, 1});
  onto.line({-1000, -50}, {1000, 60}, 3, {0, 0, 0});
  onto.fill({-5, -5}, {3, 3}, {1, 0, 0});
  onto.frame({15, 5}, {400, 300}, 2, {0, 0, 1});
  onto.set(-1, 4, {0, 0, 0});
  onto.set(20, 4, {0, 0, 0});
  auto const bytes = onto.bytes();
  ASSERT_EQ(bytes.size(), 20U * 10 * 3);
  EXPECT_EQ(bytes[0], 255);
  EXPECT_EQ(bytes[1], 0);
}

TEST(Canvas, ALineCoversItsArea) {
  canvas onto(100, 40, {1, 1, 1});
  onto.line({10, 20}, {90, 20}, 4, {0, 0, 0});
  double ink = 0;
  auto const bytes = onto.bytes();
  for (std::size_t i = 0; i < bytes.size(); i += 3) ink += 1 - bytes[i] / 255.0;
  EXPECT_NEAR(ink, 80 * 4 + 3.14159 * 4, 2);  // round ends
}

TEST(Font, WritesWhatPicturesSay) {
  // Every sign that labels are made of leaves ink, and none leaves its line.
  for (char sign : std::string("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.,:;-+/()[]=_'%\1\2")) {
    canvas onto(60, 60, {1, 1, 1});
    write_text(onto, {20, 40}, std::string(1, sign), {.size = 18});
    auto const bytes = onto.bytes();
    int ink = 0;
    for (std::size_t p = 0; p < bytes.size(); p += 3) {
      if (bytes[p] > 200) continue;
      ++ink;
      double const x = static_cast<double>(p / 3 % 60);
      double const y = static_cast<double>(p / 3 / 60);
      EXPECT_GE(x, 18);
      EXPECT_LE(x, 22 + text_width(std::string(1, sign), 18));
      EXPECT_GE(y, 40 - 24);
      EXPECT_LE(y, 40 + 8);
    }
    EXPECT_GT(ink, 2) << sign;
  }
  EXPECT_EQ(text_width("", 18), 0);
  EXPECT_GT(text_width("ab", 18), text_width("a", 18));
}

TEST(Maps, CorrelationIsPearsons) {
  value_map const a{1, 2, 3, 4, std::nanf("")};
  EXPECT_NEAR(correlation(a, {2, 4, 6, 8, 1}), 1, 1e-12);
  EXPECT_NEAR(correlation(a, {-2, -4, -6, -8, 1}), -1, 1e-12);
  EXPECT_NEAR(correlation(a, {1, 3, 2, 4, 1}), 0.8, 1e-12);
  EXPECT_EQ(correlation(a, {5, 5, 5, 5, 5}), 0);
}

/// A result with a tomogram of this shape, [y][x][channel].
void write_result(std::string const& path, std::array<std::uint64_t, 3> shape, std::vector<float> const& values) {
  nexus_file file(path, nexus_file::mode::create);
  file.array<float>("/entry/tomogram/intensity", values, shape);
  auto const axis = [&](char const* name, std::uint64_t n, double step) {
    std::vector<double> places;
    for (std::uint64_t i = 0; i < n; ++i) places.push_back(static_cast<double>(i) * step);
    file.array(std::string("/entry/tomogram/") + name, places, "mm");
  };
  axis("y", shape[0], 0.1);
  axis("x", shape[1], 0.1);
  axis("q", shape[2], 0.5);
  file.close();
}

TEST(Plot, ReadsSumsAndMeans) {
  test::temporary_folder const folder;
  std::string const path = folder / "result.h5";
  std::vector<float> values(3 * 2 * 5);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * i % 17);
  values[7] = std::nanf("");
  write_result(path, {3, 2, 5}, values);
  map_reader const reader(path);
  EXPECT_EQ(reader.channels().name, "q");
  EXPECT_EQ(reader.channels().values.size(), 5U);
  auto const mean = reader.mean_pattern();
  for (std::size_t c = 0; c < 5; ++c) {
    double sum = 0;
    int n = 0;
    for (std::size_t v = 0; v < 6; ++v)
      if (v * 5 + c != 7) sum += static_cast<double>(values[v * 5 + c]), ++n;
    EXPECT_NEAR(mean[c], sum / n, 1e-12);
  }
  peak const ranges[] = {{0, 0, 5, 0}, {3, 3, 4, 0}};
  auto const maps = reader.sums(ranges);
  ASSERT_EQ(maps.size(), 2U);
  EXPECT_TRUE(std::isnan(maps[0][1]));
  EXPECT_EQ(maps[0][2], values[10] + values[11] + values[12] + values[13] + values[14]);
  EXPECT_EQ(maps[1][5], values[28]);
}

TEST(Plot, DrawsTomogramsOfAnyShapeAndContent) {
  set_log(log_level::error, "xrdct: ");
  std::mt19937 random(3);
  std::normal_distribution<float> noise;
  for (std::array<std::uint64_t, 3> const shape :
       {std::array<std::uint64_t, 3>{1, 1, 1}, {1, 1, 2}, {1, 40, 3}, {40, 1, 300}, {9, 13, 50}})
    for (float scale : {0.F, 1.F, -1e30F, std::numeric_limits<float>::quiet_NaN()}) {
      test::temporary_folder const folder;
      std::vector<float> values(shape[0] * shape[1] * shape[2]);
      for (float& v : values) v = scale * std::abs(noise(random));
      write_result(folder / "result.h5", shape, values);
      plot({folder / "result.h5", folder / "picture.png", {}, false});
      png_image picture{};
      picture.version = PNG_IMAGE_VERSION;
      ASSERT_NE(png_image_begin_read_from_file(&picture, (folder / "picture.png").c_str()), 0) << picture.message;
      EXPECT_GE(picture.width, 900U);
      EXPECT_GE(picture.height, 400U);
      png_image_free(&picture);
      EXPECT_FALSE(std::filesystem::exists(folder / "picture.png.unfinished"));
    }
}

/// A result with a tomogram [sector][y][x][channel].
void write_sectors(std::string const& path, std::array<std::uint64_t, 4> shape, std::vector<float> const& values) {
  nexus_file file(path, nexus_file::mode::create);
  file.array<float>("/entry/tomogram/intensity", values, shape);
  char const* const names[] = {"azimuth", "y", "x", "q"};
  for (std::size_t d = 0; d < 4; ++d) {
    std::vector<double> places;
    for (std::uint64_t i = 0; i < shape[d]; ++i) places.push_back(-90 + 45 * static_cast<double>(i));
    file.array(std::string("/entry/tomogram/") + names[d], places, d == 0 ? "deg" : "mm");
  }
  file.close();
}

TEST(Plot, MeanOfSectorsIsOverThoseThatHoldAnything) {
  test::temporary_folder const folder;
  std::string const path = folder / "result.h5";
  constexpr std::size_t sectors = 3, voxels = 35 * 2, bins = 4;
  std::mt19937 random(8);
  std::uniform_real_distribution<float> number(0.5F, 2);
  std::vector<float> values(sectors * voxels * bins);
  // No sector sees channel 3, one does not see channel 1.
  auto const sees = [](std::size_t s, std::size_t c) { return c != 3 && !(c == 1 && s == 2); };
  for (std::size_t i = 0; i < values.size(); ++i)
    if (sees(i / (voxels * bins), i % bins)) values[i] = number(random);
  write_sectors(path, {sectors, 35, 2, bins}, values);

  map_reader const mean(path);
  EXPECT_EQ(mean.shown_part(), "mean of 3 sectors");
  map_reader const last(path, result_array::tomogram, 2);
  EXPECT_EQ(last.shown_part(), "sector 2 at azimuth 0 deg");
  peak const all[] = {{0, 0, bins, 0}};
  auto const map = mean.sums(all)[0];
  auto const last_map = last.sums(all)[0];
  std::vector<double> pattern(bins);
  std::vector<double> last_pattern(bins);
  for (std::size_t v = 0; v < voxels; ++v) {
    double total = 0;
    double total_of_last = 0;
    for (std::size_t c = 0; c < bins; ++c) {
      double sum = 0, n = 0;
      for (std::size_t s = 0; s < sectors; ++s)
        if (sees(s, c)) sum += static_cast<double>(values[(s * voxels + v) * bins + c]), ++n;
      double const one = n > 0 ? sum / n : 0;
      pattern[c] += one / voxels;
      total += one;
      auto const of_last = static_cast<double>(values[(2 * voxels + v) * bins + c]);
      last_pattern[c] += of_last / voxels;
      total_of_last += of_last;
    }
    EXPECT_NEAR(map[v], total, 1e-6 * total);
    EXPECT_NEAR(last_map[v], total_of_last, 1e-6 * total_of_last);
  }
  for (std::size_t c = 0; c < bins; ++c) {
    EXPECT_NEAR(mean.mean_pattern()[c], pattern[c], 1e-12);
    EXPECT_NEAR(last.mean_pattern()[c], last_pattern[c], 1e-12);
  }
}

TEST(Plot, DrawsSectorsOrRefusesThem) {
  set_log(log_level::error, "xrdct: ");
  test::temporary_folder const folder;
  std::string const result = folder / "result.h5";
  for (std::array<std::uint64_t, 4> const shape :
       {std::array<std::uint64_t, 4>{1, 1, 1, 1}, {4, 5, 3, 20}, {2, 1, 30, 300}})
    for (float const value : {0.F, 3.F, std::numeric_limits<float>::quiet_NaN()}) {
      write_sectors(result, shape, std::vector<float>(shape[0] * shape[1] * shape[2] * shape[3], value));
      EXPECT_NO_THROW(plot({result, folder / "mean.png", {}, true, {}}));
      EXPECT_NO_THROW(plot({result, folder / "last.png", {}, true, static_cast<int>(shape[0]) - 1}));
      EXPECT_THROW(plot({result, folder / "none.png", {}, true, static_cast<int>(shape[0])}), input_error);
      EXPECT_THROW(plot({result, folder / "none.png", {}, true, -1}), input_error);
    }
  EXPECT_FALSE(std::filesystem::exists(folder / "none.png"));

  write_result(result, {2, 2, 4}, std::vector<float>(16, 1));
  EXPECT_THROW(plot({result, folder / "none.png", {}, true, 0}), input_error);  // not divided
  nexus_file file(result, nexus_file::mode::append);
  file.array("/entry/tomogram/azimuth", std::vector<double>{1, 2, 3}, "deg");
  file.close();
  EXPECT_NO_THROW(plot({result, folder / "mean.png", {}, true, {}}));  // an axis of nothing
  nexus_file wrong(result, nexus_file::mode::create);
  std::uint64_t const shape[] = {2, 1, 1, 2};
  wrong.array<float>("/entry/tomogram/intensity", std::vector<float>{1, 2, 3, 4}, shape);
  for (char const* name : {"y", "x"}) wrong.array(std::string("/entry/tomogram/") + name, std::vector<double>{0});
  wrong.array("/entry/tomogram/azimuth", std::vector<double>{1, 2, 3}, "deg");
  wrong.close();
  EXPECT_THROW(plot({result, folder / "none.png", {}, true, {}}), input_error);
}

/// A result with a tomogram [layer][y][x][channel] or [layer][sector][y][x][channel].
void write_layers(std::string const& path, std::vector<std::uint64_t> const& shape, std::vector<float> const& values) {
  nexus_file file(path, nexus_file::mode::create);
  file.array<float>("/entry/tomogram/intensity", values, shape);
  std::vector<std::string> names{"layer", "y", "x", "q"};
  if (shape.size() == 5) names.insert(names.begin() + 1, "azimuth");
  for (std::size_t d = 0; d < shape.size(); ++d) {
    std::vector<double> places;
    for (std::uint64_t i = 0; i < shape[d]; ++i) places.push_back(1 + 0.5 * static_cast<double>(i));
    file.array("/entry/tomogram/" + names[d], places, names[d] == "azimuth" ? "deg" : "mm");
  }
  file.close();
}

TEST(Plot, ShowsOneLayerAlone) {
  set_log(log_level::error, "xrdct: ");
  test::temporary_folder const folder;
  std::string const result = folder / "result.h5";
  std::mt19937 random(9);
  std::uniform_real_distribution<float> number(0.5F, 2);
  for (bool const divided : {false, true}) {
    std::vector<std::uint64_t> shape{4, 5, 3, 6};
    if (divided) shape.insert(shape.begin() + 1, 2);
    std::size_t const voxels = 15, bins = 6, sectors = divided ? 2 : 1;
    std::vector<float> values(4 * sectors * voxels * bins);
    for (float& v : values) v = number(random);
    write_layers(result, shape, values);
    for (std::optional<int> const asked : {std::optional<int>(), std::optional<int>(0), std::optional<int>(3)}) {
      map_reader const reader(result, result_array::tomogram, {}, asked);
      auto const layer = static_cast<std::size_t>(asked.value_or(2));
      std::string const position[] = {"1", "1.5", "2", "2.5"};
      EXPECT_EQ(reader.shown_part(), "layer " + std::to_string(layer) + " of 4 at " + position[layer] + " mm" +
                                         (divided ? ", mean of 2 sectors" : ""));
      peak const all[] = {{0, 0, bins, 0}};
      auto const map = reader.sums(all)[0];
      ASSERT_EQ(map.size(), voxels);
      for (std::size_t v = 0; v < voxels; ++v) {
        double sum = 0;
        for (std::size_t s = 0; s < sectors; ++s)
          for (std::size_t c = 0; c < bins; ++c)
            sum += static_cast<double>(values[((layer * sectors + s) * voxels + v) * bins + c]);
        EXPECT_NEAR(map[v], sum / static_cast<double>(sectors), 1e-5);
      }
    }
    EXPECT_THROW(map_reader(result, result_array::tomogram, {}, 4), input_error);
    EXPECT_THROW(map_reader(result, result_array::tomogram, {}, -1), input_error);
    EXPECT_EQ(map_reader(result, result_array::tomogram, divided ? std::optional<int>(1) : std::optional<int>(), 1)
                  .shown_part(),
              std::string("layer 1 of 4 at 1.5 mm") + (divided ? ", sector 1 at azimuth 1.5 deg" : ""));
    plot({result, folder / "layer.png", {}, true, {}, 3});
    EXPECT_TRUE(std::filesystem::exists(folder / "layer.png"));
  }
  write_result(result, {2, 2, 4}, std::vector<float>(16, 1));
  EXPECT_THROW(plot({result, folder / "none.png", {}, true, {}, 0}), input_error);  // one layer
  write_layers(result, {2, 2, 2, 4}, std::vector<float>(32, 1));
  EXPECT_THROW(plot({result, folder / "none.png", {}, true, 0, {}}), input_error);  // not divided
}

/// What a file only declares.
TEST(Plot, RefusesTomogramsThatNoMemoryHolds) {
  test::temporary_folder const folder;
  std::string const result = folder / "result.h5";
  auto const sparse = test::chunked({1, 1, 1, 1});
  for (auto const& shape : {std::vector<hsize_t>{1U << 30, 1, 1, 1U << 30}, {1, 1U << 31, 1, 1}, {1, 1, 1U << 29, 8}}) {
    test::h5_file file(result);
    file.dataset("/entry/tomogram/intensity", H5T_IEEE_F32LE, shape, sparse.id());
    file.close();
    EXPECT_THROW(plot({result, folder / "none.png", {}, true, {}}), input_error);
  }
}

TEST(Plot, RefusesWhatIsNoTomogram) {
  test::temporary_folder const folder;
  write_result(folder / "result.h5", {2, 2, 4}, std::vector<float>(16, 1));
  std::string const out = folder / "p.png";
  EXPECT_THROW(plot({folder / "absent.h5", out, {}, false}), input_error);
  EXPECT_THROW(plot({folder / "result.h5", out, {{2, 5}}, false}), input_error);
  EXPECT_THROW(plot({folder / "result.h5", folder / "no/folder.png", {}, false}), runtime_failure);
  EXPECT_FALSE(std::filesystem::exists(out));
  std::ofstream(out) << "mine";
  EXPECT_THROW(plot({folder / "result.h5", out, {}, false}), usage_error);
  EXPECT_THROW(plot({folder / "result.h5", out, {}, true}), usage_error);  // no picture, so it stays
  std::filesystem::remove(out);
  EXPECT_NO_THROW(plot({folder / "result.h5", out, {}, false}));
  EXPECT_NO_THROW(plot({folder / "result.h5", out, {}, true}));
}

}  // namespace
}  // namespace xrdct
