#include "xrdct/bench/report.hpp"

#include "tests/bench/made_scan.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/bench/bench.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace xrdct::test {
namespace {

using testing::HasSubstr;

timings timed(std::string const& name, double frames, std::vector<double> seconds) {
  timings made;
  made.name = name;
  made.threads = 2;
  made.frames = frames;
  made.bytes_in = 2e6;
  made.bytes_out = 16e3;
  made.seconds = std::move(seconds);
  made.note = "as it is";
  return made;
}

bench_report example() {
  bench_report made;
  made.where = this_machine();
  made.threads = 2;
  made.backend = "cpu (AVX2, 2 threads)";
  made.rounds = 3;
  made.input.name = "scan.h5::/data";
  made.input.frames = 100;
  made.input.format = {encoding::bitshuffle_lz4, pixel_type::u32, 2167, 2070, 0};
  made.input.compressed_bytes = 2e6;
  made.input.bins = 1000;
  made.lz4 = timed("lz4", 1000, {1, 2, 1});
  made.lz4_one = timed("lz4", 500, {1, 1, 1});
  made.layouts = {{bench_layout::pool, timed("pool", 500, {1, 1, 1}), timed("pool", 300, {1, 1, 1}), 0.83}, {}};
  made.layouts[1].layout = bench_layout::gpu;
  made.layouts[1].all.name = "gpu";
  made.layouts[1].all.skipped = "there is none";
  made.stages = {timed("read", 4000, {1, 1, 2}), made.lz4};
  return made;
}

TEST(report, is_tables_for_people) {
  auto const text = text_of(example());
  EXPECT_THAT(text, HasSubstr("scan.h5::/data:\n100 frames of 2167 x 2070 u32"));
  EXPECT_THAT(text, testing::ContainsRegex("pool +2 +500 +500 +500 +1.00 +8.97 +0.83 +0.50"));
  EXPECT_THAT(text, testing::ContainsRegex("gpu +skipped: there is none"));
  EXPECT_THAT(text, testing::ContainsRegex("read +1?2 +4000 +2000 +4000 +2.00 +0.016 +8.00 +0.064 +4.00"));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    EXPECT_TRUE(line.size() <= 100 || line.find(" on ") != std::string::npos) << line;
}

TEST(report, is_json_for_programs) {
  auto report = example();
  report.input.name = "scan\xff.h5";  // no UTF-8
  report.options = {{"bins", "1000"}};
  auto const all = nlohmann::json::parse(json_of(report));
  for (char const* key : {"host", "processor", "cores", "allowed_cores", "program", "compiler", "lz4", "hdf5", "date"})
    EXPECT_TRUE(all.at("machine").contains(key)) << key;
  EXPECT_EQ(all.at("parameters").at("options").at("bins"), "1000");
  EXPECT_NEAR(all.at("input").at("ratio"), 2167 * 2070 * 4 / 2e6, 1e-9);
  auto const& pool = all.at("layouts").at(0);
  EXPECT_EQ(pool.at("name"), "pool");
  EXPECT_EQ(pool.at("frames_per_second").at("median"), 500);
  EXPECT_EQ(pool.at("seconds").size(), 3U);
  EXPECT_EQ(pool.at("ratio_to_lz4"), 0.5);
  EXPECT_EQ(pool.at("efficiency"), 0.83);
  EXPECT_EQ(pool.at("one_thread").at("frames_per_second").at("median"), 300);
  EXPECT_EQ(pool.at("one_thread").at("ratio_to_lz4"), 0.6);
  EXPECT_EQ(all.at("layouts").at(1).at("skipped"), "there is none");
  EXPECT_EQ(all.at("stages").at(0).at("bytes_read_per_second"), 4000 * 2e6);
}

TEST(report, tells_the_machine) {
  auto const here = this_machine();
  EXPECT_GE(here.cores, here.allowed_cores);
  EXPECT_GE(here.allowed_cores, 1);
  EXPECT_THAT(here.program, testing::StartsWith("xrdct "));
  EXPECT_THAT(here.date, testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z"));
  EXPECT_THAT(here.mpi, HasSubstr("MPI"));
}

TEST(report, gets_its_name_when_it_is_complete) {
  temporary_folder const folder;
  auto const path = std::string(folder / "report.json");
  write_report(example(), path);
  std::ifstream file(path);
  EXPECT_TRUE(nlohmann::json::parse(file).contains("stages"));
  EXPECT_THROW(write_report(example(), folder / "no/such/folder.json"), runtime_failure);
}

}  // namespace
}  // namespace xrdct::test
