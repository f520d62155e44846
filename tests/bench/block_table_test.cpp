#include "xrdct/bench/block_table.hpp"

#include "kernels/common/bit_transpose.hpp"
#include "kernels/common/decode.hpp"
#include "xrdct/codec/bitshuffle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace xrdct {
namespace {

using bytes = std::vector<std::byte>;

bytes random_pixels(frame_format const& format, std::mt19937& random) {
  bytes pixels(format.bytes());
  for (std::size_t i = 0; i < pixels.size(); i += bytes_of(format.type))
    pixels[i] = static_cast<std::byte>(random() % 7);
  return pixels;
}

bytes encode(bytes const& pixels, frame_format const& format) {
  bytes chunk;
  if (format.code == encoding::hdf5_lz4)
    encode_hdf5_lz4(pixels, 1000, chunk);
  else
    encode_bitshuffle_lz4(pixels, bytes_of(format.type), 64, chunk);
  return chunk;
}

/// By the table, block by block. Empty where a part of it is refused.
bytes decode(bytes const& chunk, frame_format const& format) {
  block_table table;
  if (find_blocks(chunk, format, table) != frame_status::ok) return {};
  bytes out(format.bytes()), block;
  for (std::size_t b = 0; b < table.blocks.size(); ++b) {
    block.resize(table.bytes_of(b));
    if (decode_by_liblz4(table, b, block.data()) != frame_status::ok) return {};
    auto* const to = out.data() + b * table.block_bytes;
    if (table.bit_shuffled)
      unshuffle_block(block.data(), block.size() / bytes_of(format.type), bytes_of(format.type), to);
    else
      std::ranges::copy(block, to);
  }
  std::ranges::copy(table.tail, out.end() - static_cast<std::ptrdiff_t>(table.tail.size()));
  return out;
}

constexpr encoding codes[] = {encoding::bitshuffle_lz4, encoding::hdf5_lz4};

TEST(block_table, finds_blocks_that_decode_to_the_frame) {
  std::mt19937 random(1);
  for (auto const code : codes)
    for (auto const type : {pixel_type::u8, pixel_type::u16, pixel_type::u32})
      for (int const columns : {1, 7, 8, 64, 65, 999}) {
        frame_format const format{code, type, 3, columns, 0};
        auto const pixels = random_pixels(format, random);
        EXPECT_EQ(decode(encode(pixels, format), format), pixels) << columns;
      }
}

TEST(block_table, keeps_noise_that_hdf5_stores_as_it_is) {
  std::mt19937 random(2);
  frame_format const format{encoding::hdf5_lz4, pixel_type::u8, 50, 61, 0};
  bytes pixels(format.bytes());
  for (auto& b : pixels) b = static_cast<std::byte>(random());
  EXPECT_EQ(decode(encode(pixels, format), format), pixels);
}

TEST(block_table, accepts_of_damaged_chunks_only_what_the_decoder_accepts) {
  std::mt19937 random(3);
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    frame_format const format{codes[round % 2], pixel_type::u16, 5, 211, 0};
    auto chunk = encode(random_pixels(format, random), format);
    for (auto n = 1 + random() % 3; n > 0; --n) {
      auto const at = random() % (n == 1 ? std::min<std::size_t>(chunk.size(), 40) : chunk.size());
      chunk[at] = static_cast<std::byte>(random());
    }
    if (random() % 4 == 0) chunk.resize(random() % chunk.size());
    bytes expected(format.bytes());
    auto const status = decode_chunk(chunk, {format.code, bytes_of(format.type), 0}, expected);
    auto const got = decode(chunk, format);
    EXPECT_EQ(got, status == frame_status::ok ? expected : bytes{});
    refused += got.empty() ? 1 : 0;
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace xrdct
