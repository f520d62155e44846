// Every block that decode_lz4_planes() decodes or refuses is compared with liblz4, in memory that ends where it may
// last be read or written: before pages that nobody may touch.
#include "kernels/cpu/lz4_planes.hpp"

#include "kernels/cpu/lz4_loop.hpp"
#include "tests/fuzz/mutation.hpp"
#include "tests/kernels/lz4_oracle.hpp"
#include "tests/kernels/only_instruction_set.hpp"

#include <gtest/gtest.h>
#include <lz4hc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

namespace xrdct::test {
namespace {

using fuzz::bytes;

// Memory with a page on both sides that ends a process which touches it.
class fenced_memory {
 public:
  explicit fenced_memory(std::size_t room) {
    room_ = (room + page() - 1) / page() * page();
    auto* const all = ::mmap(nullptr, room_ + 2 * page(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED) std::abort();
    begin_ = static_cast<std::uint8_t*>(all) + page();
    if (::mprotect(begin_, room_, PROT_READ | PROT_WRITE) != 0) std::abort();
  }
  ~fenced_memory() { ::munmap(begin_ - page(), room_ + 2 * page()); }
  fenced_memory(fenced_memory const&) = delete;
  fenced_memory& operator=(fenced_memory const&) = delete;

  std::uint8_t* at_begin(std::size_t size) const { return size <= room_ ? begin_ : nullptr; }
  std::uint8_t* at_end(std::size_t size) const { return size <= room_ ? begin_ + room_ - size : nullptr; }

 private:
  static std::size_t page() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }
  std::uint8_t* begin_;
  std::size_t room_;
};

constexpr std::size_t much = cpu::lz4_block_slack;  // behind a block: then it is not left to liblz4
constexpr std::size_t most_planes = std::size_t{65536} * 4;

class lz4_planes : public testing::TestWithParam<std::int64_t> {
 protected:
  lz4_planes() : only_(GetParam()), input_(2 * most_planes), output_(most_planes + 2 * cpu::planes_slack) {}

  // The planes written; fails where liblz4 finds otherwise. `behind`: bytes behind the block that may be read.
  std::size_t expect_as_liblz4(bytes const& block, std::size_t plane_bytes, std::size_t plane_count,
                               std::size_t behind) {
    std::size_t written = 0;
    for (bool const at_begin : {false, true}) {
      auto* const in = at_begin ? input_.at_begin(block.size() + behind) : input_.at_end(block.size() + behind);
      std::copy(block.begin(), block.end(), in);
      std::fill_n(in + block.size(), behind, std::uint8_t{0x5a});
      auto const room = plane_bytes * plane_count + 2 * cpu::planes_slack;
      auto* const planes = (at_begin ? output_.at_begin(room) : output_.at_end(room)) + cpu::planes_slack;
      std::span const from(reinterpret_cast<std::byte const*>(in), block.size());
      written = cpu::decode_lz4_planes(from, from.data() + from.size() + behind, planes, plane_bytes, plane_count);
      lz4_oracle const oracle(from, plane_bytes, plane_count);
      accepted_ += oracle.valid() ? 1 : 0;
      if (!oracle.agrees(written, planes)) ADD_FAILURE() << describe(block, plane_bytes, plane_count, behind, written);
    }
    return written;
  }

  // Of a valid block: with much behind it, with less, and with nothing.
  std::size_t expect_decoded(bytes const& original, bytes const& block, std::size_t plane_bytes) {
    auto const planes = original.size() / plane_bytes;
    expect_as_liblz4(block, plane_bytes, planes, 0);
    expect_as_liblz4(block, plane_bytes, planes, 1 + random_() % (much - 1));
    auto const written = expect_as_liblz4(block, plane_bytes, planes, much);
    EXPECT_GE(written, 1U);
    return written;
  }

