// What inspect promises of memory, against what the program then takes.
#include "tests/app/program.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/io/arrays.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <memory>
#include <numeric>

namespace xrdct::test {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_sanitized = true;
#else
constexpr bool is_sanitized = false;
#endif

class memory_of : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (is_sanitized) return;
    folder_ = std::make_unique<temporary_folder>();
    ASSERT_EQ(run_program(folder_->path().string(), {"simulate", "--shape", "30", "32", "--rotations", "40",
                                                     "--translations", "121", "--progress", "off", "-o", "scan"})
                  .code,
              0);
  }
  static void TearDownTestSuite() { folder_.reset(); }
  void SetUp() override {
    if (is_sanitized) GTEST_SKIP() << "sanitizers take memory of their own";
  }

  /// Promised of all ranks, as a share of what they took at most.
  static double promised(std::vector<std::string> options, int ranks = 0) {
    auto const run = [&](std::string const& command, std::vector<std::string> const& more) {
      std::vector<std::string> words{command,  "scan/scan.h5",  "--poni",    "scan/geometry.poni",
                                     "--mask", "scan/mask.edf", "--threads", "1"};
      words.insert(words.end(), options.begin(), options.end());
      words.insert(words.end(), more.begin(), more.end());
      auto const ended = run_program(folder_->path().string(), words, ranks);
      EXPECT_EQ(ended.code, 0) << ended.err;
      return ended.out;
    };
    auto const text = run("inspect", {"--json"});
    run("reconstruct", {"-o", "out.h5", "--overwrite", "--progress", "off"});
    auto const taken = read_numbers("/entry/process/by_rank/memory", (*folder_ / "out.h5").string()).values;
    auto const promise = nlohmann::json::parse(text)["memory"]["all_ranks_bytes"].get<double>();
    return promise / std::accumulate(taken.begin(), taken.end(), 0.0);
  }
  static std::unique_ptr<temporary_folder> folder_;
};
std::unique_ptr<temporary_folder> memory_of::folder_;

void expect_kept(double share) {
  EXPECT_GT(share, 0.9);
  EXPECT_LT(share, 1.1);
}

TEST_F(memory_of, filtered_back_projection_is_as_promised) {
  expect_kept(promised({"--bins", "400", "--size", "300"}));
}

TEST_F(memory_of, padded_projections_is_as_promised) { expect_kept(promised({"--bins", "1600", "--pad"})); }

// The allocator keeps some of what was freed: fields below 20 MB a block of channels (250 pixels along an edge) leave
// 64 MB behind, which is not promised.
TEST_F(memory_of, iterations_is_as_promised) {
  for (char const* which : {"cgls", "tv"})
    expect_kept(
        promised({"--bins", "256", "--size", "300", "--algorithm", which, "--iterations", "1", "--checkpoint", "0"}));
  expect_kept(promised({"--bins", "256", "--size", "300", "--algorithm", "sirt", "--weights", "errors", "--iterations",
                        "1", "--checkpoint", "0"}));
}

TEST_F(memory_of, iterations_that_are_kept_is_as_promised) {
  expect_kept(promised({"--bins", "256", "--size", "300", "--algorithm", "cgls", "--iterations", "2", "--tolerance",
                        "0", "--checkpoint", "0.001"}));
}

TEST_F(memory_of, several_ranks_is_as_promised) {
  expect_kept(
      promised({"--bins", "512", "--size", "300", "--algorithm", "cgls", "--iterations", "1", "--checkpoint", "0"}, 2));
}

}  // namespace
}  // namespace xrdct::test
