#pragma once
/// \file The step that bit-shuffling is made of, and shuffled blocks back to elements.

#include <cstddef>
#include <cstdint>

namespace xrdct {

/// Transposes an 8 × 8 bit matrix: bit i of byte k becomes bit k of byte i (byte 0 is the least significant). Three
/// rounds swap the off-diagonal squares of 1, 2 and 4 bits (Warren, Hacker's Delight, 7-3).
constexpr std::uint64_t transpose_8x8(std::uint64_t x) {
  std::uint64_t t = (x ^ (x >> 7)) & 0x00aa00aa00aa00aaULL;
  x ^= t ^ (t << 7);
  t = (x ^ (x >> 14)) & 0x0000cccc0000ccccULL;
  x ^= t ^ (t << 14);
  t = (x ^ (x >> 28)) & 0x00000000f0f0f0f0ULL;
  return x ^ t ^ (t << 28);
}

/// Undoes the bit shuffle of one block: `elements` (a multiple of 8) of `element_bytes` bytes each. Plane p of
/// elements/8 bytes holds bit p of all elements. `planes` and `out` have elements · element_bytes bytes and do not
/// overlap.
void unshuffle_block(std::byte const* planes, std::size_t elements, std::size_t element_bytes, std::byte* out);

}  // namespace xrdct