  static std::string describe(bytes const& block, std::size_t plane_bytes, std::size_t plane_count, std::size_t behind,
                              std::size_t written) {
    std::string text = std::to_string(plane_count) + " planes of " + std::to_string(plane_bytes) + ", " +
                       std::to_string(written) + " written, " + std::to_string(behind) + " bytes behind the block";
    for (std::size_t i = 0; i < std::min<std::size_t>(block.size(), 200); ++i)
      text += (i == 0 ? ": " : " ") + std::to_string(block[i]);
    return text;
  }

  std::mt19937_64 random_{7};
  std::size_t accepted_ = 0;

 private:
  only_instruction_set only_;
  fenced_memory input_, output_;
};

// --- what is compressed ----------------------------------------------------------------------------------------------

// level < 0: fast, the more so; 0: as everyone does; > 0: LZ4 HC.
bytes compress(bytes const& original, int level) {
  bytes block(static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(original.size()))));
  auto const* const from = reinterpret_cast<char const*>(original.data());
  auto* const to = reinterpret_cast<char*>(block.data());
  auto const size = static_cast<int>(original.size()), room = static_cast<int>(block.size());
  auto const made =
      level > 0 ? LZ4_compress_HC(from, to, size, room, level) : LZ4_compress_fast(from, to, size, room, 1 - level);
  block.resize(static_cast<std::size_t>(made));
  return block;
}

constexpr int levels[] = {-20, 0, 3, 9, 12};

bytes random_bytes(std::size_t size, unsigned values, std::mt19937_64& random) {
  bytes made(size);
  for (auto& b : made) b = static_cast<std::uint8_t>(random() % values);
  return made;
}

bytes periodic_bytes(std::size_t size, std::size_t period, std::mt19937_64& random) {
  auto made = random_bytes(size, 256, random);
  for (std::size_t i = period; i < size; ++i) made[i] = made[i - period];
  return made;
}

// Pieces that are periodic, random, or copies of earlier ones, of any length.
bytes pieced_bytes(std::size_t size, std::mt19937_64& random) {
  bytes made;
  while (made.size() < size) {
    auto const length = 1 + random() % (std::size_t{1} << random() % 10);
    auto const period = random() % 3 == 0 ? 0 : 1 + random() % (random() % 2 == 0 ? 40 : 4000);
    for (std::size_t i = 0; i < length; ++i)
      made.push_back(period == 0 || period > made.size() ? static_cast<std::uint8_t>(random())
                                                         : made[made.size() - period]);
  }
  made.resize(size);
  return made;
}

// Planes of counts: the lowest are noise, others ever emptier, and all show the mask.
bytes counting_planes(std::size_t plane_bytes, std::size_t plane_count, bool masked, std::mt19937_64& random) {
  bytes mask(plane_bytes);
  for (auto& b : mask) b = masked && random() % 20 == 0 ? static_cast<std::uint8_t>(random()) : 0;
  bytes made;
  auto const noisy = 1 + random() % 6;
  for (std::size_t k = 0; k < plane_count; ++k) {
    for (std::size_t i = 0; i < plane_bytes; ++i) {
      auto count = static_cast<std::uint8_t>(k < noisy ? random() : 0);
      for (std::size_t r = 0; r < 2 * k && count != 0; ++r) count &= static_cast<std::uint8_t>(random());
      made.push_back(count | mask[i]);
    }
  }
  return made;
}

// --- tests -----------------------------------------------------------------------------------------------------------

TEST_P(lz4_planes, blocks_of_every_length) {
  for (std::size_t size = 1; size <= 300; ++size) {
    for (int const level : {0, 12}) {
      auto const period = 1 + random_() % 20;
      for (auto const& original : {bytes(size), random_bytes(size, 256, random_), random_bytes(size, 2, random_),
                                   periodic_bytes(size, period, random_), pieced_bytes(size, random_)}) {
        auto const block = compress(original, level);
        for (std::size_t plane = 1; plane <= size; ++plane)
          if (size % plane == 0) expect_decoded(original, block, plane);
        ASSERT_FALSE(HasFailure());
      }
    }
  }
}

