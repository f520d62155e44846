// Series of image files, as a user names them.

#include "tests/app/program.hpp"
#include "tests/support/image_files.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/io/arrays.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <numeric>
#include <random>

namespace xrdct::test {
namespace {

using testing::HasSubstr;
using words = std::vector<std::string>;

constexpr int rotations = 5, translations = 7;

/// A scan of which each frame is a CBF file that says in its header where it was taken.
class Series : public testing::Test {
 protected:
  Series() {
    for (int i = 0; i < rotations * translations; ++i) {
      made_image image{50, 60, {}};
      std::mt19937 random(static_cast<unsigned>(i));
      for (int k = 0; k < 3000; ++k) image.values.push_back(static_cast<std::int64_t>(random() % 500));
      write_cbf(folder_ / name(i), image, "",
                "# Phi " + std::to_string(36 * (i / translations)) + " deg.\r\n# Position " +
                    std::to_string(0.5 * (i % translations)) + " mm\r\n# Flux " + std::to_string(1000 + i) + "\r\n");
    }
    std::ofstream(folder_ / "g.poni") << "Distance: 0.05\nPixelSize1: 2e-4\nPixelSize2: 2e-4\nPoni1: 0.001\n"
                                         "Poni2: 0.002\nRot1: 0.02\nRot2: 0\nRot3: 0\nWavelength: 2e-11\n";
  }
  static std::string name(int i) { return "s_" + std::to_string(i + 1) + ".cbf"; }
  finished_run run(std::string const& command, words const& more, int ranks = 0) {
    words line{command, "--log-level", "error", "--threads", "2", "--poni", "g.poni", "--bins", "40", "--overwrite"};
    line.insert(line.end(), more.begin(), more.end());
    return run_program(folder_.path(), line, ranks);
  }
  std::vector<float> numbers(std::string const& file, std::string const& dataset) {
    auto const shape = dataset_shape(folder_ / file, dataset);
    std::vector<std::uint64_t> const zero(shape.size(), 0);
    std::vector<float> values(std::accumulate(shape.begin(), shape.end(), std::uint64_t{1}, std::multiplies<>()));
    read_block(folder_ / file, dataset, zero, shape, values);
    return values;
  }
  std::vector<float> patterns(words more, int ranks = 0) {
    more.insert(more.end(), {"-o", "p.h5"});
    auto const done = run("integrate", more, ranks);
    EXPECT_EQ(done.code, 0) << done.err;
    return done.code == 0 ? numbers("p.h5", "/entry/patterns/intensity") : std::vector<float>();
  }
  void expect_error(words const& line, int code, std::string const& what) {
    auto const done = run("integrate", line);
    EXPECT_EQ(done.code, code) << done.err;
    ASSERT_EQ(done.errors().size(), 1U) << done.err;
    EXPECT_THAT(done.errors()[0], HasSubstr(what));
  }

  temporary_folder folder_;
};

TEST_F(Series, HasTheSamePatternsHoweverItIsNamedAndRead) {
  auto const expected = patterns({"s_*.cbf"});
  ASSERT_EQ(expected.size(), 35U * 40U);
  words all;
  std::ofstream list(folder_ / "list.txt");
  for (int i = 0; i < 35; ++i) {
    all.push_back(name(i));
    list << name(i) << "\n";
  }
  list.close();
  EXPECT_EQ(patterns(all), expected);
  EXPECT_EQ(patterns({"@list.txt"}), expected);
  EXPECT_EQ(patterns({"s_%d.cbf", "--reading", "pool"}), expected);
  EXPECT_EQ(patterns({"s_%d.cbf:1-35", "--readers", "5", "--batch", "3", "--verify"}), expected);
  EXPECT_EQ(patterns({"s_*.cbf", "--readers", "3", "--reading", "pool"}, 3), expected);
  EXPECT_EQ(patterns({"s_*.cbf"}, 2), expected);
  for (int i = 0; i < 35; i += 3) write_bytes(folder_ / name(i), gzip(bytes_of_file(folder_ / name(i))));
  EXPECT_EQ(patterns({"s_*.cbf"}), expected);
  std::filesystem::remove(folder_ / name(4));
  auto const hole = patterns({"s_%d.cbf"});
  ASSERT_EQ(hole.size(), expected.size());
  for (std::size_t i = 0; i < hole.size(); ++i) {
    if (i / 40 == 4) continue;
    ASSERT_EQ(hole[i], expected[i]) << i;
  }
  EXPECT_EQ(numbers("p.h5", "/entry/frames/status")[4], 1);
}

TEST_F(Series, TakesPositionsFromHeaders) {
  words const line{"s_*.cbf",   "--rotation",  "header:Phi", "--translation", "header:Position",
                   "--monitor", "header:Flux", "-o",         "r.h5"};
  auto const done = run("reconstruct", line);
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(numbers("r.h5", "/entry/sinogram/rotation_angle"), (std::vector<float>{0, 36, 72, 108, 144}));
  EXPECT_EQ(numbers("r.h5", "/entry/sinogram/translation"), (std::vector<float>{0, 0.5, 1, 1.5, 2, 2.5, 3}));
  EXPECT_EQ(read_text_attribute(folder_ / "r.h5", "/entry/sinogram/translation", "units"), "mm");
  // As if it were a regular scan with the same monitor in a text file.
  std::ofstream flux(folder_ / "flux.txt");
  for (int i = 0; i < 35; ++i) flux << 1000 + i << "\n";
  flux.close();
  ASSERT_EQ(run("reconstruct", {"s_*.cbf", "--grid", "5", "7", "--monitor", "flux.txt", "-o", "g.h5"}).code, 0);
  EXPECT_EQ(numbers("r.h5", "/entry/sinogram/intensity"), numbers("g.h5", "/entry/sinogram/intensity"));
}

TEST_F(Series, MistakesAreOneLine) {
  expect_error({"t_*.cbf", "-o", "p.h5"}, 3, "'t_*.cbf': no file matches");
  expect_error({"s_*.cbf", "--rotation", "header:Omega", "--translation", "header:Position", "-o", "p.h5"}, 3,
               "there are Phi, Position, Flux");
  expect_error({"s_*.cbf", "--reading", "fast", "-o", "p.h5"}, 2, "--reading");
  expect_error({"s_*.cbf", "--readers", "0", "-o", "p.h5"}, 2, "--readers");
  expect_error({"s_*.cbf", "-o", name(3)}, 2, "is also an input");
  expect_error({"s_*.cbf", "--poni", "g.poni", "-o", "p.h5"}, 2, "1 input, but --poni is given 2 times");
  auto broken = bytes_of_file(folder_ / name(6));
  broken.resize(broken.size() - 100);
  write_bytes(folder_ / name(6), broken);
  expect_error({"s_*.cbf", "-o", "p.h5"}, 3, "frame 6 of s_*.cbf (s_7.cbf): truncated");
}

}  // namespace
}  // namespace xrdct::test
