#include "kernels/common/bit_transpose.hpp"

namespace xrdct {

void unshuffle_block(std::byte const* planes, std::size_t elements, std::size_t element_bytes, std::byte* out) {
  auto const plane_bytes = elements / 8;
  for (std::size_t byte = 0; byte < element_bytes; ++byte) {
    auto const* const eight_planes = planes + byte * elements;  // 8 planes are as many bytes as there are elements
    for (std::size_t j = 0; j < plane_bytes; ++j) {
      std::uint64_t x = 0;
      for (std::size_t k = 0; k < 8; ++k)
        x |= std::to_integer<std::uint64_t>(eight_planes[k * plane_bytes + j]) << 8 * k;
      x = transpose_8x8(x);
      auto* to = out + 8 * j * element_bytes + byte;
      for (std::size_t i = 0; i < 8; ++i, to += element_bytes) *to = static_cast<std::byte>(x >> 8 * i & 0xff);
    }
  }
}

}  // namespace xrdct
