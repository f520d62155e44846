#include "xrdct/bench/block_table.hpp"

#include "kernels/common/compressed_blocks.hpp"

#include <lz4.h>

#include <algorithm>
#include <cstring>

namespace xrdct {
namespace {

frame_status read_header(std::span<std::byte const> chunk, frame_format const& format, block_header& header) {
  if (format.code == encoding::hdf5_lz4) return read_hdf5_lz4_header(chunk, format.bytes(), header);
  return read_bitshuffle_header(chunk, format.bytes(), xrdct::bytes_of(format.type), header);
}

}  // namespace

frame_status find_blocks(std::span<std::byte const> chunk, frame_format const& format, block_table& table) {
  block_header header;
  auto status = read_header(chunk, format, header);
  if (status != frame_status::ok) return status;
  table.bit_shuffled = format.code == encoding::bitshuffle_lz4;
  auto const tail = table.bit_shuffled ? format.pixels() % 8 * xrdct::bytes_of(format.type) : 0;
  table.blocks.clear();
  table.block_bytes = header.block_bytes;
  table.decoded_bytes = format.bytes() - tail;
  auto rest = chunk.subspan(block_header::bytes);
  for (std::size_t at = 0; at < table.decoded_bytes; at += table.block_bytes) {
    status = next_block(rest, table.blocks.emplace_back());
    if (status != frame_status::ok) return status;
  }
  if (rest.size() < tail) return frame_status::truncated;
  table.tail = rest.first(tail);
  return frame_status::ok;
}

frame_status decode_by_liblz4(block_table const& table, std::size_t block, std::byte* out) {
  auto const from = table.blocks[block];
  auto const bytes = table.bytes_of(block);
  if (!table.bit_shuffled && from.size() == bytes) {
    std::memcpy(out, from.data(), bytes);
    return frame_status::ok;
  }
  if (bytes > LZ4_MAX_INPUT_SIZE || from.size() > LZ4_COMPRESSBOUND(LZ4_MAX_INPUT_SIZE)) return frame_status::corrupt;
  auto const made = LZ4_decompress_safe(reinterpret_cast<char const*>(from.data()), reinterpret_cast<char*>(out),
                                        static_cast<int>(from.size()), static_cast<int>(bytes));
  return made == static_cast<int>(bytes) ? frame_status::ok : frame_status::corrupt;
}

}  // namespace xrdct
