// Hostile frames: every one has a status, the right one, and disturbs no other.
#include "kernels/common/decode.hpp"
#include "tests/kernels/backends.hpp"

#include <algorithm>
#include <stdexcept>

namespace xrdct::test {
namespace {

using bytes = std::vector<std::byte>;

class bad_frames : public every_backend {
 protected:
  // 461 pixels: seven blocks of 64, a short one, and 5 pixels that are left over.
  static reduction_case small_case(encoding code) {
    std::mt19937 random(41);
    return make_case({.type = pixel_type::u16,
                      .code = code,
                      .rows = 461,
                      .columns = 1,
                      .block_pixels = 64,
                      .frames = 2,
                      .mask = true},
                     random);
  }

  // What decoding the whole chunk says, and, where that is ok, what integrating its pixels gives.
  static void expect_like_decoding(reduction_case const& given, frame const& one, pattern_memory const& found,
                                   std::size_t i) {
    bytes pixels(given.format.bytes());
    auto const status = decode_chunk(one.bytes, {given.format.code, 2, given.format.block_pixels}, pixels);
    ASSERT_EQ(found.status[i], status) << "frame " << one.id;
    if (status != frame_status::ok) return expect_zeros(found, i);
    image_bits image;
    for (std::size_t p = 0; p < pixels.size(); p += 2)
      image.push_back(std::to_integer<std::uint32_t>(pixels[p]) | std::to_integer<std::uint32_t>(pixels[p + 1]) << 8);
    expect_pattern(reduce_plainly(given, image), found, i);
  }

