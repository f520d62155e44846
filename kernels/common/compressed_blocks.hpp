#pragma once
/// \file Where the compressed blocks of a chunk lie: the framing that bitshuffle with LZ4 or zstd and HDF5-LZ4 have in
/// common (SEMANTICS §6). Nothing that the chunk says is believed before it is checked.

#include "xrdct/kernels/frame.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace xrdct {

/// The first 12 bytes: what the chunk decodes to, and in pieces of what length.
struct block_header {
  std::uint64_t total_bytes = 0;
  std::uint32_t block_bytes = 0;

  static constexpr std::size_t bytes = 12;
};

/// Reads the header of an HDF5-LZ4 chunk that has to decode to `expected_bytes`. Returns truncated (shorter than a
/// header) or lying_header (another total, or blocks of no bytes).
frame_status read_hdf5_lz4_header(std::span<std::byte const> chunk, std::size_t expected_bytes, block_header& header);

/// The same for bit-shuffled chunks. Their blocks are whole elements, a multiple of 8 of them; 0 in the header stands
/// for bitshuffle's default, which is what `header` says then.
frame_status read_bitshuffle_header(std::span<std::byte const> chunk, std::size_t expected_bytes,
                                    std::size_t element_bytes, block_header& header);

/// Takes the next block off the front of `rest`: its 32-bit length, then that many bytes. Returns truncated where they
/// are not there.
frame_status next_block(std::span<std::byte const>& rest, std::span<std::byte const>& block);

/// Decodes one LZ4 block into exactly `out.size()` bytes. Returns corrupt where it is not valid or has another length,
/// and lying_header where `out` is longer than LZ4 can make a block.
frame_status decode_lz4_block(std::span<std::byte const> block, std::span<std::byte> out);

/// Decodes one block of zstd frames into exactly `out.size()` bytes, whatever length they state. Returns corrupt where
/// they are not valid or make another length. Memory is that of a decoder, which every thread keeps; windows, however
/// large, take none, as `out` serves as such.
frame_status decode_zstd_block(std::span<std::byte const> block, std::span<std::byte> out);

}  // namespace xrdct
