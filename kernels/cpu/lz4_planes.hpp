#pragma once
/// \file An LZ4 decoder that knows bit planes: what all planes from some on have in common is not written.

#include <cstddef>
#include <cstdint>
#include <span>

namespace xrdct::cpu {

/// Bytes that decode_lz4_planes() may read before `planes` and write behind their end.
inline constexpr std::size_t planes_slack = 128;

/// Decodes one LZ4 block that holds `plane_count` ≥ 1 bit planes of `plane_bytes` ≥ 1 bytes each into `planes`, which
/// has room for `planes_slack` bytes more on both sides.
///
/// In counting frames nearly all upper planes of a block are equal (zero, or the mask's), and LZ4 says so by one long
/// match at an offset of `plane_bytes` that ends the block: such planes are not written. Returns how many planes were
/// written, counted from the first, at least 1: all planes behind these equal the last of them. Bytes behind the
/// written planes are anything.
///
/// Returns 0 where the block is not valid or makes another length: exactly where liblz4's LZ4_decompress_safe() does
/// not return plane_count · plane_bytes. `readable_end` lies at the end of the block or behind it: bytes up to there
/// may be read, and are never used.
std::size_t decode_lz4_planes(std::span<std::byte const> block, std::byte const* readable_end, std::uint8_t* planes,
                              std::size_t plane_bytes, std::size_t plane_count);

}  // namespace xrdct::cpu
