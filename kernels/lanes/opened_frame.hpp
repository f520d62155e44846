#pragma once
/// \file What the host finds out of a frame's bytes before a device decodes them: their header, or, where the device
/// does not decode such, their values.

#include "kernels/common/compressed_blocks.hpp"
#include "kernels/common/decode.hpp"
#include "kernels/lanes/frame_slots.hpp"
#include "xrdct/kernels/frame.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace xrdct::lanes {

/// How frames of a format are cut for a device.
struct frame_cut {
  frame_format format;
  std::size_t block_pixels = 0;     ///< of a bit-shuffled block
  std::size_t shuffled_pixels = 0;  ///< in blocks; the rest, less than 8, are values
  std::size_t value_blocks = 0;     ///< blocks of a frame of lz4_values that there is room for
  bool blocks_fit = true;           ///< into the memory that a group has

  frame_cut(frame_format const& of, std::size_t most_block_bytes) : format(of) {
    auto const bytes = bytes_of(of.type);
    block_pixels = of.block_pixels != 0 ? of.block_pixels : default_block_elements(bytes);
    shuffled_pixels = of.pixels() / 8 * 8;
    blocks_fit = block_pixels * bytes <= most_block_bytes;
    constexpr std::size_t smallest_value_block = 4096;
    if (of.code == encoding::hdf5_lz4) value_blocks = of.bytes() / smallest_value_block + 1;
  }
  std::size_t value_bytes() const { return bytes_of(format.type); }
  std::size_t blocks() const { return (shuffled_pixels + block_pixels - 1) / block_pixels; }
  std::size_t tail_pixels() const { return format.pixels() - shuffled_pixels; }
  std::size_t capacity() const { return std::max(blocks(), value_blocks); }
};

/// A frame that a device can go on with, or a status that says why not.
struct opened_frame {
  frame_status status = frame_status::ok;
  frame_slot slot;                   ///< `begin` is not known yet
  std::span<std::byte const> bytes;  ///< to be copied to the device: of the frame, or `decoded`
  std::vector<std::byte> decoded;    ///< values that the host decoded

  opened_frame() = default;
  opened_frame(frame const& from, frame_cut const& cut) {
    auto const code = (from.filter_mask & 1) != 0 ? encoding::raw : cut.format.code;
    switch (code) {
      case encoding::raw: take_values(from.bytes, cut, frame_kind::values); break;
      case encoding::bitshuffle:
        cut.blocks_fit ? take_values(from.bytes, cut, frame_kind::planes) : decode(from.bytes, cut, code);
        break;
      case encoding::bitshuffle_lz4: take_planes(from.bytes, cut); break;
      case encoding::hdf5_lz4: take_blocks(from.bytes, cut); break;
      case encoding::bitshuffle_zstd: decode(from.bytes, cut, code); break;
      case encoding::byte_offset: take(from.bytes, frame_kind::differences); break;
    }
  }

 private:
  void take(std::span<std::byte const> from, frame_kind as) {
    bytes = from;
    slot.kind = as;
    slot.size = from.size();
  }
  void take_values(std::span<std::byte const> from, frame_cut const& cut, frame_kind as) {
    if (from.size() < cut.format.bytes()) {
      status = frame_status::truncated;
    } else if (from.size() > cut.format.bytes()) {
      status = frame_status::lying_header;
    } else {
      take(from, as);
    }
  }
  void take_planes(std::span<std::byte const> from, frame_cut const& cut) {
    block_header header;
    status = read_bitshuffle_header(from, cut.format.bytes(), cut.value_bytes(), header);
    if (status != frame_status::ok) return;
    if (!cut.blocks_fit || header.block_bytes != cut.block_pixels * cut.value_bytes())
      return decode(from, cut, encoding::bitshuffle_lz4);
    take(from.subspan(block_header::bytes), frame_kind::lz4_planes);
  }
  void take_blocks(std::span<std::byte const> from, frame_cut const& cut) {
    block_header header;
    status = read_hdf5_lz4_header(from, cut.format.bytes(), header);
    if (status != frame_status::ok) return;
    auto const blocks = (cut.format.bytes() - 1) / header.block_bytes + 1;
    if (blocks > cut.value_blocks) return decode(from, cut, encoding::hdf5_lz4);
    take(from.subspan(block_header::bytes), frame_kind::lz4_values);
    slot.block_bytes = header.block_bytes;
  }
  void decode(std::span<std::byte const> from, frame_cut const& cut, encoding code) {
    decoded.resize(cut.format.bytes());
    status = decode_chunk(from, {code, cut.value_bytes(), cut.format.block_pixels}, decoded);
    if (status == frame_status::ok) take(decoded, frame_kind::values);
  }
};

}  // namespace xrdct::lanes
