#pragma once
/// \file Decoding of whole chunks, for those who do not fuse it with anything.

#include "xrdct/kernels/frame.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace xrdct {

/// How the elements of a chunk are encoded; `element_bytes` may be any number (compound types, 3-byte integers).
struct chunk_encoding {
  encoding code = encoding::raw;
  std::size_t element_bytes = 1;
  std::uint32_t block_elements = 0;  ///< for encoding::bitshuffle; 0: bitshuffle's default
  bool negative = false;             ///< for encoding::byte_offset: elements of 4 bytes have a sign
};

/// Decodes one chunk into exactly `out.size()` bytes. Safe against any input: everything that the chunk says of
/// lengths is checked against the bytes at hand. Returns ok, truncated, lying_header or corrupt; `out` is unspecified
/// unless ok.
frame_status decode_chunk(std::span<std::byte const> chunk, chunk_encoding const& how, std::span<std::byte> out);

}  // namespace xrdct
