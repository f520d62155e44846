#include "kernels/common/decode.hpp"
#include "xrdct/codec/bitshuffle.hpp"
#include "xrdct/codec/byte_offset.hpp"

#include <gtest/gtest.h>
#include <lz4.h>
#include <zstd.h>

#include <cstdint>
#include <random>
#include <vector>

namespace xrdct {
namespace {

using bytes = std::vector<std::byte>;

void put(bytes& chunk, std::size_t at, std::uint64_t value, std::size_t length) {
  for (std::size_t i = 0; i < length; ++i)
    chunk.at(at + i) = static_cast<std::byte>(value >> 8 * (length - 1 - i) & 0xff);
}

class hostile_chunk : public testing::TestWithParam<encoding> {
 protected:
  static constexpr std::size_t element_bytes = 2;
  static constexpr std::uint32_t block = 64;

  hostile_chunk() : random_(5), original_(2 * 461) {  // 461 elements: seven blocks, a short one, and 5 left over
    for (auto& b : original_) b = static_cast<std::byte>(random_() % 3);
    if (GetParam() == encoding::bitshuffle_lz4) encode_bitshuffle_lz4(original_, element_bytes, block, chunk_);
    if (GetParam() == encoding::hdf5_lz4) encode_hdf5_lz4(original_, 2 * block, chunk_);
    if (GetParam() == encoding::bitshuffle) encode_bitshuffle(original_, element_bytes, block, chunk_);
    if (GetParam() == encoding::bitshuffle_zstd) encode_bitshuffle_zstd(original_, element_bytes, block, 1, chunk_);
    if (GetParam() == encoding::byte_offset) encode_byte_offset(numbers(), chunk_);
    if (GetParam() == encoding::raw) chunk_ = original_;
  }
  bool has_header() const {
    return GetParam() == encoding::bitshuffle_lz4 || GetParam() == encoding::hdf5_lz4 ||
           GetParam() == encoding::bitshuffle_zstd;
  }
  std::vector<std::int64_t> numbers() const {
    std::vector<std::int64_t> found;
    for (std::size_t i = 0; i < original_.size(); i += 2)
      found.push_back(std::to_integer<int>(original_[i]) + 256 * std::to_integer<int>(original_[i + 1]));
    return found;
  }

  // A copy of exactly the chunk's length, so that sanitizers see every byte read beyond it.
  frame_status decode(bytes const& chunk, bytes& out) const {
    bytes const exact(chunk.begin(), chunk.end());
    return decode_chunk(exact, {GetParam(), element_bytes, block}, out);
  }
  frame_status decode(bytes const& chunk) const {
    bytes out(original_.size());
    return decode(chunk, out);
  }

