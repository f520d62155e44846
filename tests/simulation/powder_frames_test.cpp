#include "xrdct/simulation/powder_frames.hpp"

#include "kernels/common/decode.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/simulation/counts_table.hpp"
#include "xrdct/simulation/random.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace xrdct {
namespace {

template <class T>
std::vector<T> values_of(std::vector<std::byte> const& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

powder_frame_options small(pixel_type type = pixel_type::u32) { return {"Pilatus 300k", type, 8.0, false, 5}; }

/// FNV-1a.
std::uint64_t hash_of(std::vector<std::byte> const& bytes) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (auto const b : bytes) hash = (hash ^ std::to_integer<std::uint64_t>(b)) * 0x100000001b3ULL;
  return hash;
}

double ratio_of(powder_frames const& frames, std::uint64_t frame) {
  return static_cast<double>(frames.format().bytes()) / static_cast<double>(frames.chunk(frame).size());
}

TEST(counts_table, has_the_probabilities_of_poisson_to_a_word) {
  counts_table const table(40);
  for (double const mean : {0.0, 0.0625, 0.5, 3.0, 12.25, 40.0}) {
    auto const step = table.step_of(mean);
    double below = 0;  // P(number < k), from the definition
    for (std::uint32_t k = 0; k < 100; ++k) {
      double const next = mean == 0 ? 1 : below + std::exp(k * std::log(mean) - mean - std::lgamma(k + 1.0));
      // The least and the last word of k, where it has any words of its own.
      double const first_word = std::ceil(below * 0x1p32) + 2, last_word = std::floor(next * 0x1p32) - 2;
      if (last_word - first_word > 8 && last_word < 0x1p32) {
        EXPECT_EQ(table(step, static_cast<std::uint32_t>(first_word)), k) << mean;
        EXPECT_EQ(table(step, static_cast<std::uint32_t>(last_word)), k) << mean;
      }
      below = next;
    }
    auto const last = table(step, 0xffffffffU);
    double beyond = 0;
    for (std::uint32_t k = last + 100; k > last; --k)
      if (mean > 0) beyond += std::exp(k * std::log(mean) - mean - std::lgamma(k + 1.0));
    EXPECT_LT(beyond * 0x1p32, 1) << "what is left out is less than a word, mean " << mean;
  }
}

TEST(counts_table, takes_means_to_the_nearest_step_and_no_further_than_the_largest) {
  counts_table const table(2);
  EXPECT_EQ(table.step_of(-1), 0);
  EXPECT_EQ(table.step_of(0.031), 0);
  EXPECT_EQ(table.step_of(0.032), 1);
  EXPECT_EQ(table.step_of(1), 16);
  EXPECT_EQ(table.step_of(1e9), table.step_of(2.0625));
}

TEST(powder_frames, compress_as_frames_that_peers_are_timed_with) {
  struct wanted {
    char const* detector;
    pixel_type type;
    double ratio;
  };
  for (auto const& [detector, type, ratio] : {wanted{"Eiger 4M", pixel_type::u32, 9.5},
                                              {"Eiger 4M", pixel_type::u16, 5.3},
                                              {"Pilatus 2M", pixel_type::i32, 9.5}})
    for (std::uint64_t const seed : {1, 77})
      EXPECT_NEAR(ratio_of(powder_frames({detector, type, {}, false, seed}), 3), ratio, 0.02 * ratio) << detector;
}

TEST(powder_frames, are_the_same_everywhere_and_for_ever) {
  EXPECT_EQ(hash_of(powder_frames(small()).pixels(0)), 5077627825854659897ULL);
  auto bright = small();
  bright.bright = true;
  EXPECT_EQ(hash_of(powder_frames(bright).pixels(9)), 12951800984762621122ULL);
}

TEST(powder_frames, differ_by_seed_and_frame_alone) {
  powder_frames const a(small()), b(small());
  EXPECT_EQ(a.chunk(4), b.chunk(4));
  EXPECT_NE(a.pixels(4), a.pixels(5));
  auto other = small();
  other.seed = 6;
  EXPECT_NE(powder_frames(other).pixels(4), a.pixels(4));
  auto const chunks = make_chunks(a, 5, 3);
  ASSERT_EQ(chunks.size(), 5U);
  EXPECT_EQ(chunks[4], a.chunk(4));
}

TEST(powder_frames, hold_the_same_counts_in_every_type_and_the_types_mark_in_gaps) {
  powder_frames const made(small());
  auto const gaps = made.geometry().detector.gaps;
  auto const u32 = values_of<std::uint32_t>(made.pixels(2));
  auto const u16 = values_of<std::uint16_t>(powder_frames(small(pixel_type::u16)).pixels(2));
  auto const i32 = values_of<std::int32_t>(powder_frames(small(pixel_type::i32)).pixels(2));
  ASSERT_EQ(gaps.size(), u32.size());
  ASSERT_THAT(gaps, testing::Contains(testing::Ne(0)));
  for (std::size_t p = 0; p < gaps.size(); ++p) {
    bool const gap = gaps[p] != 0;
    ASSERT_EQ(u16[p], gap ? 65535 : u32[p]);
    ASSERT_EQ(i32[p], gap ? -1 : static_cast<std::int64_t>(u32[p]));
    ASSERT_EQ(u32[p] == std::numeric_limits<std::uint32_t>::max(), gap);
  }
}

TEST(powder_frames, scatter_about_means_that_do_not_change_as_poisson_does) {
  powder_frames const made(small());
  constexpr int frames = 40;
  auto const pixels = made.format().pixels();
  std::vector<double> sum(pixels), squares(pixels);
  for (int k = 0; k < frames; ++k) {
    auto const counts = values_of<std::uint32_t>(made.pixels(static_cast<std::uint64_t>(k)));
    for (std::size_t p = 0; p < pixels; ++p) sum[p] += counts[p], squares[p] += double(counts[p]) * counts[p];
  }
  double mean = 0, variance = 0, live = 0, largest = 0;
  for (std::size_t p = 0; p < pixels; ++p) {
    if (made.geometry().detector.gaps[p] != 0) continue;
    double const m = sum[p] / frames;
    mean += m;
    variance += (squares[p] / frames - m * m) * frames / (frames - 1);
    largest = std::max(largest, m);
    ++live;
  }
  EXPECT_NEAR(variance / mean, 1, 0.01);
  EXPECT_NEAR(largest, 8, 2.5) << "the brightest ring";
  EXPECT_GT(largest, 3 * mean / live) << "rings";
}

TEST(powder_frames, bright_ones_hold_reflections_in_one_percent_of_pixels) {
  auto options = small();
  options.bright = true;
  powder_frames const made(options);
  auto const gaps = made.geometry().detector.gaps;
  auto const counts = values_of<std::uint32_t>(made.pixels(0));
  std::size_t live = 0, above = 0;
  std::uint32_t largest = 0;
  for (std::size_t p = 0; p < counts.size(); ++p) {
    if (gaps[p] != 0) continue;
    ++live;
    above += counts[p] > 255 ? 1 : 0;
    largest = std::max(largest, counts[p]);
  }
  EXPECT_NEAR(static_cast<double>(above) / static_cast<double>(live), 0.01, 0.0005);
  EXPECT_EQ(largest, 100'000U);
}

TEST(powder_frames, chunks_decode_to_pixels) {
  for (auto const type : {pixel_type::u16, pixel_type::u32, pixel_type::i32}) {
    powder_frames const made(small(type));
    std::vector<std::byte> decoded(made.format().bytes());
    ASSERT_EQ(decode_chunk(made.chunk(1), {encoding::bitshuffle_lz4, bytes_of(type), 0}, decoded), frame_status::ok);
    EXPECT_EQ(decoded, made.pixels(1));
  }
}

TEST(powder_frames, counts_are_found_for_a_ratio) {
  auto options = small();
  for (double const ratio : {6.0, 12.0}) {
    options.counts = counts_for_ratio(options, ratio);
    EXPECT_NEAR(ratio_of(powder_frames(options), 0), ratio, 0.01 * ratio);
  }
  EXPECT_THROW(counts_for_ratio(options, 1.0), usage_error);
  EXPECT_THROW(counts_for_ratio(options, 1e6), usage_error);
  EXPECT_THROW(counts_for_ratio(options, std::nan("")), usage_error);
}

TEST(powder_frames, refuse_what_makes_no_frames) {
  auto options = small();
  for (double const counts : {0.0, -1.0, 1e6, std::nan("")}) {
    options.counts = counts;
    EXPECT_THROW(powder_frames{options}, usage_error) << counts;
  }
  EXPECT_THROW(powder_frames{small(pixel_type::f32)}, usage_error);
  options = small();
  options.detector = "Pilatus 7Q";
  EXPECT_THROW(powder_frames{options}, input_error);
}

}  // namespace
}  // namespace xrdct
