// Byte offset slice by slice, by every instruction set, against a decoder that takes one byte after the other.
#include "kernels/cpu/differences.hpp"

#include "tests/kernels/only_instruction_set.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/codec/byte_offset.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <iterator>
#include <numeric>
#include <ostream>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace xrdct {
namespace {

using bytes = std::vector<std::byte>;

struct outcome {
  frame_status status = frame_status::ok;
  std::vector<std::uint32_t> values;  // bits, zero-extended
  bool operator==(outcome const&) const = default;
};

std::ostream& operator<<(std::ostream& to, outcome const& found) {
  return to << describe(found.status) << ", " << found.values.size() << " values";
}

struct type_range {
  pixel_type type;
  std::int64_t least, most;
};
constexpr std::array<type_range, 4> types{{{pixel_type::u8, 0, 0xff},
                                           {pixel_type::u16, 0, 0xffff},
                                           {pixel_type::u32, 0, 0xffffffff},
                                           {pixel_type::i32, -0x80000000LL, 0x7fffffff}}};

outcome decode_plainly(bytes const& payload, type_range const& of, std::size_t count) {
  outcome found;
  std::size_t at = 0;
  std::int64_t value = 0;
  bool outside = false;
  for (std::size_t i = 0; i < count; ++i) {
    std::int64_t difference = 0;
    for (unsigned length = 1; length <= 8; length *= 2) {
      if (payload.size() - at < length) return {frame_status::truncated, {}};
      std::uint64_t bits = 0;
      for (unsigned k = 0; k < length; ++k) bits |= std::to_integer<std::uint64_t>(payload[at + k]) << 8 * k;
      at += length;
      auto const unused = 64 - 8 * length;
      difference = static_cast<std::int64_t>(bits << unused) >> unused;
      if (bits != std::uint64_t{1} << (8 * length - 1)) break;
    }
    outside = outside || difference < of.least - value || difference > of.most - value;
    if (!outside) value += difference;
    auto const bits = static_cast<std::uint32_t>(value);
    found.values.push_back(bits & static_cast<std::uint32_t>(of.most - of.least));
  }
  if (outside) return {frame_status::corrupt, {}};
  if (at < payload.size()) return {frame_status::lying_header, {}};
  return found;
}

// In pieces of `piece` values. The payload lies in memory of exactly its length, for the sanitizers to see.
outcome decode_in_pieces(bytes const& payload, pixel_type type, std::size_t count, std::size_t piece) {
  bytes const exact(payload.begin(), payload.end());
  byte_offset_stream stream{exact};
  outcome found;
  auto const size = bytes_of(type);
  for (std::size_t at = 0; at < count; at += piece) {
    auto const here = std::min(piece, count - at);
    bytes values(here * size);
    if (!cpu::decode_differences(stream, type, values)) return {frame_status::truncated, {}};
    for (std::size_t i = 0; i < here; ++i) {
      std::uint32_t bits = 0;
      std::memcpy(&bits, values.data() + i * size, size);
      found.values.push_back(bits);
    }
  }
  found.status = stream.status();
  return found.status == frame_status::ok ? found : outcome{found.status, {}};
}

// How an image looks: counts about a mean with steps of all sizes, and ends of the type.
struct looks {
  unsigned noise = 3;          // spread of neighbours
  unsigned steps_in_1000 = 0;  // to anywhere near
  unsigned far_in_1000 = 0;    // to anywhere
  unsigned ends_in_1000 = 0;
};
constexpr std::array<looks, 6> all_looks{
    {{3, 0, 0, 0}, {100, 3, 0, 0}, {230, 20, 0, 0}, {1000, 300, 1, 1}, {60, 100, 30, 30}, {40000, 50, 200, 60}}};

std::vector<std::int64_t> random_values(looks const& how, type_range const& of, std::size_t count,
                                        std::mt19937_64& random) {
  std::vector<std::int64_t> values(count);
  auto level = std::min<std::int64_t>(of.most / 2, 1000);
  for (auto& value : values) {
    auto const dice = random() % 1000;
    if (dice < how.steps_in_1000) level = static_cast<std::int64_t>(random() % 70000);
    if (dice < how.far_in_1000) level = of.least + static_cast<std::int64_t>(random() % 0xffffffff);
    value = std::clamp(level + static_cast<std::int64_t>(random() % how.noise), of.least, of.most);
    if (random() % 1000 < how.ends_in_1000) value = random() % 2 == 0 ? of.least : of.most;
  }
  return values;
}

class differences : public testing::Test {
 protected:
  void expect_as_defined(bytes const& payload, type_range const& of, std::size_t count) {
    auto const expected = decode_plainly(payload, of, count);
    ++found_[static_cast<std::size_t>(expected.status)];
    for (std::size_t const piece : {cpu::differences_at_a_time, std::size_t{97}})
      ASSERT_EQ(decode_in_pieces(payload, of.type, count, piece), expected)
          << name_of(of.type) << ", " << count << " values of " << payload.size() << " bytes in pieces of " << piece;
  }
  std::array<int, 16> found_{};
};

TEST_F(differences, of_images_of_all_looks) {
  for (auto const target : test::instruction_sets()) {
    test::only_instruction_set const only(target);
    std::mt19937_64 random(61);
    for (auto const& of : types) {
      for (auto const& how : all_looks) {
        for (std::size_t const count : {1U, 15U, 63U, 64U, 65U, 127U, 1000U, 2047U, 2048U, 2049U, 9001U}) {
          bytes payload;
          encode_byte_offset(random_values(how, of, count, random), payload);
          ASSERT_NO_FATAL_FAILURE(expect_as_defined(payload, of, count));
        }
      }
    }
  }
  EXPECT_EQ(found_[0], std::accumulate(found_.begin(), found_.end(), 0));
}

// Bytes that no encoder would write: longer differences than need be, and 0x80 within them.
TEST_F(differences, of_random_bytes) {
  for (auto const target : test::instruction_sets()) {
    test::only_instruction_set const only(target);
    std::mt19937_64 random(62);
    for (int trial = 0; trial < 6000; ++trial) {
      bytes payload(random() % 700);
      std::uint64_t const escapes = 1 + random() % 60, spread = trial % 3 == 0 ? 256 : 2;
      for (auto& b : payload) b = static_cast<std::byte>(random() % escapes == 0 ? 0x80 : random() % spread);
      auto const count = payload.size() == 0 ? 1 : payload.size() - random() % payload.size() / (1 + random() % 40);
      ASSERT_NO_FATAL_FAILURE(expect_as_defined(payload, types[random() % types.size()], count));
    }
  }
  for (auto const status : {frame_status::truncated, frame_status::corrupt, frame_status::lying_header})
    EXPECT_GT(found_[static_cast<std::size_t>(status)], 300) << describe(status);
}

TEST_F(differences, cut_anywhere_longer_and_beyond_the_type) {
  for (auto const target : test::instruction_sets()) {
    test::only_instruction_set const only(target);
    std::mt19937_64 random(63);
    for (auto const& of : types) {
      auto const values = random_values(all_looks[4], of, 500, random);
      bytes payload;
      encode_byte_offset(values, payload);
      for (std::size_t length = 0; length < payload.size(); ++length)
        ASSERT_EQ(decode_in_pieces({payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(length)}, of.type,
                                   values.size(), 128)
                      .status,
                  frame_status::truncated);
      payload.push_back(std::byte{5});
      EXPECT_EQ(decode_in_pieces(payload, of.type, values.size(), 128).status, frame_status::lying_header);
      for (std::size_t at = 0; at < values.size(); at += 7) {
        for (auto const beyond : {of.least - 1, of.most + 1}) {
          auto changed = values;
          changed[at] = beyond;
          payload.clear();
          encode_byte_offset(changed, payload);
          ASSERT_EQ(decode_in_pieces(payload, of.type, values.size(), 128).status, frame_status::corrupt);
        }
      }
    }
  }
}

// Many short differences lead far, and back.
TEST_F(differences, that_add_up_beyond_32_bits) {
  for (auto const target : test::instruction_sets()) {
    test::only_instruction_set const only(target);
    std::size_t const count = 70000;
    for (auto const& of : types) {
      for (bool const up : {false, true}) {
        bytes payload;
        for (std::size_t i = 0; i < 2 * count; ++i)
          for (int const b : {0x80, 0xff, (i < count) == up ? 0x7f : 0x81})
            payload.push_back(static_cast<std::byte>(b));
        ASSERT_NO_FATAL_FAILURE(expect_as_defined(payload, of, 2 * count));
      }
    }
  }
  EXPECT_GT(found_[static_cast<std::size_t>(frame_status::corrupt)], 0);
}

/// What stands between the four bytes that end a CBF header and the length that it states.
bytes payload_of(std::string const& file) {
  std::ifstream in(file, std::ios::binary);
  std::string const all{std::istreambuf_iterator<char>(in), {}};
  std::string const size = "X-Binary-Size:";
  auto const begin = all.find("\x0c\x1a\x04\xd5") + 4;
  auto const text = all.substr(begin, std::stoull(all.substr(all.find(size) + size.size(), 20)));
  auto const from = std::as_bytes(std::span(text));
  return {from.begin(), from.end()};
}

TEST_F(differences, of_a_detectors_image) {
  std::string const path = "data/cbf/pilatus2m_CeO2/CeO2.cbf";
  XRDCT_NEEDS_SHARED(path);
  constexpr std::size_t pixels = 1679 * 1475;
  auto const payload = payload_of(test::shared(path));
  for (auto const target : test::instruction_sets()) {
    test::only_instruction_set const only(target);
    auto const found = decode_in_pieces(payload, pixel_type::i32, pixels, cpu::differences_at_a_time);
    ASSERT_EQ(found.status, frame_status::ok);
    std::int64_t sum = 0;
    std::int32_t least = 0, most = 0;
    for (auto const bits : found.values) {
      auto const value = static_cast<std::int32_t>(bits);
      sum += value;
      least = std::min(least, value);
      most = std::max(most, value);
    }
    EXPECT_EQ(sum, 1692833047);
    EXPECT_EQ(least, -2);
    EXPECT_EQ(most, 1140729);
  }
}

}  // namespace
}  // namespace xrdct
