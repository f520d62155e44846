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
  static double promised(std::vector<std::string> const& options, int ranks = 0) {
    return promised_of({"scan/scan.h5", "--poni", "scan/geometry.poni", "--mask", "scan/mask.edf"}, options, ranks);
  }
  static double promised_of(std::vector<std::string> const& input, std::vector<std::string> const& options, int ranks) {
    auto const run = [&](std::string const& command, std::vector<std::string> const& more) {
      std::vector<std::string> words{command, "--threads", "1"};
      words.insert(words.end(), input.begin(), input.end());
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

/// Within 10 % of what was promised, and hardly more than it.
void expect_kept(double share) {
  EXPECT_GT(share, 0.98);
  EXPECT_LT(share, 1.1);
}

std::vector<std::string> iterations_of(std::string const& which, std::string const& size) {
  return {"--bins", "256", "--size", size, "--algorithm", which, "--iterations", "1", "--checkpoint", "0"};
}

TEST_F(memory_of, filtered_back_projection_is_as_promised) {
  for (char const* size : {"121", "200", "300"}) {
    SCOPED_TRACE(size);
    expect_kept(promised({"--bins", "400", "--size", size}));
  }
}

TEST_F(memory_of, padded_projections_is_as_promised) {
  expect_kept(promised({"--bins", "1600", "--pad"}));
  expect_kept(promised({"--bins", "400", "--size", "250", "--pad"}));
}

TEST_F(memory_of, iterations_is_as_promised) {
  for (char const* which : {"cgls", "sirt", "tv", "mlem"}) {
    SCOPED_TRACE(which);
    expect_kept(promised(iterations_of(which, "250")));
  }
  expect_kept(promised(iterations_of("osem", "180")));
  auto weighted = iterations_of("sirt", "121");
  weighted.insert(weighted.end(), {"--weights", "errors"});
  expect_kept(promised(weighted));
}

TEST_F(memory_of, iterations_that_are_kept_is_as_promised) {
  expect_kept(promised({"--bins", "256", "--size", "250", "--algorithm", "cgls", "--iterations", "2", "--tolerance",
                        "0", "--checkpoint", "0.001"}));
}

// Of four frames: matrix, masks and images of a million pixels are more than all that follows. To a third: what of them
// has been freed by the time when they are most is the system's again, or not, as the allocator has it.
TEST_F(memory_of, setting_up_is_counted) {
  auto const made = run_program(folder_->path().string(), {"bench", "--save", "large.h5", "--detector", "Pilatus 1M",
                                                           "--type", "i32", "--frames", "4", "--log-level", "error"});
  ASSERT_EQ(made.code, 0) << made.err;
  auto const share = promised_of({"large.h5", "--poni", "large.poni", "--mask", "large_mask.edf"},
                                 {"--grid", "2", "2", "--monitor", "none", "--split", "bbox"}, 0);
  EXPECT_GT(share, 0.75);
  EXPECT_LT(share, 1.33);
}

TEST_F(memory_of, several_ranks_is_as_promised) {
  expect_kept(promised(iterations_of("cgls", "180"), 2));
  expect_kept(promised({"--bins", "512", "--size", "180"}, 2));
}

}  // namespace
}  // namespace xrdct::test