  // Reduces bad chunks between good frames. Each lies in memory of exactly its length, for the sanitizers to see.
  void expect_statuses(reduction_case const& given, std::vector<bytes> const& bad) {
    auto const reducer = device_->make_reducer(given.what(), given.format);
    auto const good = reduce(*reducer, given.frames(), given.matrix.bins);
    for (std::size_t first = 0; first < bad.size(); first += 20) {
      std::vector<frame> frames;
      for (auto i = first; i < std::min(first + 20, bad.size()); ++i) {
        if (i % 5 == 0) frames.push_back(given.frames()[1]);
        frames.push_back({bad[i], 0, i});
      }
      auto const found = reduce(*reducer, frames, given.matrix.bins);
      for (std::size_t i = 0; i < frames.size(); ++i) {
        if (frames[i].bytes.data() == given.chunks[1].data())
          expect_same_bits(found, i, good, 1);
        else
          expect_like_decoding(given, frames[i], found, i);
        if (HasFailure()) return;
      }
    }
  }
};

constexpr encoding in_blocks[] = {encoding::bitshuffle_lz4, encoding::bitshuffle_zstd, encoding::hdf5_lz4};
constexpr encoding encoded[] = {encoding::bitshuffle_lz4, encoding::bitshuffle_zstd, encoding::hdf5_lz4,
                                encoding::byte_offset};

// Where the blocks of a compressed frame begin, as its lengths say, and where the last one ends.
std::vector<std::size_t> block_places(bytes const& chunk) {
  std::vector<std::size_t> places{12};
  while (places.back() + 4 <= chunk.size()) {
    std::size_t length = 4;
    for (std::size_t k = 0; k < 4; ++k)
      length += std::to_integer<std::size_t>(chunk[places.back() + k]) << (24 - 8 * k);
    if (places.back() + length > chunk.size()) break;
    places.push_back(places.back() + length);
  }
  return places;
}

void put_length(bytes& chunk, std::size_t at, std::size_t length) {
  for (std::size_t k = 0; k < 4; ++k) chunk[at + k] = static_cast<std::byte>(length >> (24 - 8 * k) & 0xff);
}

TEST_P(bad_frames, cut_anywhere) {
  for (auto const code : encodings_of(pixel_type::u16)) {
    auto const given = small_case(code);
    std::vector<bytes> bad;
    auto const begin = given.chunks[0].begin();
    for (std::size_t length = 0; length < given.chunks[0].size(); ++length)
      bad.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(length));
    bad.push_back(given.chunks[0]);
    bad.back().resize(bad.back().size() + 7);
    expect_statuses(given, bad);
  }
}

TEST_P(bad_frames, with_a_bit_flipped) {
  std::mt19937 random(42);
  for (auto const code : encoded) {
    auto const given = small_case(code);
    std::vector<bytes> bad;
    for (std::size_t i = 0; i < 1500; ++i) {
      bad.push_back(given.chunks[0]);
      auto const bit = i < 200 ? i : random() % (8 * bad.back().size());  // all of the header and the first length
      bad.back()[bit / 8] ^= std::byte{1} << (bit % 8);
    }
    expect_statuses(given, bad);
  }
}

TEST_P(bad_frames, of_random_bytes_behind_a_right_header) {
  std::mt19937 random(43);
  for (auto const code : in_blocks) {
    auto const given = small_case(code);
    std::vector<bytes> bad;
    for (std::size_t i = 0; i < 1000; ++i) {
      bytes chunk(given.chunks[0].begin(), given.chunks[0].begin() + 12);
      auto const size = random() % 300;
      for (std::size_t k = 0; k < size; ++k) chunk.push_back(static_cast<std::byte>(k < 3 ? 0 : random() & 0x3f));
      bad.push_back(chunk);
    }
    expect_statuses(given, bad);
  }
}

// A frame that failed in one slice must not come back to life in the next, however well its later blocks decode.
TEST_P(bad_frames, of_many_slices_that_fail_in_any_of_them) {
  std::mt19937 random(44);
  for (auto const code : encoded) {
    auto given = make_case(
        {.type = pixel_type::u16, .code = code, .rows = 307, .columns = 101, .block_pixels = 1000, .frames = 2},
        random);
    std::vector<bytes> bad;
    for (int i = 0; i < 150; ++i) {
      bad.push_back(given.chunks[0]);
      auto const at = 12 + random() % (bad.back().size() - 12);
      if (i % 3 == 0) bad.back().resize(at);
      if (i % 3 == 1) bad.back()[at] ^= std::byte{0x10};
      if (i % 3 == 2) std::fill_n(bad.back().begin() + static_cast<std::ptrdiff_t>(at) - 8, 8, std::byte{0xff});
    }
    expect_statuses(given, bad);
  }
}

// Threads share frames of so many pixels by ranges, and find where these begin by following the lengths: a range may
// fail before one that comes earlier in the frame, and lengths may lead anywhere.
TEST_P(bad_frames, that_fail_in_several_ranges) {
  std::mt19937 random(48);
  for (auto const code : {encoding::bitshuffle_lz4, encoding::bitshuffle_zstd}) {
    auto const given = make_case({.type = pixel_type::u16,
                                  .code = code,
                                  .rows = 739,
                                  .columns = 101,
                                  .block_pixels = 1000,
                                  .frames = 2,
                                  .bins = 400},
                                 random);
    auto const places = block_places(given.chunks[0]);
    ASSERT_EQ(places.size(), 76U);
    std::vector<bytes> bad;
    for (int i = 0; i < 120; ++i) {
      auto chunk = given.chunks[0];
      for (auto faults = 1 + random() % 3; faults > 0; --faults) {
        auto const at = places[random() % (places.size() - 1)];
        auto const rest = chunk.size() - at - 4;
        switch (random() % 5) {
          case 0: chunk[at + 4 + random() % 20] ^= std::byte{0x10}; break;
          case 1: put_length(chunk, at, rest); break;
          case 2: put_length(chunk, at, random() % 2 == 0 ? rest + 1 : 0xffffffffU); break;
          case 3: put_length(chunk, at, random() % 300); break;
          default: put_length(chunk, at, places[std::min<std::size_t>(75, 1 + random() % 75)] % (rest + 1));
        }
      }
      if (random() % 8 == 0) chunk.resize(12 + random() % (chunk.size() - 12));
      bad.push_back(chunk);
    }
    expect_statuses(given, bad);
  }
}

// The first block alone is no LZ4; all others are as they should be.
TEST_P(bad_frames, whose_first_block_is_corrupt) {
  std::mt19937 random(45);
  auto given = make_case({.type = pixel_type::u32, .rows = 307, .columns = 101, .frames = 4}, random);
  auto& chunk = given.chunks[1];
  auto const length = std::to_integer<std::size_t>(chunk[14]) << 8 | std::to_integer<std::size_t>(chunk[15]);
  std::fill_n(chunk.begin() + 16, length, std::byte{0});
  auto const found = reduce(*device_, given);
  EXPECT_EQ(found.status[1], frame_status::corrupt);
  expect_zeros(found, 1);
  for (std::size_t const i : {0, 2, 3}) expect_pattern(reduce_plainly(given, given.images[i]), found, i);
}

// Values beyond the type in the first slice, and wrong lengths, are one error and always the same: a frame that ends
// too early is truncated whatever its values.
TEST_P(bad_frames, of_byte_offset_with_several_faults_at_once) {
  std::mt19937 random(46);
  auto const given = make_case(
      {.type = pixel_type::u16, .code = encoding::byte_offset, .rows = 307, .columns = 101, .frames = 2}, random);
  auto const& good = given.chunks[0];
  std::vector<bytes> bad(6, good);
  bad[0].push_back(std::byte{0});
  bad[1].pop_back();
  for (std::size_t const i : {2, 3, 4}) bad[i][0] = std::byte{0xff};  // −1, and all else one less
  bad[3].pop_back();
  bad[4].push_back(std::byte{0});
  auto const above = bytes{std::byte{0x80}, std::byte{0}, std::byte{0x80}, std::byte{0},
                           std::byte{0},    std::byte{1}, std::byte{0}};  // 65536 instead of the last difference
  bad[5].assign(good.begin(), good.end());
  auto const last =
      encode_image({given.images[0].end() - 2, given.images[0].end()}, pixel_type::u16, encoding::byte_offset, 0);
  auto const first_of_two = encode_image({*(given.images[0].end() - 2)}, pixel_type::u16, encoding::byte_offset, 0);
  bad[5].resize(good.size() - (last.size() - first_of_two.size()));
  bad[5].insert(bad[5].end(), above.begin(), above.end());
  expect_statuses(given, bad);
  std::vector<frame> frames;
  for (auto const& chunk : bad) frames.push_back({chunk, 0, frames.size()});
  auto const found = reduce(*device_->make_reducer(given.what(), given.format), frames, given.matrix.bins);
  EXPECT_EQ(found.status, std::vector({frame_status::lying_header, frame_status::truncated, frame_status::corrupt,
                                       frame_status::truncated, frame_status::corrupt, frame_status::corrupt}));
}

TEST_P(bad_frames, of_byte_offset_are_of_integers) {
  std::mt19937 random(47);
  auto given = make_case({.type = pixel_type::f32, .code = encoding::raw}, random);
  given.format.code = encoding::byte_offset;
  EXPECT_THROW(device_->make_reducer(given.what(), given.format), std::invalid_argument);
}

TEST_P(bad_frames, whose_filter_was_skipped_are_measured_as_raw) {
  auto const given = small_case(encoding::bitshuffle_lz4);
  bytes const short_by_one(given.format.bytes() - 1), right(given.format.bytes()),
      long_by_one(given.format.bytes() + 1);
  auto const found = reduce(*device_->make_reducer(given.what(), given.format),
                            {{short_by_one, 1, 0}, {right, 1, 1}, {long_by_one, 1, 2}, {{}, 1, 3}}, given.matrix.bins);
  EXPECT_EQ(found.status, std::vector({frame_status::truncated, frame_status::ok, frame_status::lying_header,
                                       frame_status::truncated}));
}

XRDCT_FOR_EVERY_BACKEND(bad_frames);

}  // namespace
}  // namespace xrdct::test
