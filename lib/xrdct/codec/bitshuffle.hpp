#pragma once
/// \file Encoders of what detectors write: used to simulate scans and to test decoders.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace xrdct {

/// One bitshuffle-LZ4 chunk (HDF5 filter 32008; SEMANTICS §6) of whole elements, appended to `out`. `block_elements`:
/// a multiple of 8, or 0 for bitshuffle's default. Throws std::invalid_argument on other block sizes or ragged input.
void encode_bitshuffle_lz4(std::span<std::byte const> elements, std::size_t element_bytes, std::uint32_t block_elements,
                           std::vector<std::byte>& out);

/// The same with zstd (compression 3) of a level of its own, 0 for its default.
void encode_bitshuffle_zstd(std::span<std::byte const> elements, std::size_t element_bytes,
                            std::uint32_t block_elements, int level, std::vector<std::byte>& out);

/// The same elements bit-shuffled in blocks, without header and compression (filter 32008, compression 0).
void encode_bitshuffle(std::span<std::byte const> elements, std::size_t element_bytes, std::uint32_t block_elements,
                       std::vector<std::byte>& out);

/// One HDF5-LZ4 chunk (filter 32004) in blocks of `block_bytes` (0: 1 GiB, as the filter's default).
void encode_hdf5_lz4(std::span<std::byte const> bytes, std::uint32_t block_bytes, std::vector<std::byte>& out);

}  // namespace xrdct
