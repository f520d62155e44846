#pragma once
/// \file One of the frames that are reduced side by side: its encoded bytes, taken apart slice by slice.

#include "kernels/common/byte_offset.hpp"
#include "kernels/cpu/aligned_buffer.hpp"
#include "kernels/cpu/pixel_selection.hpp"
#include "kernels/cpu/simd.hpp"
#include "xrdct/kernels/frame.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace xrdct::cpu {

/// What a frame_lane works on; the same for all lanes of a reducer.
struct lane_plan {
  frame_format format;
  std::uint32_t block_pixels = 0;  ///< of a bit-shuffled block; slices hold whole blocks
  bool blocks_fit = true;          ///< false where the format's own blocks are too long for a slice
  std::size_t slice_pixels = 0;
  pixel_selection const* selection = nullptr;
};

/// Slices come one after the other, as the byte layers of simd.hpp with excluded pixels as zeros. Frames that are cut
/// into other blocks than the plan's, and those in HDF5-LZ4, are decoded whole first; all others never exist whole.
class frame_lane {
 public:
  explicit frame_lane(lane_plan const& plan);

  /// Begins a frame, whose bytes must stay where they are. Returns what its header says of it.
  frame_status open(frame const& from);
  /// No frame: all slices are zeros.
  void close();
  bool is_open() const { return source_ != source::none; }

  /// Takes the next slice, `pixels` from `first` on. A frame that fails is closed. `block` has room for one decoded
  /// block; lanes that are loaded one after the other share it, so that it stays in the first cache.
  frame_status load(std::size_t first, std::size_t pixels, std::span<std::byte> block);

  /// Byte k of the slice's values; zeros if it is not present.
  std::uint8_t const* layer(std::size_t k) const { return present(k) ? own_layer(k) : zeros_.data(); }
  bool present(std::size_t k) const { return (present_ >> k & 1) != 0; }
  /// How many layers there are up to the last one that is present.
  std::size_t width() const;
  /// The bits of a value of the slice.
  std::uint32_t value(std::size_t pixel) const;
  /// The sum of the slice's values, of an integer type.
  std::int64_t sum(std::size_t pixels) const;

 private:
  enum class source : std::uint8_t { none, values, planes, lz4_blocks, zstd_blocks, differences };

  frame_status open_values(std::span<std::byte const> values, source as);
  frame_status decode_whole(frame const& from, encoding code);
  frame_status open_blocks(frame const& from, encoding code);
  frame_status load_blocks(std::size_t first, std::size_t pixels, std::span<std::byte> block);
  frame_status decode_block(std::span<std::byte const> compressed, std::span<std::byte> block) const;
  frame_status load_differences(std::size_t first, std::size_t pixels);
  void add_planes(std::uint8_t const* planes, std::size_t first, std::size_t at, std::size_t pixels);
  void add_values(std::byte const* values, std::size_t first, std::size_t at, std::size_t pixels);
  void mark_present(std::size_t k, std::size_t at);
  std::uint8_t const* own_layer(std::size_t k) const { return layers_.data() + k * layer_stride_; }
  std::uint8_t* own_layer(std::size_t k) { return layers_.data() + k * layer_stride_; }

  lane_plan const& plan_;
  std::size_t value_bytes_;
  std::size_t layer_stride_;
  source source_ = source::none;
  std::span<std::byte const> rest_;  // what has not been taken yet
  byte_offset_stream differences_;   // instead of the rest
  unsigned present_ = 0;
  aligned_buffer<std::uint8_t> layers_;
  aligned_buffer<std::uint8_t> zeros_;
  std::vector<std::byte> whole_;  // a frame that had to be decoded whole
};

}  // namespace xrdct::cpu