  std::mt19937 random_;
  bytes original_;
  bytes chunk_;
};

TEST_P(hostile_chunk, whole_is_ok) {
  bytes out(original_.size());
  EXPECT_EQ(decode(chunk_, out), frame_status::ok);
  EXPECT_EQ(out, original_);
}

TEST_P(hostile_chunk, cut_anywhere_is_truncated) {
  for (std::size_t length = 0; length < chunk_.size(); ++length)
    EXPECT_EQ(decode(bytes(chunk_.begin(), chunk_.begin() + static_cast<std::ptrdiff_t>(length))),
              frame_status::truncated)
        << length << " of " << chunk_.size() << " bytes";
}

TEST_P(hostile_chunk, longer_is_ok_only_behind_compressed_blocks) {
  auto longer = chunk_;
  longer.push_back(std::byte{1});
  EXPECT_EQ(decode(longer), has_header() ? frame_status::ok : frame_status::lying_header);
}

TEST_P(hostile_chunk, with_any_bit_flipped_has_a_status) {
  std::size_t bad = 0;
  for (std::size_t bit = 0; bit < 8 * chunk_.size(); ++bit) {
    auto flipped = chunk_;
    flipped[bit / 8] ^= std::byte{1} << (bit % 8);
    bytes out(original_.size());
    auto const status = decode(flipped, out);
    if (status != frame_status::ok) ++bad;
    EXPECT_TRUE(status == frame_status::ok || is_bad(status));
    if (has_header() && bit < 64) {
      EXPECT_EQ(status, frame_status::lying_header) << "bit " << bit;
    }
    if (!has_header()) {
      EXPECT_NE(out, original_);
    }
  }
  if (has_header()) {
    EXPECT_GT(bad, 100U);
  }
}

TEST_P(hostile_chunk, of_random_bytes_has_a_status) {
  for (int i = 0; i < 20000; ++i) {
    bytes chunk(random_() % 200);
    for (auto& b : chunk) b = static_cast<std::byte>(random_() & 0xff);
    bool const plausible = i % 2 == 0 && has_header() && chunk.size() >= 16;
    if (plausible) {  // a header that is right, and a first block that is there: the rest is LZ4's to refuse
      put(chunk, 0, original_.size(), 8);
      put(chunk, 8, 2 * block, 4);
      put(chunk, 12, random_() % (chunk.size() - 15), 4);
    }
    EXPECT_TRUE(is_bad(decode(chunk))) << "try " << i;
  }
}

TEST_P(hostile_chunk, for_another_shape_is_a_lie) {
  bytes shorter(original_.size() - 2), longer(original_.size() + 2);
  EXPECT_EQ(decode(chunk_, shorter), frame_status::lying_header);
  EXPECT_EQ(decode(chunk_, longer), has_header() ? frame_status::lying_header : frame_status::truncated);
}

INSTANTIATE_TEST_SUITE_P(all, hostile_chunk,
                         testing::Values(encoding::raw, encoding::bitshuffle, encoding::bitshuffle_lz4,
                                         encoding::hdf5_lz4, encoding::bitshuffle_zstd, encoding::byte_offset),
                         [](auto const& tested) {
                           std::string name(name_of(tested.param));
                           std::erase_if(name, [](char c) { return c == '-' || c == ' '; });
                           return name;
                         });

class lying_header : public testing::Test {
 protected:
  lying_header() : original_(4000) {
    for (std::size_t i = 0; i < original_.size(); ++i) original_[i] = static_cast<std::byte>(i % 7);
    encode_bitshuffle_lz4(original_, 2, 64, shuffled_);
    encode_hdf5_lz4(original_, 512, plain_);
  }
  frame_status shuffled(std::uint64_t total, std::uint32_t block, std::uint32_t compressed) const {
    return decode(shuffled_, {encoding::bitshuffle_lz4, 2, 0}, total, block, compressed);
  }
  frame_status plain(std::uint64_t total, std::uint32_t block, std::uint32_t compressed) const {
    return decode(plain_, {encoding::hdf5_lz4, 2, 0}, total, block, compressed);
  }
  frame_status decode(bytes chunk, chunk_encoding how, std::uint64_t total, std::uint32_t block,
                      std::uint32_t compressed) const {
    put(chunk, 0, total, 8);
    put(chunk, 8, block, 4);
    if (compressed != 0) put(chunk, 12, compressed == 1 ? 0 : compressed, 4);
    bytes out(original_.size());
    return decode_chunk(chunk, how, out);
  }
  bytes original_, shuffled_, plain_;
};

TEST_F(lying_header, of_totals) {
  EXPECT_EQ(shuffled(4000, 128, 0), frame_status::ok);
  EXPECT_EQ(plain(4000, 512, 0), frame_status::ok);
  for (std::uint64_t const total : {std::uint64_t{0}, std::uint64_t{3999}, std::uint64_t{4001}, std::uint64_t{1} << 32,
                                    (std::uint64_t{1} << 32) + 4000, ~std::uint64_t{0}, std::uint64_t{1} << 63}) {
    EXPECT_EQ(shuffled(total, 128, 0), frame_status::lying_header) << total;
    EXPECT_EQ(plain(total, 512, 0), frame_status::lying_header) << total;
  }
}

TEST_F(lying_header, of_block_sizes) {
  for (std::uint32_t const block : {1U, 2U, 8U, 24U, 127U, 129U, 136U, 0xffffffffU, 0x80000001U})
    EXPECT_EQ(shuffled(4000, block, 0), frame_status::lying_header) << block;
  EXPECT_EQ(plain(4000, 0, 0), frame_status::lying_header);
  // Sizes that a header may have, but that its blocks do not.
  for (std::uint32_t const block : {0U, 16U, 112U, 144U, 256U, 4000U, 0xfffffff0U, 0x80000000U, 0x40000000U}) {
    EXPECT_TRUE(is_bad(shuffled(4000, block, 0))) << block;
    EXPECT_TRUE(is_bad(plain(4000, block, 0))) << block;
  }
}

TEST_F(lying_header, of_compressed_sizes) {
  for (std::uint32_t const size : {0xffffffffU, 0x80000000U, 0x7fffffffU, 4000U}) {
    EXPECT_EQ(shuffled(4000, 128, size), frame_status::truncated) << size;
    EXPECT_EQ(plain(4000, 512, size), frame_status::truncated) << size;
  }
  EXPECT_EQ(shuffled(4000, 128, 1), frame_status::corrupt);  // stands for 0
  EXPECT_EQ(plain(4000, 512, 1), frame_status::corrupt);
}

TEST_F(lying_header, of_elements_or_blocks_that_cannot_be) {
  bytes out(original_.size());
  EXPECT_EQ(decode_chunk(shuffled_, {encoding::bitshuffle_lz4, 0, 0}, out), frame_status::lying_header);
  EXPECT_EQ(decode_chunk(shuffled_, {encoding::bitshuffle_lz4, 3, 0}, out), frame_status::lying_header);
  EXPECT_EQ(decode_chunk(original_, {encoding::bitshuffle, 2, 12}, out), frame_status::lying_header);
  EXPECT_EQ(decode_chunk(shuffled_, {encoding::bitshuffle_lz4, std::size_t{1} << 63, 0}, out),
            frame_status::lying_header);
  // Of elements so large that a default block has no size that a header could hold.
  std::fill(shuffled_.begin(), shuffled_.begin() + 12, std::byte{0});
  for (std::size_t const element : {std::size_t{1} << 25, std::size_t{1} << 57, std::size_t{1} << 63})
    EXPECT_EQ(decode_chunk(shuffled_, {encoding::bitshuffle_lz4, element, 0}, {}), frame_status::lying_header);
}

TEST_F(lying_header, of_a_block_that_decodes_to_another_length) {
  for (int const length : {0, 1, 127, 129, 1000}) {
    bytes const content(static_cast<std::size_t>(length));
    bytes chunk(16 + static_cast<std::size_t>(LZ4_compressBound(length)));
    auto const size =
        LZ4_compress_default(reinterpret_cast<char const*>(content.data()), reinterpret_cast<char*>(chunk.data() + 16),
                             length, static_cast<int>(chunk.size() - 16));
    put(chunk, 0, 128, 8);
    put(chunk, 8, 128, 4);
    put(chunk, 12, static_cast<std::uint64_t>(size), 4);
    bytes out(128);
    EXPECT_EQ(decode_chunk(chunk, {encoding::bitshuffle_lz4, 2, 0}, out), frame_status::corrupt) << length;
    EXPECT_EQ(decode_chunk(chunk, {encoding::hdf5_lz4, 2, 0}, out), frame_status::corrupt) << length;
  }
}

/// A chunk of 1024 bytes in one block, of which these are the compressed bytes, and how it decodes.
frame_status decode_zstd_chunk(bytes const& block, bytes& out) {
  bytes chunk(16);
  put(chunk, 0, 1024, 8);
  put(chunk, 8, 1024, 4);
  put(chunk, 12, block.size(), 4);
  chunk.insert(chunk.end(), block.begin(), block.end());
  out.assign(1024, std::byte{0});
  return decode_chunk(chunk, {encoding::bitshuffle_zstd, 2, 0}, out);
}

bytes zstd_frame(std::size_t length, bool states_length, int window_log) {
  bytes const content(length, std::byte{0x55});
  bytes made(ZSTD_compressBound(length));
  auto* const encoder = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(encoder, ZSTD_c_contentSizeFlag, states_length ? 1 : 0);
  if (window_log != 0) ZSTD_CCtx_setParameter(encoder, ZSTD_c_windowLog, window_log);
  ZSTD_inBuffer in{content.data(), content.size(), 0};
  ZSTD_outBuffer out{made.data(), made.size(), 0};
  // In two steps, or the encoder would know the length and take a small window.
  EXPECT_EQ(ZSTD_isError(ZSTD_compressStream2(encoder, &out, &in, ZSTD_e_continue)), 0U);
  EXPECT_EQ(ZSTD_compressStream2(encoder, &out, &in, ZSTD_e_end), 0U);
  ZSTD_freeCCtx(encoder);
  made.resize(out.pos);
  return made;
}

TEST(hostile_zstd, blocks_are_of_their_length_whatever_frames_state) {
  bytes out;
  for (bool const stated : {false, true})
    for (int const window_log : {0, 10, 27})
      for (std::size_t const length : {0U, 1U, 1023U, 1024U, 1025U, 1000000U})
        EXPECT_EQ(decode_zstd_chunk(zstd_frame(length, stated, window_log), out),
                  length == 1024 ? frame_status::ok : frame_status::corrupt)
            << length << (stated ? " stated" : "") << " window " << window_log;
  auto const half = zstd_frame(512, false, 0);
  auto twice = half;
  twice.insert(twice.end(), half.begin(), half.end());
  EXPECT_EQ(decode_zstd_chunk(half, out), frame_status::corrupt);
  EXPECT_EQ(decode_zstd_chunk(twice, out), frame_status::ok);
  EXPECT_EQ(decode_zstd_chunk({}, out), frame_status::corrupt);
}

TEST(hostile_zstd, frames_that_state_a_huge_length_are_corrupt_at_no_cost) {
  // Magic number, a descriptor with a content size of 8 bytes and a window, and what follows is no block.
  bytes frame{std::byte{0x28}, std::byte{0xb5}, std::byte{0x2f}, std::byte{0xfd}, std::byte{0xc0}, std::byte{0xf8}};
  frame.insert(frame.end(), 8, std::byte{0x7f});
  frame.insert(frame.end(), 20, std::byte{0xff});
  bytes out;
  EXPECT_EQ(decode_zstd_chunk(frame, out), frame_status::corrupt);
  auto lying = zstd_frame(1024, true, 0);
  for (std::size_t at = 4; at < 12 && at < lying.size(); ++at) {
    auto changed = lying;
    changed[at] ^= std::byte{0x40};
    auto const status = decode_zstd_chunk(changed, out);
    EXPECT_TRUE(status == frame_status::ok || status == frame_status::corrupt);
  }
}

}  // namespace
}  // namespace xrdct