TEST_P(lz4_planes, all_periods) {
  for (std::size_t period = 1; period <= 70; ++period) {
    for (std::size_t const plane : {64U, 96U, 256U}) {
      for (std::size_t const before : {0U, 5U, 33U, 300U}) {
        auto original = periodic_bytes(16 * plane, period, random_);
        for (std::size_t i = 0; i < before; ++i) original[i] = static_cast<std::uint8_t>(random_());
        for (int const level : levels) expect_decoded(original, compress(original, level), plane);
      }
    }
    ASSERT_FALSE(HasFailure());
  }
}

TEST_P(lz4_planes, blocks_of_usual_and_largest_size) {
  for (std::size_t const size : {8192U, 1000U, 65536U, 65536U * 4}) {
    for (int const level : levels) {
      if (level > 3 && size > 8192) continue;  // takes long
      for (auto const& original :
           {bytes(size), random_bytes(size, 256, random_), random_bytes(size, 3, random_), pieced_bytes(size, random_)})
        for (std::size_t const planes : {8U, 16U, 32U})
          if (size % planes == 0) expect_decoded(original, compress(original, level), size / planes);
      ASSERT_FALSE(HasFailure());
    }
  }
}

TEST_P(lz4_planes, counting_frames) {
  for (int round = 0; round < 300; ++round) {
    auto const plane = round % 2 == 0 ? 256 : 1 + random_() % 700;
    std::size_t const planes = std::size_t{8} << random_() % 3;
    auto const original = counting_planes(plane, planes, round % 3 != 0, random_);
    for (int const level : levels) expect_decoded(original, compress(original, level), plane);
    ASSERT_FALSE(HasFailure());
  }
}

// What the decoder is for: nothing of equal planes is written.
TEST_P(lz4_planes, equal_planes_are_not_written) {
  if (GetParam() == HWY_SCALAR) GTEST_SKIP() << "without SIMD, liblz4 decodes everything";
  for (bool const masked : {false, true}) {
    for (int round = 0; round < 50; ++round) {
      auto const original = counting_planes(256, 32, masked, random_);
      EXPECT_LE(expect_decoded(original, compress(original, 0), 256), 8U) << masked;
    }
  }
  EXPECT_EQ(expect_decoded(bytes(8192), compress(bytes(8192), 0), 256), 1U);
}

// A pixel near the end that is alive in one plane only: the literals at the end of the block say so.
TEST_P(lz4_planes, planes_that_differ_near_the_end) {
  for (bool const masked : {false, true}) {
    for (std::size_t const plane : {8U, 13U, 14U, 256U}) {
      auto const equal = counting_planes(plane, 32, masked, random_);
      for (std::size_t back = 1; back <= 40; ++back) {
        auto original = equal;
        original[original.size() - back] ^= 0x10;
        for (int const level : levels) expect_decoded(original, compress(original, level), plane);
      }
      ASSERT_FALSE(HasFailure());
    }
  }
}

// The last literals reach into the last plane but one, which ends as the plane before those that are equal.
TEST_P(lz4_planes, planes_shorter_than_the_last_literals) {
  for (std::size_t plane = 3; plane < 14; ++plane) {
    for (std::size_t back = 1; back <= plane; ++back) {
      auto original = random_bytes(2 * plane, 256, random_);
      while (original.size() < 32 * plane) original.push_back(original[original.size() - plane]);
      std::copy_n(original.begin() + static_cast<std::ptrdiff_t>(plane - back), back,
                  original.end() - static_cast<std::ptrdiff_t>(plane + back));
      for (int const level : levels) expect_decoded(original, compress(original, level), plane);
    }
    ASSERT_FALSE(HasFailure());
  }
}

// --- hostile blocks --------------------------------------------------------------------------------------------------

void put_length(bytes& block, std::size_t length) {
  for (; length >= 255; length -= 255) block.push_back(255);
  block.push_back(static_cast<std::uint8_t>(length));
}

