#include "kernels/common/decode.hpp"

#include "kernels/common/bit_transpose.hpp"
#include "xrdct/codec/bitshuffle.hpp"
#include "xrdct/codec/byte_offset.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <vector>

namespace xrdct {
namespace {

using bytes = std::vector<std::byte>;

// Small numbers with a large one now and then: what compresses somewhat, as frames do.
bytes random_elements(std::size_t size, std::mt19937& random) {
  bytes made(size);
  for (auto& b : made) b = static_cast<std::byte>(random() % 5 == 0 ? random() & 0xff : random() & 3);
  return made;
}

std::vector<std::int64_t> numbers(bytes const& elements, std::size_t element_bytes) {
  std::vector<std::int64_t> found(elements.size() / element_bytes);
  for (std::size_t i = 0; i < elements.size(); ++i)
    found[i / element_bytes] |= std::to_integer<std::int64_t>(elements[i]) << 8 * (i % element_bytes);
  return found;
}

bytes encode(encoding code, bytes const& elements, std::size_t element_bytes, std::uint32_t block) {
  bytes out;
  switch (code) {
    case encoding::raw: return elements;
    case encoding::bitshuffle: encode_bitshuffle(elements, element_bytes, block, out); break;
    case encoding::bitshuffle_lz4: encode_bitshuffle_lz4(elements, element_bytes, block, out); break;
    case encoding::hdf5_lz4: encode_hdf5_lz4(elements, block, out); break;
    case encoding::bitshuffle_zstd: encode_bitshuffle_zstd(elements, element_bytes, block, 1, out); break;
    case encoding::byte_offset: encode_byte_offset(numbers(elements, element_bytes), out); break;
  }
  return out;
}

TEST(bit_transpose, moves_bit_i_of_byte_k_to_bit_k_of_byte_i) {
  for (int i = 0; i < 8; ++i)
    for (int k = 0; k < 8; ++k)
      EXPECT_EQ(transpose_8x8(std::uint64_t{1} << (8 * k + i)), std::uint64_t{1} << (8 * i + k));
}

TEST(bit_transpose, undoes_the_shuffle_bit_by_bit) {
  std::mt19937 random(1);
  for (std::size_t const size : {1, 2, 3, 4, 6, 8, 10}) {
    for (std::size_t const elements : {8, 24, 128, 1000}) {
      auto const planes = random_elements(elements * size, random);
      bytes out(planes.size());
      unshuffle_block(planes.data(), elements, size, out.data());
      for (std::size_t i = 0; i < elements; ++i) {
        for (std::size_t b = 0; b < 8 * size; ++b) {
          auto const at = b * elements + i;
          ASSERT_EQ(out[i * size + b / 8] >> (b % 8) & std::byte{1}, planes[at / 8] >> (at % 8) & std::byte{1})
              << size << " bytes, element " << i << " bit " << b;
        }
      }
    }
  }
}

TEST(decode_chunk, gives_back_what_was_encoded) {
  std::mt19937 random(2);
  for (std::size_t const size : {1, 2, 3, 4, 6, 8, 10}) {
    for (std::size_t const elements : {0, 1, 7, 8, 9, 63, 64, 65, 127, 128, 129, 1023, 1031, 4096, 9999, 20005}) {
      for (std::uint32_t const block : {0, 8, 64, 1000, 4096, 65536}) {
        auto const original = random_elements(elements * size, random);
        for (auto const code : {encoding::raw, encoding::bitshuffle, encoding::bitshuffle_lz4, encoding::hdf5_lz4,
                                encoding::bitshuffle_zstd, encoding::byte_offset}) {
          bool const is_integer = size == 1 || size == 2 || size == 4;
          if (code == encoding::byte_offset && (block != 0 || !is_integer)) continue;
          auto const chunk = encode(code, original, size, block);
          bytes out(original.size());
          ASSERT_EQ(decode_chunk(chunk, {code, size, block}, out), frame_status::ok)
              << name_of(code) << ", " << elements << " elements of " << size << " in blocks of " << block;
          ASSERT_EQ(out, original) << name_of(code) << ", " << elements << " elements of " << size << " in blocks of "
                                   << block;
        }
      }
    }
  }
}

TEST(decode_chunk, believes_the_block_size_of_the_header_not_the_expected_one) {
  std::mt19937 random(3);
  auto const original = random_elements(4 * 5000, random);
  auto const chunk = encode(encoding::bitshuffle_lz4, original, 4, 136);
  bytes out(original.size());
  EXPECT_EQ(decode_chunk(chunk, {encoding::bitshuffle_lz4, 4, 2048}, out), frame_status::ok);
  EXPECT_EQ(out, original);
}

TEST(decode_chunk, takes_a_block_size_of_0_in_the_header_for_the_default) {
  std::mt19937 random(5);
  for (std::size_t const element : {1, 2, 3, 4, 10}) {
    auto const elements = random_elements(3001 * element, random);
    auto chunk = encode(encoding::bitshuffle_lz4, elements, element, 0);
    std::fill(chunk.begin() + 8, chunk.begin() + 12, std::byte{0});
    bytes out(elements.size());
    EXPECT_EQ(decode_chunk(chunk, {encoding::bitshuffle_lz4, element, 64}, out), frame_status::ok) << element;
    EXPECT_EQ(out, elements) << element;
  }
}

TEST(decode_chunk, takes_random_bytes_which_lz4_cannot_make_smaller) {
  std::mt19937 random(4);
  bytes original(100003);
  for (auto& b : original) b = static_cast<std::byte>(random() & 0xff);
  for (auto const code : {encoding::bitshuffle_lz4, encoding::hdf5_lz4, encoding::bitshuffle_zstd}) {
    auto const chunk = encode(code, original, 1, 4096);
    EXPECT_GT(chunk.size(), original.size());
    bytes out(original.size());
    EXPECT_EQ(decode_chunk(chunk, {code, 1, 0}, out), frame_status::ok);
    EXPECT_EQ(out, original);
  }
}

TEST(encoders, refuse_ragged_elements_and_blocks) {
  bytes const elements(24);
  bytes out;
  EXPECT_THROW(encode_bitshuffle(elements, 5, 8, out), std::invalid_argument);
  EXPECT_THROW(encode_bitshuffle(elements, 0, 8, out), std::invalid_argument);
  EXPECT_THROW(encode_bitshuffle_lz4(elements, 5, 8, out), std::invalid_argument);
  EXPECT_THROW(encode_bitshuffle_lz4(elements, 2, 12, out), std::invalid_argument);
  EXPECT_THROW(encode_bitshuffle_zstd(elements, 2, 12, 0, out), std::invalid_argument);
  EXPECT_THROW(encode_bitshuffle_lz4(elements, 2, 0xfffffff8U, out), std::invalid_argument);
  EXPECT_THROW(encode_hdf5_lz4(elements, 0xffffffffU, out), std::invalid_argument);
}

TEST(encoders, append_to_what_is_there) {
  bytes const elements(1000, std::byte{7});
  bytes out(3, std::byte{42});
  encode_bitshuffle(elements, 2, 0, out);
  encode_bitshuffle_lz4(elements, 2, 0, out);
  encode_hdf5_lz4(elements, 0, out);
  ASSERT_GT(out.size(), 1003U);
  bytes decoded(1000);
  EXPECT_EQ(decode_chunk(std::span(out).subspan(3, 1000), {encoding::bitshuffle, 2, 0}, decoded), frame_status::ok);
  EXPECT_EQ(decoded, elements);
  EXPECT_EQ(decode_chunk(std::span(out).subspan(1003), {encoding::bitshuffle_lz4, 2, 0}, decoded), frame_status::ok);
  EXPECT_EQ(out[2], std::byte{42});
}

}  // namespace
}  // namespace xrdct
