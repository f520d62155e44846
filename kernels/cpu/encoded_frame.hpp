#pragma once
/// \file An encoded frame whose header has been read: where its pixels lie, and where to begin with any of its blocks.

#include "kernels/cpu/pixel_selection.hpp"
#include "xrdct/kernels/frame.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace xrdct::cpu {

/// How frames of a format are taken apart; the same for all frames of a reducer.
struct lane_plan {
  frame_format format;
  std::uint32_t block_pixels = 0;  ///< of a bit-shuffled block; slices hold whole blocks
  bool blocks_fit = true;          ///< false where the format's own blocks are too long for a slice
  std::size_t slice_pixels = 0;    ///< that a frame_lane takes at a time
  pixel_selection const* selection = nullptr;

  /// Pixels at the end of a frame that bitshuffle leaves as they are are not counted.
  std::size_t shuffled_pixels() const { return format.pixels() / 8 * 8; }
  /// Whether frames that keep to the format are decoded whole.
  bool decodes_whole() const;
};

/// Cuts frames of a format into blocks and slices.
lane_plan plan_lanes(frame_format const& format);

/// What the bytes of a frame are, behind its header.
enum class frame_source : std::uint8_t { none, values, planes, lz4_blocks, zstd_blocks, differences };

/// Frames that are cut into other blocks than the plan's, and those in HDF5-LZ4, are decoded whole when they are
/// opened; all others never exist whole.
class encoded_frame {
 public:
  explicit encoded_frame(lane_plan const& plan) : plan_(&plan) {}

  /// Begins a frame, whose bytes must stay where they are. Returns what its header says of it; it is open if that is
  /// ok.
  frame_status open(frame const& from);
  void close();
  bool is_open() const { return source_ != frame_source::none; }

  frame_source source() const { return source_; }
  /// Behind the header.
  std::span<std::byte const> bytes() const { return bytes_; }

  /// Whether the place of a pixel is known without looking at all before it.
  bool has_places() const { return source_ == frame_source::values || source_ == frame_source::planes; }
  /// The bytes from a pixel on, which is the first of a block. Only where has_places().
  std::span<std::byte const> from_pixel(std::size_t pixel) const;

 private:
  frame_status open_values(std::span<std::byte const> values, frame_source as);
  frame_status open_blocks(frame const& from, encoding code);
  frame_status decode_whole(frame const& from, encoding code);

  lane_plan const* plan_;
  frame_source source_ = frame_source::none;
  std::span<std::byte const> bytes_;
  std::vector<std::byte> whole_;  // a frame that had to be decoded whole
};

/// Where the `blocks` blocks of frames begin: for every frame, the offset of block k · stride, for k = 0, 1, …, and of
/// the end if that is a multiple too. The lengths of all blocks are followed; where they lead out of a frame its
/// offsets end. Frames are followed side by side, as every step waits for memory (measured: one by one 220 µs a frame
/// of 4 Mpx, 16 at a time 20 µs).
void find_blocks(std::span<encoded_frame const* const> frames, std::size_t blocks, std::size_t stride,
                 std::span<std::vector<std::size_t>* const> offsets);

}  // namespace xrdct::cpu