void put_literals(bytes& block, std::size_t literals, std::size_t match_code, std::mt19937_64& random) {
  block.push_back(
      static_cast<std::uint8_t>(std::min<std::size_t>(literals, 15) << 4 | std::min<std::size_t>(match_code, 15)));
  if (literals >= 15) put_length(block, literals - 15);
  for (std::size_t i = 0; i < literals; ++i) block.push_back(static_cast<std::uint8_t>(random() % 3));
}

void put_sequence(bytes& block, std::size_t literals, std::size_t offset, std::size_t length, std::mt19937_64& random) {
  put_literals(block, literals, length - 4, random);
  block.push_back(static_cast<std::uint8_t>(offset));
  block.push_back(static_cast<std::uint8_t>(offset >> 8));
  if (length >= 19) put_length(block, length - 19);
}

// One match and a few literals, everywhere around the lengths from which on the format forbids them.
TEST_P(lz4_planes, rules_at_the_end_of_a_block) {
  std::vector<std::size_t> lengths;
  for (std::size_t length = 4; length <= 70; length += length < 40 ? 1 : 3) lengths.push_back(length);
  for (std::size_t const more : {97U, 128U, 129U, 131U, 192U, 193U, 256U, 273U, 274U, 600U}) lengths.push_back(more);
  for (std::size_t before = 0; before <= 70; before += before < 20 ? 1 : 9) {
    for (auto const length : lengths) {
      for (std::size_t tail = 0; tail <= 18; ++tail) {
        bytes block;
        put_sequence(block, before, 1 + random_() % (before + 1), length, random_);
        put_literals(block, tail, 0, random_);
        auto const size = before + length + tail;
        for (auto const planes : {size - 1, size, size + 1}) expect_as_liblz4(block, 1, planes, much);
        expect_as_liblz4(block, size, 1, much);
      }
    }
    ASSERT_FALSE(HasFailure());
  }
}

