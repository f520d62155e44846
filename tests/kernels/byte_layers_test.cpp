// The steps from bit planes to rows, each by itself: every instruction set against loops over single bits and bytes.
#include "kernels/cpu/simd.hpp"
#include "tests/kernels/only_instruction_set.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace xrdct::test {
namespace {

namespace simd = cpu::simd;
using bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t guard = 0xa5;

bytes random_bytes(std::size_t count, std::mt19937& random) {
  bytes made(count);
  for (auto& byte : made) byte = static_cast<std::uint8_t>(random());
  return made;
}

class byte_layers : public testing::TestWithParam<std::int64_t> {
 protected:
  only_instruction_set only_{GetParam()};
  std::mt19937 random_{713};
};

unsigned bit(std::uint8_t const* plane, std::size_t pixel) { return plane[pixel / 8] >> pixel % 8 & 1U; }

TEST_P(byte_layers, have_the_bits_of_the_planes_that_are_filled) {
  for (std::size_t const plane_bytes : {1, 3, 31, 32, 33, 64, 97, 128, 250, 256}) {
    for (std::size_t const layer_index : {0, 1, 3}) {
      for (std::size_t filled = 1; filled <= 8; ++filled) {
        auto planes = random_bytes(plane_bytes * 32, random_);
        if (random_() % 3 == 0) std::ranges::fill(planes, std::uint8_t{0xff});
        auto excluded = random_bytes(plane_bytes, random_);
        for (auto& eight : excluded) eight &= static_cast<std::uint8_t>(random_() & random_());
        auto const written = 8 * layer_index + filled + random_() % (33 - 8 * layer_index - filled);
        auto const pixels = 8 * plane_bytes, room = (pixels + 63) / 64 * 64;
        bytes layer(room + 1, guard);
        simd::bit_planes const from{planes.data(), plane_bytes, written};
        auto const sum = simd::unshuffle_layer(from, layer_index, filled, excluded.data(), layer.data());
        EXPECT_EQ(sum, std::accumulate(layer.begin(), layer.begin() + static_cast<std::ptrdiff_t>(pixels), 0U));
        for (std::size_t p = 0; p < pixels; ++p) {
          unsigned wanted = 0;
          for (std::size_t k = 0; k < filled; ++k)
            wanted |= bit(planes.data() + (8 * layer_index + k) * plane_bytes, p) << k;
          if (bit(excluded.data(), p) != 0) wanted = 0;
          ASSERT_EQ(layer[p], wanted) << "pixel " << p << ", " << filled << " planes of " << plane_bytes << " bytes";
        }
        ASSERT_EQ(layer[room], guard);
      }
    }
  }
}

// Planes that are not written equal the last that is.
TEST_P(byte_layers, repeat_the_last_plane) {
  constexpr std::size_t plane_bytes = 72, written = 3;
  auto const planes = random_bytes(plane_bytes * written, random_);
  bytes const excluded(plane_bytes, 0);
  bytes layer(plane_bytes * 8 + 64);
  simd::unshuffle_layer({planes.data(), plane_bytes, written}, 0, 8, excluded.data(), layer.data());
  for (std::size_t p = 0; p < plane_bytes * 8; ++p) {
    unsigned wanted = 0;
    for (std::size_t k = 0; k < 8; ++k) wanted |= bit(planes.data() + std::min(k, written - 1) * plane_bytes, p) << k;
    ASSERT_EQ(layer[p], wanted) << p;
  }
}

// A layer of each lane, with memory of its own, so that a sanitizer sees what is read behind its room.
struct some_layers {
  std::vector<bytes> memory;
  simd::lane_layers of_lane{};

  some_layers(std::size_t pixels, std::mt19937& random) {
    for (auto& layer : of_lane) layer = memory.emplace_back(random_bytes(pixels + simd::slack, random)).data();
  }
};

constexpr std::size_t row_pixels[] = {1, 2, 15, 16, 17, 31, 33, 63, 64, 65, 130, 2053};

TEST_P(byte_layers, become_rows_of_bytes) {
  for (auto const pixels : row_pixels) {
    some_layers const low(pixels, random_);
    bytes rows((pixels + simd::slack) * simd::lanes + 1, guard);
    simd::make_rows(low.of_lane, pixels, rows.data());
    for (std::size_t p = 0; p < pixels; ++p)
      for (std::size_t lane = 0; lane < simd::lanes; ++lane)
        ASSERT_EQ(rows[p * simd::lanes + lane], low.of_lane[lane][p]) << "pixel " << p << " of " << pixels;
    ASSERT_EQ(rows.back(), guard);
  }
}

TEST_P(byte_layers, become_rows_of_two_bytes) {
  for (auto const pixels : row_pixels) {
    some_layers const low(pixels, random_), high(pixels, random_);
    std::vector<std::uint16_t> rows((pixels + simd::slack) * simd::lanes + 1, guard);
    simd::make_rows(low.of_lane, high.of_lane, pixels, rows.data());
    for (std::size_t p = 0; p < pixels; ++p)
      for (std::size_t lane = 0; lane < simd::lanes; ++lane)
        ASSERT_EQ(rows[p * simd::lanes + lane], low.of_lane[lane][p] | high.of_lane[lane][p] << 8)
            << "pixel " << p << " of " << pixels;
    ASSERT_EQ(rows.back(), guard);
  }
}

INSTANTIATE_TEST_SUITE_P(instruction_sets, byte_layers, testing::ValuesIn(instruction_sets()),
                         [](auto const& which) { return name_of_instruction_set(which.param); });

}  // namespace
}  // namespace xrdct::test
