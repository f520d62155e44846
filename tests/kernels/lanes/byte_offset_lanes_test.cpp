// Byte offset on lanes: pieces are entered where differences begin, wherever escapes lie.
#include "kernels/common/byte_offset.hpp"
#include "tests/kernels/backends.hpp"
#include "tests/kernels/lanes/host_engine.hpp"

#include "kernels/lanes/byte_offset.hpp"

#include <algorithm>
#include <random>

namespace xrdct::test {
namespace {

using bytes = std::vector<std::byte>;

// Differences of all lengths, such that their first bytes lie everywhere about the ends of pieces; sums wrap.
bytes payload_of_all_lengths(std::size_t length, unsigned escapes, std::mt19937_64& random) {
  bytes made;
  auto const put = [&](std::uint64_t number, int count) {
    for (int i = 0; i < count; ++i) made.push_back(static_cast<std::byte>(number >> 8 * i));
  };
  while (made.size() < length) {
    if (random() % 100 >= escapes) {
      put(random() % 255 + 129, 1);  // all but −128
      continue;
    }
    put(0x80, 1);
    if (random() % 2 == 0) {
      put(random() % 3 == 0 ? 0x8080 : random() % 0x7fff, 2);
      continue;
    }
    put(0x8000, 2);
    if (random() % 2 == 0) {
      put(random() % 0x7fffffff, 4);
      continue;
    }
    put(0x80000000, 4);
    put(random(), 8);
  }
  return made;
}

// Status and values of a payload, by the kernels.
struct by_lanes {
  std::vector<std::uint32_t> values;
  frame_status status = frame_status::ok;

  by_lanes(host_engine const& on, bytes const& payload, std::size_t pixels, std::size_t type_bits, bool negative)
      : values(pixels) {
    auto const pieces = std::max<std::size_t>(1, (payload.size() + lanes::payload_piece - 1) / lanes::payload_piece);
    auto const all = lanes::batch_frames * pieces;
    auto const maps = on.make<std::uint64_t>(all), sums = on.make<std::uint64_t>(all),
               first = on.make<std::uint64_t>(all), before = on.make<std::uint64_t>(all);
    auto const entries = on.make<std::uint8_t>(all);
    auto const counts = on.make<std::uint32_t>(all);
    constexpr std::size_t frame = 5;  // the only one of its batch
    std::vector<lanes::frame_slot> slots(lanes::batch_frames);
    slots[frame] = {lanes::frame_kind::differences, 0, 0, payload.size()};
    std::vector<std::uint32_t> faults(3 * std::size_t{lanes::batch_frames}), decoded(lanes::batch_frames * pixels);
    auto* const truncated = faults.data();
    auto *const outside = truncated + lanes::batch_frames, *const left_over = outside + lanes::batch_frames;
    lanes::byte_offset_pieces const p{reinterpret_cast<std::uint8_t const*>(payload.data()),
                                      slots.data(),
                                      pieces,
                                      maps.data(),
                                      entries.data(),
                                      counts.data(),
                                      sums.data(),
                                      first.data(),
                                      before.data()};
    auto queue = on.make_queue();
    auto const launch = [&](auto const& kernel) { queue.launch(kernel.launched(), kernel); };
    launch(lanes::map_pieces{p});
    launch(lanes::enter_pieces{p});
    launch(lanes::sum_pieces{p});
    launch(lanes::place_pieces{p, pixels, truncated});
    launch(lanes::write_pieces{p, pixels, type_bits, negative, decoded.data(), outside, left_over});
    queue.synchronize();
    std::copy_n(decoded.begin() + frame * pixels, pixels, values.begin());
    if (truncated[frame] != 0) {
      status = frame_status::truncated;
    } else if (outside[frame] != 0) {
      status = frame_status::corrupt;
    } else if (left_over[frame] != 0) {
      status = frame_status::lying_header;
    }
  }
};

template <class T>
void expect_as_sequential(host_engine const& on, bytes const& payload, std::size_t pixels) {
  std::vector<T> expected(pixels);
  auto const status = decode_byte_offset<T>(payload, expected);
  by_lanes const found(on, payload, pixels, 8 * sizeof(T), std::is_signed_v<T>);
  ASSERT_EQ(found.status, status) << payload.size() << " bytes for " << pixels;
  if (status != frame_status::ok) return;
  for (std::size_t i = 0; i < pixels; ++i) ASSERT_EQ(static_cast<T>(found.values[i]), expected[i]) << i;
}

// As many values as a payload has.
std::size_t count_of(bytes const& payload) {
  byte_offset_stream stream{payload};
  std::vector<std::uint8_t> one(1);
  std::size_t count = 0;
  while (decode_next<std::uint8_t>(stream, one)) ++count;
  return count;
}

TEST(byte_offset_lanes, enters_every_piece_where_a_difference_begins) {
  std::mt19937_64 random(11);
  host_engine const on;
  for (int trial = 0; trial < 400; ++trial) {
    auto const payload = payload_of_all_lengths(random() % 3000, trial % 4 == 0 ? 100 : trial % 30, random);
    auto const count = count_of(payload);
    for (auto const pixels : {count, count + 1, count > 3 ? count - 2 : 1}) {
      if (pixels == 0) continue;
      expect_as_sequential<std::uint8_t>(on, payload, pixels);
      expect_as_sequential<std::uint16_t>(on, payload, pixels);
      expect_as_sequential<std::uint32_t>(on, payload, pixels);
      expect_as_sequential<std::int32_t>(on, payload, pixels);
    }
    if (HasFatalFailure()) return;
  }
}

// Values that fit, so that most payloads are whole images; cut off anywhere, and with bytes changed.
TEST(byte_offset_lanes, decodes_images_and_what_is_left_of_them) {
  std::mt19937 random(12);
  std::mt19937_64 wide(12);
  host_engine const on;
  for (auto const type : {pixel_type::u16, pixel_type::i32, pixel_type::u32}) {
    auto const given = make_case({.type = type, .code = encoding::byte_offset, .rows = 61, .columns = 43}, random);
    for (auto payload : given.chunks) {
      for (int trial = 0; trial < 40; ++trial) {
        auto const pixels = given.format.pixels();
        if (type == pixel_type::u16) expect_as_sequential<std::uint16_t>(on, payload, pixels);
        if (type == pixel_type::u32) expect_as_sequential<std::uint32_t>(on, payload, pixels);
        if (type == pixel_type::i32) expect_as_sequential<std::int32_t>(on, payload, pixels);
        if (HasFatalFailure() || payload.empty()) return;
        if (trial % 3 == 0) payload.resize(payload.size() - wide() % std::min<std::size_t>(payload.size(), 20));
        if (!payload.empty())
          payload[wide() % payload.size()] = static_cast<std::byte>(wide() % 4 == 0 ? 0x80 : wide());
      }
    }
  }
}

TEST(byte_offset_lanes, does_by_threads_what_one_lane_does) {
  std::mt19937_64 random(13);
  auto const payload = payload_of_all_lengths(700, 30, random);
  auto const count = count_of(payload);
  for (auto const pixels : {count, count + 1}) {
    by_lanes const one(host_engine(false), payload, pixels, 32, true);
    by_lanes const threads(host_engine(true), payload, pixels, 32, true);
    EXPECT_EQ(threads.status, one.status);
    EXPECT_TRUE(one.status != frame_status::ok || threads.values == one.values);
  }
}

}  // namespace
}  // namespace xrdct::test
