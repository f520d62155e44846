// xrdct bench, as a user runs it.
#include "tests/app/program.hpp"
#include "tests/support/shared_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace xrdct::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using words = std::vector<std::string>;

std::string content(std::filesystem::path const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class bench_program : public testing::Test {
 protected:
  finished_run run(words line) {
    line.insert(line.begin(), "bench");
    return run_program(folder_.path(), line);
  }
  void expect_error(words const& line, int code, std::string const& what) {
    auto const done = run(line);
    EXPECT_EQ(done.code, code) << done.err;
    EXPECT_THAT(done.err, HasSubstr(what));
    EXPECT_THAT(done.out, IsEmpty());
  }
  std::filesystem::path path(std::string const& name) const { return folder_ / name; }

 private:
  temporary_folder folder_;
};

words const small{"--detector", "Pilatus 100k", "--frames", "7", "--distinct", "3"};

words with(words line, words const& more) {
  line.insert(line.end(), more.begin(), more.end());
  return line;
}

TEST_F(bench_program, SavesMadeFramesThatIntegrateReads) {
  auto const made = run(with(small, {"--type", "u16", "--save", "kept.h5"}));
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_THAT(made.err, HasSubstr("7 made frames (3 distinct, seed 1) of Pilatus 100k, 195 x 487 u16"));
  auto const again = run(with(small, {"--type", "u16", "--save", "again.h5", "--threads", "1"}));
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(content(path("kept.h5")), content(path("again.h5")));
  EXPECT_EQ(content(path("kept_mask.edf")), content(path("again_mask.edf")));
  auto const read = run_program(path("").string(), {"integrate", "kept.h5", "--poni", "kept.poni", "--mask",
                                                    "kept_mask.edf", "--bins", "20", "-o", "patterns.h5"});
  EXPECT_EQ(read.code, 0) << read.err;
  expect_error(with(small, {"--save", "kept.h5"}), 2, "--overwrite");
  EXPECT_EQ(run(with(small, {"--save", "kept.h5", "--overwrite"})).code, 0);
}

TEST_F(bench_program, RefusesWhatMakesNoFrames) {
  expect_error({"--detector", "Pilatus 7Q", "--save", "x.h5"}, 3, "Pilatus");
  expect_error({"--save", "x.nxs"}, 2, ".h5");
  expect_error({"--type", "f64", "--save", "x.h5"}, 2, "--type");
  expect_error(with(small, {"--ratio", "1e5", "--save", "x.h5"}), 2, "compressed by");
  expect_error({"--frames", "0"}, 2, "--frames");
  expect_error({"scan.h5", "--seed", "4"}, 2, "--seed is for made frames");
  expect_error({"--poni", "x.poni"}, 2, "--poni needs INPUT");
  for (char const* name : {"x.h5", "x.poni", "x_mask.edf"}) EXPECT_FALSE(std::filesystem::exists(path(name)));
}

TEST_F(bench_program, SuggestsNearNames) {
  expect_error({"--layout", "serail"}, 2, "did you mean 'serial'?");
  expect_error({"--stage", "read,integrat"}, 2, "did you mean 'integrate'?");
  expect_error({"--stage", "dance"}, 2, "read, lz4, unshuffle");
  expect_error({"--stage", ","}, 2, "no stage is named");
}

}  // namespace
}  // namespace xrdct::test
