// Arrays of results as pictures need them, against plain sums.
#include "xrdct/plot/map_reader.hpp"

#include "tests/plot/results.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace xrdct {
namespace {

using test::add_array;
using test::made_axis;
using test::steps;

/// Values and errors of an array [layer][sector][row][column][channel].
struct made_array {
  std::size_t layers, sectors, rows, columns, channels;
  std::vector<float> values, errors;

  made_array(std::size_t l, std::size_t s, std::size_t r, std::size_t t, std::size_t c, unsigned seed)
      : layers(l), sectors(s), rows(r), columns(t), channels(c), values(l * s * r * t * c), errors(values.size()) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> number(0.5F, 2);
    for (float& v : values) v = number(random);
    for (float& v : errors) v = 0.1F * number(random);
  }
  std::size_t at(std::size_t l, std::size_t s, std::size_t r, std::size_t t, std::size_t c) const {
    return (((l * sectors + s) * rows + r) * columns + t) * channels + c;
  }
  /// Not measured.
  void miss(std::size_t l, std::size_t r, std::size_t t) {
    for (std::size_t s = 0; s < sectors; ++s)
      for (std::size_t c = 0; c < channels; ++c)
        values[at(l, s, r, t, c)] = errors[at(l, s, r, t, c)] = std::numeric_limits<float>::quiet_NaN();
  }
};

void write_sinogram(std::string const& path, made_array const& a) {
  nexus_file file(path, nexus_file::mode::create);
  std::vector<made_axis> axes{{"rotation_angle", steps(a.rows, 2), "deg"},
                              {"translation", steps(a.columns, 0.1)},
                              {"two_theta", steps(a.channels, 0.5), "deg"}};
  if (a.sectors > 1) axes.insert(axes.begin(), {"azimuth", steps(a.sectors, 90, -90), "deg"});
  if (a.layers > 1) axes.insert(axes.begin(), {"layer", steps(a.layers, 0.2)});
  add_array(file, "sinogram", axes, a.values, a.errors);
  file.close();
}

TEST(MapReader, MeansAndErrorsOfASinogramAreThoseOfWhatWasMeasured) {
  test::temporary_folder const folder;
  for (std::size_t const sectors : {1U, 3U})
    for (std::size_t const layers : {1U, 2U}) {
      made_array a(layers, sectors, 7, 5, 6, static_cast<unsigned>(10 * sectors + layers));
      a.miss(layers - 1, 2, 3);
      a.miss(layers - 1, 6, 0);
      write_sinogram(folder / "result.h5", a);
      map_reader const reader(folder / "result.h5", result_array::sinogram);  // the last layer of two
      EXPECT_EQ(reader.rows().name, "rotation");
      EXPECT_EQ(reader.columns().name, "translation");
      EXPECT_EQ(reader.channels().name, "2\1");
      EXPECT_EQ(reader.unit(), "counts");
      EXPECT_EQ(reader.entries_in_mean(), 33U);
      auto const mean = reader.mean_with_errors();
      for (std::size_t c = 0; c < 6; ++c) {
        double sum = 0, squares = 0;
        for (std::size_t s = 0; s < sectors; ++s)
          for (std::size_t r = 0; r < 7; ++r)
            for (std::size_t t = 0; t < 5; ++t) {
              if ((r == 2 && t == 3) || (r == 6 && t == 0)) continue;
              auto const at = a.at(layers - 1, s, r, t, c);
              sum += static_cast<double>(a.values[at]);
              squares += std::pow(static_cast<double>(a.errors[at]), 2);
            }
        auto const n = static_cast<double>(33 * sectors);
        EXPECT_NEAR(mean.values[c], sum / n, 1e-9);
        EXPECT_NEAR(mean.errors[c], std::sqrt(squares) / n, 1e-9);
      }
      peak const range[] = {{2, 1, 4, 0}};
      auto const map = reader.sums(range)[0];
      EXPECT_TRUE(std::isnan(map[2 * 5 + 3]));
      double expected = 0;
      for (std::size_t s = 0; s < sectors; ++s)
        for (std::size_t c = 1; c < 4; ++c)
          expected += static_cast<double>(a.values[a.at(layers - 1, s, 4, 2, c)]) / static_cast<double>(sectors);
      EXPECT_NEAR(map[4 * 5 + 2], expected, 1e-5);
      EXPECT_EQ(mean.by_sector.size(), sectors * 6);
    }
}

