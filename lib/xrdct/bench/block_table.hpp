#pragma once
/// \file The compressed blocks of a chunk, found once, so that threads can share them out.

#include "xrdct/kernels/frame.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace xrdct {

/// Whether liblz4 decodes the blocks of chunks in this encoding.
constexpr bool is_lz4(encoding code) { return code == encoding::bitshuffle_lz4 || code == encoding::hdf5_lz4; }

struct block_table {
  std::vector<std::span<std::byte const>> blocks;  ///< compressed
  std::size_t block_bytes = 0;                     ///< that each decodes to, but for the last one
  std::size_t decoded_bytes = 0;                   ///< by all of them
  std::span<std::byte const> tail;                 ///< fewer than 8 elements, as they are
  bool bit_shuffled = true;                        ///< else blocks that LZ4 makes no smaller are stored as they are

  std::size_t bytes_of(std::size_t block) const {
    return block + 1 < blocks.size() ? block_bytes : decoded_bytes - block * block_bytes;
  }
};

/// Of a chunk that is_lz4() and that the format describes. Returns what is wrong with it, if anything is.
frame_status find_blocks(std::span<std::byte const> chunk, frame_format const& format, block_table& table);

/// Decodes a block by the system's LZ4_decompress_safe into bytes_of(block) bytes: nothing of ours is in the way.
frame_status decode_by_liblz4(block_table const& table, std::size_t block, std::byte* out);

}  // namespace xrdct
