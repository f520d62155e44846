#include "kernels/cpu/lz4_planes.hpp"

#include <lz4.h>

#include <climits>

namespace xrdct::cpu {
namespace {

bool liblz4_accepts(std::span<std::byte const> block, std::uint8_t* planes, std::size_t bytes) {
  if (block.size() > INT_MAX || bytes > INT_MAX) return false;
  auto const made = LZ4_decompress_safe(reinterpret_cast<char const*>(block.data()), reinterpret_cast<char*>(planes),
                                        static_cast<int>(block.size()), static_cast<int>(bytes));
  return made >= 0 && static_cast<std::size_t>(made) == bytes;
}

}  // namespace

std::size_t decode_lz4_planes(std::span<std::byte const> block, std::byte const* /*readable_end*/, std::uint8_t* planes,
                              std::size_t plane_bytes, std::size_t plane_count) {
  return liblz4_accepts(block, planes, plane_count * plane_bytes) ? plane_count : 0;
}

}  // namespace xrdct::cpu