// A match of every length at every offset, up to those for which decoders have loops and read memory alone; behind
// another one and some literals, and followed by one that repeats bytes which it may have left in a register.
TEST_P(lz4_planes, matches_of_every_length_and_offset) {
  std::size_t matches = 0;
  for (std::size_t offset = 1; offset <= 260; offset += offset < 70 ? 1 : 5) {
    for (std::size_t length = 4; length <= 300; length += length < 200 ? 1 : 9) {
      bytes block;
      std::size_t size = 0;
      auto const put = [&](std::size_t literals, std::size_t at, std::size_t made) {
        size += literals;
        put_sequence(block, literals, std::min(at, size), made, random_);
        size += made;
      };
      put(offset + random_() % 30, 1 + random_() % 300, 4 + random_() % 90);
      put(random_() % (random_() % 3 == 0 ? 80 : 15), offset, length);
      put(random_() % 4, 1 + random_() % 130, 4 + random_() % 130);
      auto const tail = 12 + random_() % 8;
      put_literals(block, tail, 0, random_);
      EXPECT_EQ(expect_as_liblz4(block, size + tail, 1, much), 1U);
      ++matches;
    }
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_EQ(accepted_, 2 * matches);
}

// Sequences of any lengths and offsets, also such as lead before the beginning or behind the end.
TEST_P(lz4_planes, random_sequences) {
  auto const some = [&](std::size_t most) { return random_() % (1 + random_() % most); };
  for (int round = 0; round < 30000; ++round) {
    bytes block;
    std::size_t size = 0;
    for (auto n = random_() % 12; n > 0; --n) {
      auto const literals = some(random_() % 8 == 0 ? 600 : 30), length = 4 + some(random_() % 8 == 0 ? 900 : 40);
      size += literals;
      auto const offset = random_() % 40 == 0 ? random_() % 65536 : std::min(size, 1 + some(size + 1));
      put_sequence(block, literals, offset, length, random_);
      size += length;
    }
    auto const tail = random_() % 20;
    put_literals(block, tail, random_() % 16, random_);
    size += tail;
    auto const wrong = random_() % 4 == 0 ? random_() % 5 : 2;
    auto const claimed = std::max<std::size_t>(size + wrong, 3) - 2;
    std::size_t plane = 1 + random_() % 40;
    while (claimed % plane != 0) --plane;
    expect_as_liblz4(block, plane, claimed / plane, much);
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_GT(accepted_, 10000U);
}

TEST_P(lz4_planes, endless_lengths) {
  for (std::size_t const chain : {1U, 20U, 1000U, 300000U}) {
    for (std::uint8_t const token : {0xf0, 0xff, 0x1f, 0x0f}) {
      bytes const start{0x10, 1, 1, 0, token, 1, 1, 0};
      bytes block(start.size() + chain, 255);
      std::copy(start.begin(), start.end(), block.begin());
      for (int const last : {0, 1, 254}) {
        block.push_back(static_cast<std::uint8_t>(last));
        for (std::size_t const behind : {std::size_t{0}, much}) expect_as_liblz4(block, 256, 32, behind);
      }
    }
  }
}

TEST_P(lz4_planes, blocks_cut_short) {
  for (bool const masked : {false, true}) {
    auto const block = compress(counting_planes(64, 16, masked, random_), 0);
    for (std::size_t length = 0; length < block.size(); ++length)
      for (std::size_t const behind : {std::size_t{0}, much})
        EXPECT_EQ(
            expect_as_liblz4(bytes(block.begin(), block.begin() + static_cast<std::ptrdiff_t>(length)), 64, 16, behind),
            0U);
  }
}

TEST_P(lz4_planes, wrong_numbers_of_planes) {
  auto const block = compress(counting_planes(256, 32, true, random_), 0);
  for (std::size_t const planes : {1U, 8U, 16U, 31U, 33U, 64U})
    EXPECT_EQ(expect_as_liblz4(block, 256, planes, much), 0U);
  for (std::size_t const plane : {1U, 64U, 255U, 257U, 512U}) EXPECT_EQ(expect_as_liblz4(block, plane, 32, much), 0U);
  EXPECT_EQ(cpu::decode_lz4_planes({}, nullptr, nullptr, std::numeric_limits<int>::max(), 2), 0U);
}

// XRDCT_LZ4_MUTANTS: how many blocks.
TEST_P(lz4_planes, mutated_blocks) {
  auto const* const wanted = std::getenv("XRDCT_LZ4_MUTANTS");
  auto const count = wanted != nullptr ? std::atol(wanted) : 100000;
  struct seed {
    bytes block;
    std::size_t plane, planes;
  };
  std::vector<seed> seeds;
  for (int i = 0; i < 200; ++i) {
    auto const plane = i % 4 == 0 ? 256 : 8 + random_() % 100;
    std::size_t const planes = std::size_t{8} << random_() % 3;
    auto const original =
        i % 3 == 0 ? pieced_bytes(plane * planes, random_) : counting_planes(plane, planes, i % 2 == 0, random_);
    seeds.push_back({compress(original, levels[random_() % std::size(levels)]), plane, planes});
  }
  for (long i = 0; i < count; ++i) {
    auto const& from = seeds[random_() % seeds.size()];
    auto const block = fuzz::mutated(from.block, seeds[random_() % seeds.size()].block, 20000, random_);
    expect_as_liblz4(block, from.plane, from.planes, i % 16 == 0 ? 0 : much);
    ASSERT_FALSE(HasFailure()) << "mutant " << i;
  }
  RecordProperty("accepted", static_cast<int>(accepted_ / 2));
  EXPECT_GT(accepted_, static_cast<std::size_t>(count) / 100);
}

INSTANTIATE_TEST_SUITE_P(instruction_sets, lz4_planes, testing::ValuesIn(instruction_sets()),
                         [](auto const& one) { return name_of_instruction_set(one.param); });

}  // namespace
}  // namespace xrdct::test
