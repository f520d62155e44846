#pragma once
/// \file Which bytes the loop over an LZ4 block looks up among 16 (lz4_planes.cpp). Indices from 128 on give zero.

#include <cstdint>

namespace xrdct::cpu {

struct lz4_tables {
  std::uint8_t shift[64]{};    ///< from n on: all bytes but the first n, then zeros
  std::uint8_t unshift[32]{};  ///< from n on: 16 − n zeros, then the first n bytes
  std::uint8_t keep[48]{};     ///< from n on: a mask of the last n of 16 bytes
  /// [offset]: the 16 bytes, and a match of 32 at that offset (at 16, zeros). From n on: the last 16 behind n of these.
  alignas(64) std::uint8_t history[17][64]{};
  // [offset]: of bytes 16 to 31 of a match, where its offset is 16 or more; below, they are looked up among zeros
  std::uint8_t before_again[33][16]{};  ///< a mask of those before the offset
  std::uint8_t again[33][16]{};         ///< which bytes those behind it are
  std::uint8_t periods[33]{};           ///< [offset]: bytes of the whole periods among 32
};

constexpr lz4_tables make_lz4_tables() {
  lz4_tables made;
  constexpr std::uint8_t zero = 0x80;
  for (unsigned i = 0; i < 64; ++i) made.shift[i] = i < 16 ? static_cast<std::uint8_t>(i) : zero;
  for (unsigned i = 0; i < 32; ++i) made.unshift[i] = i < 16 ? zero : static_cast<std::uint8_t>(i - 16);
  for (unsigned i = 0; i < 48; ++i) made.keep[i] = i < 16 ? 0 : 0xff;
  for (unsigned offset = 1; offset <= 16; ++offset)
    for (unsigned i = 0; i < 64; ++i) {
      auto const match = offset < 16 ? static_cast<std::uint8_t>(16 - offset + (i + 64 * offset - 16) % offset) : zero;
      made.history[offset][i] = i < 16 ? static_cast<std::uint8_t>(i) : match;
    }
  for (unsigned offset = 16; offset <= 32; ++offset)
    for (unsigned i = 0; i < 16; ++i) {
      made.before_again[offset][i] = 16 + i < offset ? 0xff : 0;
      made.again[offset][i] = 16 + i < offset ? zero : static_cast<std::uint8_t>(16 + i - offset);
    }
  for (unsigned offset = 1; offset <= 32; ++offset) made.periods[offset] = static_cast<std::uint8_t>(32 - 32 % offset);
  return made;
}

inline constexpr lz4_tables lz4_lookup = make_lz4_tables();

}  // namespace xrdct::cpu
