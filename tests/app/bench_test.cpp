// xrdct bench, as a user runs it.
#include "tests/app/program.hpp"
#include "tests/support/shared_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

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

TEST_F(bench_program, MeasuresEverythingOnMadeFrames) {
  auto const done = run(
      with(small, {"--rounds", "2", "--seconds", "0.001", "--grid", "6", "8", "--bins", "50", "--json", "all.json"}));
  ASSERT_EQ(done.code, 0) << done.err;
  for (char const* name : {"serial", "pool", "multiprocess", "gpu", "LZ4 alone", "read", "lz4", "unshuffle",
                           "integrate", "reduce", "exchange", "filter", "backproject", "errors", "cgls", "write"})
    EXPECT_THAT(done.out, HasSubstr(std::string("\n  ") + name)) << name;
  auto const all = nlohmann::json::parse(content(path("all.json")));
  ASSERT_EQ(all.at("layouts").size(), 4U);
  ASSERT_EQ(all.at("stages").size(), 11U);
  for (auto const& stage : all.at("stages")) EXPECT_EQ(stage.at("seconds").size(), 2U) << stage;
  for (auto const& layout : all.at("layouts")) EXPECT_EQ(layout.contains("skipped"), layout.at("name") == "gpu");
  EXPECT_EQ(all.at("parameters").at("options").at("detector"), "Pilatus 100k");
  expect_error({"--json", "all.json"}, 2, "--overwrite");
}

TEST_F(bench_program, MeasuresWhatIsNamedOnAFile) {
  ASSERT_EQ(run(with(small, {"--save", "kept.h5"})).code, 0);
  words const file{"kept.h5", "--poni", "kept.poni", "--mask", "kept_mask.edf", "--rounds", "1", "--seconds", "0.001"};
  auto const stages = run(with(file, {"--stage", "reduce", "--stage", "lz4,reduce", "--reject", "median"}));
  ASSERT_EQ(stages.code, 0) << stages.err;
  EXPECT_THAT(stages.out, HasSubstr("kept.h5::/1.1/measurement/detector:\n7 frames of 195 x 487 u32"));
  EXPECT_THAT(stages.out, testing::Not(HasSubstr("Layouts")));
  EXPECT_THAT(stages.out, testing::Not(HasSubstr("backproject")));
  auto const layouts = run(with(file, {"--layout", "serial,multiprocess", "--reject", "median", "--threads", "2"}));
  ASSERT_EQ(layouts.code, 0) << layouts.err;
  EXPECT_THAT(layouts.out, testing::ContainsRegex("serial +skipped: .*rejection"));
  EXPECT_THAT(layouts.out, testing::ContainsRegex("multiprocess +2 "));
  EXPECT_THAT(layouts.out, testing::Not(HasSubstr("Stages")));
}

TEST_F(bench_program, MeasuresStagesOfSeveralRanks) {
  auto const line = with({"bench"}, with(small, {"--rounds", "1", "--seconds", "0.001", "--grid", "6", "8", "--threads",
                                                 "1", "--json", "all.json"}));
  auto const done = run_program(path("").string(), line, 3);
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("on each of 3 ranks"));
  auto const all = nlohmann::json::parse(content(path("all.json")));
  EXPECT_EQ(all.at("stages").size(), 11U);
  EXPECT_TRUE(all.at("layouts").empty());
  auto const refused = run_program(path("").string(), {"bench", "--layout", "pool"}, 2);
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("--layout compares ways to use one process's cores"));
}

TEST_F(bench_program, RefusesWhatItCannotRead) {
  expect_error({"absent.h5", "--poni", "x.poni", "--layout", "pool,multiprocess"}, 3, "absent.h5");
  expect_error(with(small, {"--rounds", "0"}), 2, "--rounds");
  expect_error(with(small, {"--json", "a.json", "-o", "b.json"}), 2, "--json and -o");
  expect_error(with(small, {"--backend", "cuda", "--stage", "reduce"}), 1, "cuda");
}

TEST_F(bench_program, SuggestsNearNames) {
  expect_error({"--layout", "serail"}, 2, "did you mean 'serial'?");
  expect_error({"--stage", "read,integrat"}, 2, "did you mean 'integrate'?");
  expect_error({"--stage", "dance"}, 2, "read, lz4, unshuffle");
  expect_error({"--stage", ","}, 2, "no stage is named");
}

}  // namespace
}  // namespace xrdct::test