TEST(MapReader, ErrorsOfTheMeanVoxelAreRootMeanSquares) {
  test::temporary_folder const folder;
  made_array const a(1, 1, 4, 3, 5, 3);
  nexus_file file(folder / "result.h5", nexus_file::mode::create);
  add_array(file, "tomogram", {{"y", steps(4, 0.1)}, {"x", steps(3, 0.1)}, {"q", steps(5, 1), "1/nm"}}, a.values,
            a.errors);
  file.close();
  auto const mean = map_reader(folder / "result.h5").mean_with_errors();
  for (std::size_t c = 0; c < 5; ++c) {
    double squares = 0;
    for (std::size_t v = 0; v < 12; ++v) squares += std::pow(static_cast<double>(a.errors[v * 5 + c]), 2);
    EXPECT_NEAR(mean.errors[c], std::sqrt(squares / 12), 1e-9);
  }
}

TEST(MapReader, AnEntryIsItsOwnPattern) {
  test::temporary_folder const folder;
  made_array const a(2, 3, 4, 5, 6, 12);
  write_sinogram(folder / "result.h5", a);
  map_reader const all(folder / "result.h5", result_array::sinogram, {}, 0);
  map_reader const one(folder / "result.h5", result_array::sinogram, 2, 0);
  auto const mean = all.entry(3, 1);
  auto const single = one.entry(3, 1);
  ASSERT_EQ(mean.by_sector.size(), 18U);
  ASSERT_EQ(single.by_sector.size(), 6U);
  for (std::size_t c = 0; c < 6; ++c) {
    double sum = 0, squares = 0;
    for (std::size_t s = 0; s < 3; ++s) {
      auto const at = a.at(0, s, 3, 1, c);
      EXPECT_EQ(mean.by_sector[s * 6 + c], a.values[at]);
      sum += static_cast<double>(a.values[at]);
      squares += std::pow(static_cast<double>(a.errors[at]), 2);
    }
    EXPECT_NEAR(mean.values[c], sum / 3, 1e-9);
    EXPECT_NEAR(mean.errors[c], std::sqrt(squares) / 3, 1e-9);
    EXPECT_NEAR(single.values[c], a.values[a.at(0, 2, 3, 1, c)], 1e-9);
    EXPECT_NEAR(single.errors[c], a.errors[a.at(0, 2, 3, 1, c)], 1e-7);
  }
}

TEST(MapReader, PatternsOfFramesHaveSectorsBehindTheFrame) {
  test::temporary_folder const folder;
  std::size_t const frames = 11, sectors = 2, bins = 4;
  made_array const a(1, frames, sectors, 1, bins, 5);  // [frame][sector][channel]
  nexus_file file(folder / "result.h5", nexus_file::mode::create);
  add_array(file, "patterns",
            {{"frame", steps(frames, 1)}, {"azimuth", steps(sectors, 180, -90), "deg"}, {"q", steps(bins, 1), "1/nm"}},
            a.values, {});
  file.close();
  map_reader const reader(folder / "result.h5", result_array::patterns);
  EXPECT_TRUE(reader.mean_with_errors().errors.empty());
  EXPECT_EQ(reader.rows().values.size(), frames);
  EXPECT_EQ(reader.columns().values.size(), 1U);
  auto const value = [&](std::size_t f, std::size_t c) {
    return (static_cast<double>(a.values[(f * sectors) * bins + c]) +
            static_cast<double>(a.values[(f * sectors + 1) * bins + c])) /
           2;
  };
  auto const [rows, where] = reader.patterns_by_row(4);  // three frames a row, two in the last
  ASSERT_EQ(where.values, (std::vector<double>{1, 4, 7, 9.5}));
  for (std::size_t r = 0; r < 4; ++r)
    for (std::size_t c = 0; c < bins; ++c) {
      double sum = 0, n = 0;
      for (std::size_t f = 3 * r; f < std::min<std::size_t>(frames, 3 * r + 3); ++f) sum += value(f, c), ++n;
      EXPECT_NEAR(rows[r * bins + c], sum / n, 1e-6);
    }
  EXPECT_NEAR(reader.entry(7, 0).values[2], value(7, 2), 1e-9);
  EXPECT_THROW(map_reader(folder / "result.h5", result_array::patterns, {}, 0), input_error);
  EXPECT_THROW(map_reader(folder / "result.h5", result_array::sinogram), input_error);
}

}  // namespace
}  // namespace xrdct
