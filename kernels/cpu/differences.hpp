#pragma once
/// \file Slices of a byte-offset payload, the usual short differences by SIMD.

#include "kernels/common/byte_offset.hpp"
#include "xrdct/kernels/frame.hpp"

#include <cstddef>
#include <span>

namespace xrdct::cpu {

inline constexpr std::size_t differences_at_a_time = 2048;  ///< values, at most

/// Decodes the next values of an integer type, as decode_next() does. `values` are whole ones, at most
/// differences_at_a_time of them, little-endian. Returns false where the payload ends before them.
bool decode_differences(byte_offset_stream& payload, pixel_type type, std::span<std::byte> values);

}  // namespace xrdct::cpu
