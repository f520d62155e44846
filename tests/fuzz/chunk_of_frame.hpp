#pragma once
/// \file Formats of small frames and chunks for them, from bytes under test.

#include "kernels/common/decode.hpp"
#include "tests/fuzz/input.hpp"
#include "xrdct/kernels/frame.hpp"

#include <array>
#include <cstddef>
#include <vector>

namespace xrdct::fuzz {

inline constexpr std::array all_encodings{encoding::raw,      encoding::bitshuffle,      encoding::bitshuffle_lz4,
                                          encoding::hdf5_lz4, encoding::bitshuffle_zstd, encoding::byte_offset};

/// Encoding, type, shape of up to 32 × 32 pixels, block: five bytes.
inline frame_format take_format(input& from) {
  frame_format format;
  format.code = all_encodings[from.below(all_encodings.size())];
  format.type = static_cast<pixel_type>(from.below(format.code == encoding::byte_offset ? 4 : 5));  // none of floats
  format.rows = 1 + static_cast<int>(from.below(32));
  format.columns = 1 + static_cast<int>(from.below(32));
  format.block_pixels = 8 * static_cast<std::uint32_t>(from.below(32));
  return format;
}

inline chunk_encoding encoding_of(frame_format const& format) {
  return {format.code, bytes_of(format.type), format.block_pixels, format.type == pixel_type::i32};
}

/// The rest of the bytes, one of which says whether the total that an encoding's header states is made the right one:
/// by chance it would seldom be.
inline std::vector<std::byte> with_right_header(input& from, encoding code, std::size_t total) {
  bool const right = from.below(4) != 0;
  std::vector<std::byte> chunk(from.rest().begin(), from.rest().end());
  bool const has_header =
      code == encoding::bitshuffle_lz4 || code == encoding::bitshuffle_zstd || code == encoding::hdf5_lz4;
  for (std::size_t i = 0; right && has_header && i < 8 && i < chunk.size(); ++i)
    chunk[i] = static_cast<std::byte>(total >> 8 * (7 - i) & 0xff);
  return chunk;
}

}  // namespace xrdct::fuzz
