#pragma once
/// \file Pixels as differences of neighbours in as few bytes as they need: the byte-offset compression of CBF
/// (SEMANTICS §7; International Tables for Crystallography G, 5.6.2.3).

#include "xrdct/kernels/frame.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace xrdct {

/// A payload that is decoded piece by piece.
struct byte_offset_stream {
  std::span<std::byte const> rest;  ///< what has not been decoded yet
  std::uint64_t sum = 0;            ///< the last value; unsigned, so that it may wrap
  std::uint64_t outside = 0;        ///< not 0 after a value that its type does not hold

  /// After the last value of an image.
  frame_status status() const {
    if (outside != 0) return frame_status::corrupt;
    return rest.empty() ? frame_status::ok : frame_status::lying_header;
  }
};

/// Decodes the next values. Returns false where the payload ends before them.
template <class T>  // std::uint8_t, std::uint16_t, std::uint32_t, std::int32_t
bool decode_next(byte_offset_stream& payload, std::span<T> values);

/// Decodes as many values as `values` holds from the whole of `payload`. The difference to the value before (to 0 for
/// the first) is an int8; −128 announces a little-endian int16 instead, −2¹⁵ there an int32, −2³¹ there an int64. Safe
/// against any bytes. Returns truncated (they end too early), corrupt (a value that T does not hold), or lying_header
/// (bytes are left over, so that the image has another size); `values` are unspecified unless ok.
template <class T>  // std::uint8_t, std::uint16_t, std::uint32_t, std::int32_t
frame_status decode_byte_offset(std::span<std::byte const> payload, std::span<T> values);

}  // namespace xrdct
