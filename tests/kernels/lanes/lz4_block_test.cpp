// Blocks of LZ4 decode on lanes exactly as by liblz4, valid ones and others.
#include "kernels/lanes/lz4_block.hpp"

#include "tests/fuzz/mutation.hpp"
#include "tests/kernels/lanes/threaded_lanes.hpp"
#include "tests/kernels/lz4_oracle.hpp"

#include <gtest/gtest.h>

#include <lz4hc.h>

#include <algorithm>
#include <random>

namespace xrdct::test {
namespace {

using fuzz::bytes;

bytes compress(bytes const& original, int level) {
  bytes block(static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(original.size()))));
  auto const* const from = reinterpret_cast<char const*>(original.data());
  auto* const to = reinterpret_cast<char*>(block.data());
  auto const size = static_cast<int>(original.size()), room = static_cast<int>(block.size());
  auto const made =
      level > 0 ? LZ4_compress_HC(from, to, size, room, level) : LZ4_compress_default(from, to, size, room);
  block.resize(static_cast<std::size_t>(made));
  return block;
}

// Planes as counting frames have them: fewer bits the higher, and from some on all alike.
bytes planes_of_counts(std::size_t plane_bytes, std::size_t planes, std::mt19937_64& random) {
  bytes made(plane_bytes * planes);
  auto const filled = random() % (planes + 1);
  for (std::size_t k = 0; k < planes; ++k)
    for (std::size_t i = 0; i < plane_bytes; ++i) {
      auto& byte = made[k * plane_bytes + i];
      if (k >= filled && k > 0) {
        byte = made[(k - 1) * plane_bytes + i];
      } else if (random() % (k + 1) == 0) {
        byte = static_cast<std::uint8_t>(random() & random() & (k > 2 ? random() : ~0ULL));
      }
    }
  return made;
}

// Both are exactly as long as they are, so that AddressSanitizer sees every byte beyond.
template <class Run>
void expect_as_liblz4(bytes const& block, std::size_t plane_bytes, std::size_t planes, Run run) {
  bytes const in(block);
  bytes out(plane_bytes * planes, 0xcc);
  lanes::lz4_job const job{in.data(), in.size(), out.data(), plane_bytes, static_cast<std::uint32_t>(planes)};
  std::uint32_t const written = run(job);
  lz4_oracle const oracle(std::as_bytes(std::span(block)), plane_bytes, planes);
  EXPECT_TRUE(oracle.agrees(written, out.data()))
      << written << " of " << planes << " planes of " << plane_bytes << " written, valid: " << oracle.valid();
}

std::uint32_t decode_by_one(lanes::lz4_job const& job) { return lanes::lz4_decoder(lanes::one_lane(), job).run(); }

std::uint32_t decode_by_threads(lanes::lz4_job const& job) {
  std::array<std::uint32_t, lane_team::size> written{};
  run_lanes([&](threaded_lane const& lane) { written[lane.rank()] = lanes::lz4_decoder(lane, job).run(); });
  EXPECT_EQ(std::ranges::count(written, written[0]), static_cast<std::ptrdiff_t>(written.size()));
  return written[0];
}

TEST(lz4_block, decodes_as_liblz4) {
  std::mt19937_64 random(3);
  for (int trial = 0; trial < 600; ++trial) {
    std::size_t const plane_bytes = 1 + random() % (trial % 3 == 0 ? 300 : 20), planes = 1 + random() % 32;
    auto const original = planes_of_counts(plane_bytes, planes, random);
    for (int const level : {0, 9, 12}) expect_as_liblz4(compress(original, level), plane_bytes, planes, decode_by_one);
  }
}

TEST(lz4_block, leaves_out_planes_that_equal_others) {
  constexpr std::size_t plane_bytes = 256, planes = 32;
  bytes original(plane_bytes * planes);
  std::mt19937_64 random(4);
  for (std::size_t i = 0; i < 3 * plane_bytes; ++i) original[i] = static_cast<std::uint8_t>(random());
  bytes out(original.size());
  auto const block = compress(original, 0);
  auto const written = decode_by_one({block.data(), block.size(), out.data(), plane_bytes, planes});
  EXPECT_GE(written, 4U);
  EXPECT_LE(written, 5U);
}

TEST(lz4_block, rejects_what_liblz4_rejects) {
  std::mt19937_64 random(5);
  for (int trial = 0; trial < 20000; ++trial) {
    std::size_t const plane_bytes = 1 + random() % 40, planes = 1 + random() % 16;
    auto const block = compress(planes_of_counts(plane_bytes, planes, random), trial % 2 == 0 ? 0 : 9);
    auto const other = compress(planes_of_counts(1 + random() % 40, planes, random), 0);
    expect_as_liblz4(fuzz::mutated(block, other, 2000, random), plane_bytes, planes, decode_by_one);
  }
}

TEST(lz4_block, rejects_nothing_at_all) {
  expect_as_liblz4({}, 8, 2, decode_by_one);
  expect_as_liblz4({0}, 8, 2, decode_by_one);
  expect_as_liblz4({0xf0}, 8, 2, decode_by_one);
}

TEST(lz4_block, decodes_by_lanes_as_by_one) {
  std::mt19937_64 random(6);
  for (int trial = 0; trial < 6; ++trial) {
    std::size_t const plane_bytes = 1 + random() % 40, planes = 1 + random() % 16;
    auto const block = compress(planes_of_counts(plane_bytes, planes, random), trial % 2 == 0 ? 0 : 9);
    expect_as_liblz4(block, plane_bytes, planes, decode_by_threads);
    expect_as_liblz4(fuzz::mutated(block, block, 2000, random), plane_bytes, planes, decode_by_threads);
  }
}

// Planes that look equal up to the last bytes: what was written for the look is written once more.
TEST(lz4_block, looks_at_the_last_bytes_of_planes_that_may_be_equal) {
  std::mt19937_64 random(7);
  constexpr std::size_t plane_bytes = 40, planes = 8;
  bytes original(plane_bytes * planes);
  for (std::size_t i = 0; i < original.size(); ++i)
    original[i] = i < plane_bytes + 20 ? static_cast<std::uint8_t>(random()) : original[i - plane_bytes];
  for (std::size_t const changed : {0U, 1U, 5U}) {
    auto other = original;
    for (auto i = other.size() - changed; i < other.size(); ++i) other[i] ^= 1;
    auto const block = compress(other, 9);
    expect_as_liblz4(block, plane_bytes, planes, decode_by_one);
    expect_as_liblz4(block, plane_bytes, planes, decode_by_threads);
  }
}

}  // namespace
}  // namespace xrdct::test
