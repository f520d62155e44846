#pragma once
/// \file The numbers in the headers of compressed chunks.

#include <cstddef>
#include <cstdint>

namespace xrdct {

inline std::uint32_t load_big_endian_32(std::byte const* from) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(from[i]);
  return value;
}

inline std::uint64_t load_big_endian_64(std::byte const* from) {
  return std::uint64_t{load_big_endian_32(from)} << 32 | load_big_endian_32(from + 4);
}

}  // namespace xrdct
