// What several frames of an entry add up to, in more channels than are added up at a time, by any number of threads.

#include "xrdct/pipeline/sinogram.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace xrdct {
namespace {

constexpr std::size_t rotations = 13, translations = 11;  // more entries than a task has
constexpr std::size_t entries = rotations * translations, frames = 2 * entries;

/// Frames that are scattered over entries, some of which get none.
scan_plan scattered(std::mt19937& random) {
  scan_plan scan;
  scan.rotation.resize(rotations);
  scan.translation.resize(translations);
  for (std::size_t i = 0; i < frames; ++i)
    scan.entry.push_back(static_cast<std::int64_t>(random() % (entries + 1)) - 1);
  return scan;
}

std::vector<frame_status> some_bad(std::mt19937& random) {
  std::vector<frame_status> status;
  for (std::size_t i = 0; i < frames; ++i)
    status.push_back(random() % 10 == 0 ? frame_status::truncated : frame_status::ok);
  return status;
}

std::vector<float> made_patterns(std::size_t channels, std::mt19937& random) {
  std::uniform_real_distribution<float> values(0.5F, 1000);
  std::vector<float> made(frames * pattern_quantities * channels);
  for (auto& value : made) value = random() % 50 == 0 ? 0 : values(random);
  return made;
}

std::uint32_t bits(float value) { return std::bit_cast<std::uint32_t>(value); }

class assembled : public testing::TestWithParam<std::size_t> {};

TEST_P(assembled, sums_of_frames_in_their_order) {
  auto const channels = GetParam();
  std::mt19937 random(29);
  auto const scan = scattered(random);
  auto const status = some_bad(random);
  auto const patterns = made_patterns(channels, random);
  for (int const threads : {1, 3, 7}) {
    auto const made = assemble(scan, status, {0, channels}, patterns, {}, threads);
    ASSERT_EQ(made.intensity.size(), entries * channels);
    std::size_t wrong = 0;
    for (std::size_t entry = 0; entry < entries; ++entry)
      for (std::size_t c = 0; c < channels; ++c) {
        double sum[pattern_quantities] = {};
        bool measured = false;
        for (std::size_t f = 0; f < frames; ++f) {
          if (scan.entry[f] != static_cast<std::int64_t>(entry) || status[f] != frame_status::ok) continue;
          measured = true;
          for (std::size_t q = 0; q < pattern_quantities; ++q)
            sum[q] += patterns[(f * pattern_quantities + q) * channels + c];
        }
        auto const mean = mean_of(sum[0], sum[1], sum[2], sum[3]);
        auto const at = entry * channels + c;
        bool const right =
            measured ? bits(made.intensity[at]) == bits(mean.intensity) && bits(made.error[at]) == bits(mean.error)
                     : std::isnan(made.intensity[at]) && std::isnan(made.error[at]);
        wrong += right && made.normalization[at] == static_cast<float>(sum[2]) &&
                         made.count[at] == static_cast<float>(sum[3])
                     ? 0
                     : 1;
      }
    EXPECT_EQ(wrong, 0U) << threads << " threads";
  }
}

INSTANTIATE_TEST_SUITE_P(of, assembled, testing::Values(0, 1, 255, 256, 257, 600));

}  // namespace
}  // namespace xrdct
