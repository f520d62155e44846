#include "xrdct/codec/bitshuffle.hpp"

#include "kernels/common/bit_transpose.hpp"
#include "xrdct/kernels/frame.hpp"

#include <lz4.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

namespace xrdct {
namespace {

using byte_span = std::span<std::byte const>;

std::uint64_t gather_eight(std::byte const* from, std::size_t stride) {
  std::uint64_t x = 0;
  for (std::size_t i = 0; i < 8; ++i) x |= std::to_integer<std::uint64_t>(from[i * stride]) << 8 * i;
  return x;
}

// Plane p of elements/8 bytes gets bit p of all elements.
void shuffle_block(byte_span block, std::size_t element_bytes, std::byte* planes) {
  auto const elements = block.size() / element_bytes;
  auto const plane_bytes = elements / 8;
  for (std::size_t byte = 0; byte < element_bytes; ++byte, planes += elements) {
    auto const* from = block.data() + byte;
    for (std::size_t j = 0; j < plane_bytes; ++j, from += 8 * element_bytes) {
      auto const x = transpose_8x8(gather_eight(from, element_bytes));
      for (std::size_t k = 0; k < 8; ++k) planes[k * plane_bytes + j] = static_cast<std::byte>(x >> 8 * k & 0xff);
    }
  }
}

void append(byte_span what, std::vector<std::byte>& out) { out.insert(out.end(), what.begin(), what.end()); }

void append_big_endian(std::uint64_t value, int length, std::vector<std::byte>& out) {
  for (int shift = 8 * (length - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<std::byte>(value >> shift & 0xff));
}

// Appends the length of the compressed block and the block; as it is, if `store_as_is` and LZ4 makes it no smaller.
void append_lz4(byte_span block, bool store_as_is, std::vector<std::byte>& out) {
  auto const at = out.size();
  auto const bound = LZ4_compressBound(static_cast<int>(block.size()));
  out.resize(at + 4 + static_cast<std::size_t>(bound));
  auto const length =
      LZ4_compress_default(reinterpret_cast<char const*>(block.data()), reinterpret_cast<char*>(out.data() + at + 4),
                           static_cast<int>(block.size()), bound);
  auto bytes = static_cast<std::size_t>(length);
  if (store_as_is && bytes >= block.size()) {
    bytes = block.size();
    std::memcpy(out.data() + at + 4, block.data(), bytes);
  }
  out.resize(at + 4 + bytes);
  for (std::size_t i = 0; i < 4; ++i) out[at + i] = static_cast<std::byte>(bytes >> (24 - 8 * i) & 0xff);
}

// The same with zstd.
void append_zstd(byte_span block, int level, std::vector<std::byte>& out) {
  auto const at = out.size();
  auto const bound = ZSTD_compressBound(block.size());
  out.resize(at + 4 + bound);
  auto const length = ZSTD_compress(out.data() + at + 4, bound, block.data(), block.size(), level);
  if (ZSTD_isError(length) != 0) throw std::invalid_argument(std::string("zstd: ") + ZSTD_getErrorName(length));
  out.resize(at + 4 + length);
  for (std::size_t i = 0; i < 4; ++i) out[at + i] = static_cast<std::byte>(length >> (24 - 8 * i) & 0xff);
}

// The block in elements, checked together with what it has to divide.
std::size_t checked_block(byte_span elements, std::size_t element_bytes, std::uint32_t block_elements) {
  if (element_bytes == 0 || elements.size() % element_bytes != 0)
    throw std::invalid_argument("bytes to be bit-shuffled are not whole elements");
  if (block_elements % 8 != 0) throw std::invalid_argument("a bit-shuffled block is a multiple of 8 elements");
  return block_elements != 0 ? block_elements : default_block_elements(element_bytes);
}

// Calls take(block) for every block, the last one being shorter, and returns the up to 7 elements that remain.
template <class F>
byte_span for_each_block(byte_span elements, std::size_t element_bytes, std::size_t block_bytes, F take) {
  auto const tail = elements.size() / element_bytes % 8 * element_bytes;
  auto const whole = elements.first(elements.size() - tail);
  for (std::size_t at = 0; at < whole.size(); at += block_bytes)
    take(whole.subspan(at, std::min(block_bytes, whole.size() - at)));
  return elements.last(tail);
}

// compress(planes) appends a block.
template <class F>
void encode_in_blocks(byte_span elements, std::size_t element_bytes, std::uint32_t block_elements,
                      std::vector<std::byte>& out, F compress) {
  auto const block = checked_block(elements, element_bytes, block_elements);
  if (element_bytes > LZ4_MAX_INPUT_SIZE || block > LZ4_MAX_INPUT_SIZE / element_bytes)
    throw std::invalid_argument("a bit-shuffled block is longer than LZ4 can take");
  auto const block_bytes = block * element_bytes;
  append_big_endian(elements.size(), 8, out);
  append_big_endian(block_bytes, 4, out);
  std::vector<std::byte> planes(std::min(block_bytes, elements.size()));
  auto const tail = for_each_block(elements, element_bytes, block_bytes, [&](byte_span one) {
    shuffle_block(one, element_bytes, planes.data());
    compress(byte_span(planes).first(one.size()));
  });
  append(tail, out);
}

}  // namespace

void encode_bitshuffle_lz4(byte_span elements, std::size_t element_bytes, std::uint32_t block_elements,
                           std::vector<std::byte>& out) {
  encode_in_blocks(elements, element_bytes, block_elements, out,
                   [&](byte_span planes) { append_lz4(planes, false, out); });
}

void encode_bitshuffle_zstd(byte_span elements, std::size_t element_bytes, std::uint32_t block_elements, int level,
                            std::vector<std::byte>& out) {
  encode_in_blocks(elements, element_bytes, block_elements, out,
                   [&](byte_span planes) { append_zstd(planes, level, out); });
}

void encode_bitshuffle(byte_span elements, std::size_t element_bytes, std::uint32_t block_elements,
                       std::vector<std::byte>& out) {
  auto const block_bytes = checked_block(elements, element_bytes, block_elements) * element_bytes;
  auto at = out.size();
  out.resize(at + elements.size());
  auto const tail = for_each_block(elements, element_bytes, block_bytes, [&](byte_span one) {
    shuffle_block(one, element_bytes, out.data() + at);
    at += one.size();
  });
  std::copy(tail.begin(), tail.end(), out.begin() + static_cast<std::ptrdiff_t>(at));
}

void encode_hdf5_lz4(byte_span bytes, std::uint32_t block_bytes, std::vector<std::byte>& out) {
  constexpr std::uint32_t default_block = 1U << 30;
  if (block_bytes > LZ4_MAX_INPUT_SIZE) throw std::invalid_argument("a block is longer than LZ4 can take");
  std::size_t const asked = block_bytes != 0 ? block_bytes : default_block;
  auto const block = bytes.empty() ? asked : std::min(asked, bytes.size());
  append_big_endian(bytes.size(), 8, out);
  append_big_endian(block, 4, out);
  for (std::size_t at = 0; at < bytes.size(); at += block)
    append_lz4(bytes.subspan(at, std::min(block, bytes.size() - at)), true, out);
}

}  // namespace xrdct
