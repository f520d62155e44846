#include "kernels/common/byte_offset.hpp"

#include "xrdct/codec/byte_offset.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <limits>
#include <random>
#include <type_traits>

namespace xrdct {
namespace {

using bytes = std::vector<std::byte>;

bytes payload_of(std::initializer_list<int> values) {
  bytes made;
  for (int const value : values) made.push_back(static_cast<std::byte>(value & 0xff));
  return made;
}

template <class T>
frame_status decode(bytes const& payload, std::vector<T>& values) {
  bytes const exact(payload.begin(), payload.end());  // sanitizers see every byte read beyond it
  return decode_byte_offset<T>(exact, values);
}

template <class T>
class byte_offset : public testing::Test {};
using pixel_types = testing::Types<std::uint8_t, std::uint16_t, std::uint32_t, std::int32_t>;
TYPED_TEST_SUITE(byte_offset, pixel_types);

/// Values with differences of all lengths: noise, steps, and both ends of the type.
template <class T>
std::vector<T> some_values(std::size_t count, std::mt19937_64& random) {
  std::vector<T> values(count);
  for (std::size_t i = 1; i < count; ++i) {
    auto const spread = std::array{3, 100, 200, 60000}[random() % 4];
    values[i] = static_cast<T>(static_cast<std::uint64_t>(values[i - 1]) + random() % static_cast<unsigned>(spread));
    if (random() % 50 == 0) values[i] = static_cast<T>(random());
    if (random() % 90 == 0) values[i] = std::numeric_limits<T>::max();
    if (random() % 90 == 0) values[i] = std::numeric_limits<T>::min();
  }
  return values;
}

TYPED_TEST(byte_offset, returns_what_was_encoded) {
  using T = TypeParam;
  std::mt19937_64 random(11);
  for (std::size_t count : {0U, 1U, 2U, 7U, 8U, 9U, 63U, 1000U, 1001U, 20011U}) {
    auto const values = some_values<T>(count, random);
    bytes payload;
    encode_byte_offset(std::vector<std::int64_t>(values.begin(), values.end()), payload);
    std::vector<T> decoded(count, T(77));
    EXPECT_EQ(decode(payload, decoded), frame_status::ok);
    EXPECT_EQ(decoded, values) << count;
  }
}

TYPED_TEST(byte_offset, cut_anywhere_is_truncated_and_longer_is_a_lie) {
  using T = TypeParam;
  std::mt19937_64 random(12);
  auto const values = some_values<T>(300, random);
  bytes payload;
  encode_byte_offset(std::vector<std::int64_t>(values.begin(), values.end()), payload);
  std::vector<T> decoded(values.size());
  for (std::size_t length = 0; length < payload.size(); ++length)
    EXPECT_EQ(decode(bytes(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(length)), decoded),
              frame_status::truncated)
        << length << " of " << payload.size();
  payload.push_back(std::byte{0});
  EXPECT_EQ(decode(payload, decoded), frame_status::lying_header);
}

TYPED_TEST(byte_offset, of_random_bytes_is_what_a_plain_decoder_finds) {
  using T = TypeParam;
  std::mt19937_64 random(13);
  std::array<int, 16> found{};
  for (int trial = 0; trial < 20000; ++trial) {
    bytes payload(random() % 60);
    for (auto& b : payload)
      b = static_cast<std::byte>(random() % 5 == 0 ? 0x80 : random() % (trial % 2 == 0 ? 3 : 256));
    std::vector<T> expected(random() % 40);
    auto status = frame_status::ok;
    bool outside = false;
    std::size_t at = 0;
    std::int64_t sum = 0;
    for (auto& value : expected) {
      std::int64_t difference = 0;
      for (unsigned length = 1; length <= 8 && status == frame_status::ok; length *= 2) {
        if (at + length > payload.size()) status = frame_status::truncated;
        std::uint64_t bits = 0;
        for (unsigned i = 0; i < length && status == frame_status::ok; ++i)
          bits |= std::to_integer<std::uint64_t>(payload[at + i]) << 8 * i;
        at += length;
        difference = static_cast<std::int64_t>(bits << (64 - 8 * length)) >> (64 - 8 * length);
        if (bits != std::uint64_t{1} << (8 * length - 1)) break;
      }
      if (status != frame_status::ok) break;
      outside = outside || std::abs(difference / 2) > std::int64_t{1} << 40;
      if (!outside) sum += difference;
      value = static_cast<T>(sum);
      outside = outside || sum < std::numeric_limits<T>::min() || sum > std::numeric_limits<T>::max();
    }
    if (status == frame_status::ok && outside) status = frame_status::corrupt;
    if (status == frame_status::ok && at < payload.size()) status = frame_status::lying_header;
    std::vector<T> decoded(expected.size());
    EXPECT_EQ(decode(payload, decoded), status) << "trial " << trial;
    if (status == frame_status::ok) {
      EXPECT_EQ(decoded, expected);
    }
    ++found[static_cast<std::size_t>(status)];
  }
  for (auto const status :
       {frame_status::ok, frame_status::truncated, frame_status::corrupt, frame_status::lying_header})
    EXPECT_GT(found[static_cast<std::size_t>(status)], 5) << describe(status);
}

// The bytes of SEMANTICS §7, by hand.
TEST(byte_offset_by_hand, of_every_length) {
  auto const payload =
      payload_of({5,    -1,   0x80, 0x00, 0x01, 0x80, 0x00, 0x80, 0x00, 0x00, 0x01, 0x00,  //
                  0x80, 0x00, 0x80, 0x00, 0x00, 0x00, 0x80, 0,    0,    0,    0x80, -1,   -1, -1, -1, 127});
  std::vector<std::int32_t> values(6);
  EXPECT_EQ(decode(payload, values), frame_status::ok);
  EXPECT_EQ(values, (std::vector<std::int32_t>{5, 4, 260, 65796, 65796 - 2147483647 - 1, 65796 - 2147483521}));
}

TEST(byte_offset_by_hand, values_just_beyond_the_type_are_corrupt) {
  auto const status_of = [](auto zero, std::vector<std::int64_t> const& values) {
    bytes payload;
    encode_byte_offset(values, payload);
    std::vector<decltype(zero)> decoded(values.size());
    return decode(payload, decoded);
  };
  std::int64_t const two_31 = std::int64_t{1} << 31;
  EXPECT_EQ(status_of(std::int32_t{}, {0, two_31 - 1, -two_31, 0}), frame_status::ok);
  EXPECT_EQ(status_of(std::int32_t{}, {0, two_31, 0}), frame_status::corrupt);
  EXPECT_EQ(status_of(std::int32_t{}, {0, -two_31 - 1, 0}), frame_status::corrupt);
  EXPECT_EQ(status_of(std::uint32_t{}, {2 * two_31 - 1, 0}), frame_status::ok);
  EXPECT_EQ(status_of(std::uint32_t{}, {2 * two_31, 0}), frame_status::corrupt);
  EXPECT_EQ(status_of(std::uint32_t{}, {-1, 0}), frame_status::corrupt);
  EXPECT_EQ(status_of(std::uint16_t{}, {65535, 0}), frame_status::ok);
  EXPECT_EQ(status_of(std::uint16_t{}, {65536, 0}), frame_status::corrupt);
  EXPECT_EQ(status_of(std::uint8_t{}, {256, 0}), frame_status::corrupt);
  // Sums that wrap 64 bits and come back.
  std::int64_t const most = std::numeric_limits<std::int64_t>::max();
  bytes payload;
  for (int i = 0; i < 2; ++i) {
    auto const announced = payload_of({0x80, 0x00, 0x80, 0x00, 0x00, 0x00, 0x80});
    payload.insert(payload.end(), announced.begin(), announced.end());
    for (unsigned b = 0; b < 8; ++b) payload.push_back(static_cast<std::byte>(most >> 8 * b & 0xff));
  }
  payload.push_back(std::byte{2});
  std::vector<std::int32_t> decoded(3);
  EXPECT_EQ(decode(payload, decoded), frame_status::corrupt);
}

}  // namespace
}  // namespace xrdct
