#pragma once
/// \file A detector frame as it lies in a file: its encoding, its pixels' type, and what became of it.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace xrdct {

/// The number type of a pixel, always little-endian. Other types (signed 8 and 16 bits, double) are converted to one
/// of these by whoever reads them.
enum class pixel_type : std::uint8_t { u8, u16, u32, i32, f32 };

constexpr std::size_t bytes_of(pixel_type type) {
  switch (type) {
    case pixel_type::u8: return 1;
    case pixel_type::u16: return 2;
    default: return 4;
  }
}

constexpr std::string_view name_of(pixel_type type) {
  switch (type) {
    case pixel_type::u8: return "u8";
    case pixel_type::u16: return "u16";
    case pixel_type::u32: return "u32";
    case pixel_type::i32: return "i32";
    case pixel_type::f32: return "f32";
  }
  return "?";
}

/// How the bytes of a frame make its pixels.
enum class encoding : std::uint8_t {
  raw,              ///< rows × columns values, row by row
  bitshuffle,       ///< bit-shuffled blocks, uncompressed and without a header (HDF5 filter 32008, compression 0)
  bitshuffle_lz4,   ///< 12-byte header, then bit-shuffled LZ4 blocks (HDF5 filter 32008, compression 2)
  hdf5_lz4,         ///< 12-byte header, then LZ4 blocks (HDF5 filter 32004)
  bitshuffle_zstd,  ///< the framing of bitshuffle_lz4, with zstd blocks (HDF5 filter 32008, compression 3)
  byte_offset,      ///< differences of neighbours, as in CBF, without the header; of integers only
};

constexpr std::string_view name_of(encoding code) {
  switch (code) {
    case encoding::raw: return "uncompressed";
    case encoding::bitshuffle: return "bitshuffle";
    case encoding::bitshuffle_lz4: return "bitshuffle-LZ4";
    case encoding::hdf5_lz4: return "HDF5-LZ4";
    case encoding::bitshuffle_zstd: return "bitshuffle-zstd";
    case encoding::byte_offset: return "byte offset";
  }
  return "?";
}

/// What all frames of a stack have in common.
struct frame_format {
  encoding code = encoding::raw;
  pixel_type type = pixel_type::u32;
  int rows = 0;
  int columns = 0;
  /// Pixels in a bit-shuffled block; 0 stands for bitshuffle's default. Binding for encoding::bitshuffle, which has no
  /// header; for those that are compressed only the expectation, as every frame's own header decides.
  std::uint32_t block_pixels = 0;

  std::size_t pixels() const { return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns); }
  std::size_t bytes() const { return pixels() * bytes_of(type); }
};

/// bitshuffle's default block: 8 KiB of whole elements, a multiple of 8 of them, at least 128
/// (bshuf_default_block_size).
constexpr std::uint32_t default_block_elements(std::size_t element_bytes) {
  auto const whole = 8192 / element_bytes / 8 * 8;
  return static_cast<std::uint32_t>(whole < 128 ? 128 : whole);
}

/// A frame's encoded bytes. An HDF5 chunk's `filter_mask` may say that its filter was skipped (bit 0): the bytes are
/// then raw pixels whatever the stack's encoding. `id` is the number of the frame in its stack.
struct frame {
  std::span<std::byte const> bytes;
  std::uint32_t filter_mask = 0;
  std::uint64_t id = 0;
};

/// What became of a frame. Missing is not bad: the frame was never written, or the file it is linked to is absent.
enum class frame_status : std::uint8_t {
  ok = 0,
  missing = 1,       ///< never written, or in a file that does not exist
  unreadable = 2,    ///< the file system or HDF5 failed to deliver its bytes
  truncated = 3,     ///< fewer bytes than its header or its shape asks for
  lying_header = 4,  ///< sizes in its header contradict the stack's shape or each other
  corrupt = 5,  ///< a compressed block does not decode to its length, or to values that the pixels' type does not hold
  bad_monitor = 6,     ///< its monitor value is not a positive finite number
  bad_position = 7,    ///< its rotation or translation is not a finite number
  wrong_checksum = 8,  ///< its bytes are not those that its checksum was made of
  excluded = 9,        ///< the file says that it is no frame of the scan, but a dark, a flat or invalid
};
constexpr frame_status last_frame_status = frame_status::excluded;

constexpr bool is_bad(frame_status s) {
  return s != frame_status::ok && s != frame_status::missing && s != frame_status::excluded;
}

constexpr std::string_view describe(frame_status s) {
  switch (s) {
    case frame_status::ok: return "ok";
    case frame_status::missing: return "missing";
    case frame_status::unreadable: return "unreadable";
    case frame_status::truncated: return "truncated: fewer bytes than its header or shape asks for";
    case frame_status::lying_header: return "a header whose sizes contradict the frame's shape";
    case frame_status::corrupt: return "a corrupt compressed block";
    case frame_status::bad_monitor: return "a monitor value that is not a positive finite number";
    case frame_status::bad_position: return "a position that is not a finite number";
    case frame_status::wrong_checksum: return "a checksum that is not that of its bytes";
    case frame_status::excluded: return "no frame of the scan: a dark, a flat or invalid";
  }
  return "?";
}

}  // namespace xrdct
