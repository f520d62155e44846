#include "kernels/common/decode.hpp"

#include "kernels/common/bit_transpose.hpp"
#include "kernels/common/byte_offset.hpp"
#include "kernels/common/compressed_blocks.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace xrdct {
namespace {

void copy_bytes(std::span<std::byte const> from, std::byte* to) {
  if (!from.empty()) std::memcpy(to, from.data(), from.size());
}

// Bytes that stand for themselves have a length that says what they are: more of them belong to another shape or type.
frame_status compare_length(std::size_t there, std::size_t needed) {
  if (there < needed) return frame_status::truncated;
  return there == needed ? frame_status::ok : frame_status::lying_header;
}

frame_status decode_raw(std::span<std::byte const> chunk, std::span<std::byte> out) {
  auto const status = compare_length(chunk.size(), out.size());
  if (status == frame_status::ok) copy_bytes(chunk, out.data());
  return status;
}

// Bytes at the end that bitshuffle leaves as they are: less than 8 elements.
std::size_t unshuffled_tail(std::size_t bytes, std::size_t element_bytes) {
  return bytes / element_bytes % 8 * element_bytes;
}

frame_status decode_bitshuffle(std::span<std::byte const> chunk, chunk_encoding const& how, std::span<std::byte> out) {
  auto const status = compare_length(chunk.size(), out.size());
  if (status != frame_status::ok) return status;
  auto const block = how.block_elements != 0 ? how.block_elements : default_block_elements(how.element_bytes);
  if (block % 8 != 0) return frame_status::lying_header;
  auto const shuffled = (out.size() - unshuffled_tail(out.size(), how.element_bytes)) / how.element_bytes;
  for (std::size_t first = 0; first < shuffled; first += block) {
    auto const at = first * how.element_bytes;
    unshuffle_block(chunk.data() + at, std::min<std::size_t>(block, shuffled - first), how.element_bytes,
                    out.data() + at);
  }
  auto const end = shuffled * how.element_bytes;
  copy_bytes(chunk.subspan(end), out.data() + end);
  return frame_status::ok;
}

// decode_block: decode_lz4_block or decode_zstd_block.
template <class F>
frame_status decode_compressed_bitshuffle(std::span<std::byte const> chunk, std::size_t element_bytes,
                                          std::span<std::byte> out, F decode_block) {
  block_header header;
  auto status = read_bitshuffle_header(chunk, out.size(), element_bytes, header);
  if (status != frame_status::ok) return status;
  auto rest = chunk.subspan(block_header::bytes);
  auto const tail = unshuffled_tail(out.size(), element_bytes);
  auto const shuffled = out.size() - tail;
  std::vector<std::byte> planes(std::min<std::size_t>(header.block_bytes, shuffled));
  for (std::size_t at = 0; at < shuffled; at += header.block_bytes) {
    auto const bytes = std::min<std::size_t>(header.block_bytes, shuffled - at);
    std::span<std::byte const> block;
    status = next_block(rest, block);
    if (status == frame_status::ok) status = decode_block(block, std::span(planes).first(bytes));
    if (status != frame_status::ok) return status;
    unshuffle_block(planes.data(), bytes / element_bytes, element_bytes, out.data() + at);
  }
  if (rest.size() < tail) return frame_status::truncated;
  copy_bytes(rest.first(tail), out.data() + shuffled);
  return frame_status::ok;
}

frame_status decode_hdf5_lz4(std::span<std::byte const> chunk, std::span<std::byte> out) {
  block_header header;
  auto status = read_hdf5_lz4_header(chunk, out.size(), header);
  if (status != frame_status::ok) return status;
  auto rest = chunk.subspan(block_header::bytes);
  for (std::size_t at = 0; at < out.size(); at += header.block_bytes) {
    auto const to = out.subspan(at, std::min<std::size_t>(header.block_bytes, out.size() - at));
    std::span<std::byte const> block;
    status = next_block(rest, block);
    if (status != frame_status::ok) return status;
    if (block.size() == to.size()) {  // as it is: LZ4 would have made it no smaller
      copy_bytes(block, to.data());
      continue;
    }
    status = decode_lz4_block(block, to);
    if (status != frame_status::ok) return status;
  }
  return frame_status::ok;
}

template <class T>
frame_status decode_differences(std::span<std::byte const> chunk, std::span<std::byte> out) {
  std::vector<T> values(out.size() / sizeof(T));  // `out` need not be aligned
  auto const status = decode_byte_offset<T>(chunk, values);
  if (status == frame_status::ok) copy_bytes(std::as_bytes(std::span(values)), out.data());
  return status;
}

frame_status decode_byte_offset_chunk(std::span<std::byte const> chunk, chunk_encoding const& how,
                                      std::span<std::byte> out) {
  switch (how.element_bytes) {
    case 1: return decode_differences<std::uint8_t>(chunk, out);
    case 2: return decode_differences<std::uint16_t>(chunk, out);
    case 4:
      return how.negative ? decode_differences<std::int32_t>(chunk, out)
                          : decode_differences<std::uint32_t>(chunk, out);
    default: return frame_status::lying_header;
  }
}

}  // namespace

frame_status decode_chunk(std::span<std::byte const> chunk, chunk_encoding const& how, std::span<std::byte> out) {
  if (how.element_bytes == 0 || out.size() % how.element_bytes != 0) return frame_status::lying_header;
  switch (how.code) {
    case encoding::raw: return decode_raw(chunk, out);
    case encoding::bitshuffle: return decode_bitshuffle(chunk, how, out);
    case encoding::bitshuffle_lz4: return decode_compressed_bitshuffle(chunk, how.element_bytes, out, decode_lz4_block);
    case encoding::hdf5_lz4: return decode_hdf5_lz4(chunk, out);
    case encoding::bitshuffle_zstd:
      return decode_compressed_bitshuffle(chunk, how.element_bytes, out, decode_zstd_block);
    case encoding::byte_offset: return decode_byte_offset_chunk(chunk, how, out);
  }
  return frame_status::lying_header;
}

}  // namespace xrdct
