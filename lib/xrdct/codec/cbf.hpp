#pragma once
/// \file Crystallographic binary files: the image of a PILATUS or EIGER detector in byte-offset compression.

#include "xrdct/codec/image_source.hpp"
#include "xrdct/kernels/frame.hpp"
#include "xrdct/kernels/frame_buffer.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace xrdct {

/// What the text before the pixels says of them.
struct cbf_header {
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
  pixel_type type = pixel_type::i32;
  std::uint64_t payload_at = 0;  ///< bytes from the beginning of the file
  std::uint64_t payload_bytes = 0;
  std::string md5;       ///< of the payload, in base64; empty where the file states none
  header_fields fields;  ///< numbers in the comments before it (`_array_data.header_contents`)
};

/// Reads the header of the first image (imgCIF dictionary: `_array_data.data`; lines end with CR LF or LF). Throws
/// through the source where it is not an image in byte-offset compression of integers of 8 to 32 bits, where sizes that
/// it states contradict each other or the length of the file, and where another image follows.
cbf_header read_cbf_header(image_source const& source);

/// The compressed pixels, header.payload_bytes of them.
frame_buffer read_cbf_payload(image_source const& source, cbf_header const& header);

/// Decodes a payload into rows × columns pixels of header.type, little-endian, and compares its checksum before where
/// `verify` is set and the header states one. Returns the status of decode_byte_offset(), or wrong_checksum.
frame_status decode_cbf(std::span<std::byte const> payload, cbf_header const& header, bool verify,
                        frame_buffer& pixels);

}  // namespace xrdct
