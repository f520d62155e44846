#pragma once
/// \file Which bytes the loop over an LZ4 block looks up among 16 (lz4_planes.cpp). Indices from 128 on give zero.

#include <cstdint>

namespace xrdct::cpu {

struct lz4_tables {
  /// [offset]: the 16 bytes, and a match of 32 at that offset (at 16, zeros). From n on: the last 16 behind n of these.
  alignas(64) std::uint8_t history[17][64]{};
  std::uint8_t behind[48]{};  ///< from n on: 16 − n zeros, then the first n bytes; from 16 + n on: all but the first n
  std::uint8_t keep[48]{};    ///< from n on: a mask of the last n of 16 bytes
  std::uint8_t first[48]{};   ///< from n on: a mask of the first 16 − n of 16 bytes; none from 16 on
  std::uint8_t periods[33]{};  ///< [offset]: bytes of the whole periods among 32
};

constexpr lz4_tables make_lz4_tables() {
  lz4_tables made;
  constexpr std::uint8_t zero = 0x80;
  for (unsigned offset = 1; offset <= 16; ++offset)
    for (unsigned i = 0; i < 64; ++i) {
      auto const match = offset < 16 ? static_cast<std::uint8_t>(16 - offset + (i + 64 * offset - 16) % offset) : zero;
      made.history[offset][i] = i < 16 ? static_cast<std::uint8_t>(i) : match;
    }
  for (unsigned i = 0; i < 48; ++i) {
    made.behind[i] = i < 16 || i >= 32 ? zero : static_cast<std::uint8_t>(i - 16);
    made.keep[i] = i < 16 ? 0 : 0xff;
    made.first[i] = i < 16 ? 0xff : 0;
  }
  for (unsigned offset = 1; offset <= 32; ++offset) made.periods[offset] = static_cast<std::uint8_t>(32 - 32 % offset);
  return made;
}

inline constexpr lz4_tables lz4_lookup = make_lz4_tables();

}  // namespace xrdct::cpu
