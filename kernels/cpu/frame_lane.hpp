#pragma once
/// \file One of the frames that are reduced side by side: its encoded bytes, taken apart slice by slice.

#include "kernels/common/byte_offset.hpp"
#include "kernels/cpu/aligned_buffer.hpp"
#include "kernels/cpu/encoded_frame.hpp"
#include "kernels/cpu/lz4_planes.hpp"
#include "kernels/cpu/simd.hpp"
#include "xrdct/kernels/frame.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace xrdct::cpu {

/// Room for a decoded block of bit planes, and how many of these have been written.
class decoded_block {
 public:
  explicit decoded_block(lane_plan const& plan)
      : memory_(plan.block_pixels * bytes_of(plan.format.type) + 2 * planes_slack) {}
  std::uint8_t* data() { return memory_.data() + planes_slack; }
  std::size_t written = 0;  ///< planes; those behind equal the last of these

 private:
  aligned_buffer<std::uint8_t> memory_;
};

/// Slices come one after the other, as the byte layers of simd.hpp with excluded pixels as zeros.
class frame_lane {
 public:
  explicit frame_lane(lane_plan const& plan);

  /// Begins at a block of an open frame: `rest` are the frame's bytes from there on.
  void start(frame_source source, std::span<std::byte const> rest);
  /// No frame: all slices are zeros.
  void close();
  bool is_open() const { return source_ != frame_source::none; }

  /// Takes the next slice, `pixels` from `first` on. A frame that fails is closed. `block` has room for one decoded
  /// block and planes_slack on both sides of it; lanes that are loaded one after the other share it, so that it stays
  /// in the first cache.
  frame_status load(std::size_t first, std::size_t pixels, decoded_block& block);

  /// Byte k of the slice's values; zeros if it is not present.
  std::uint8_t const* layer(std::size_t k) const { return present(k) ? own_layer(k) : zeros_.data(); }
  bool present(std::size_t k) const { return (present_ >> k & 1) != 0; }
  /// How many layers there are up to the last one that is present.
  std::size_t width() const;
  /// The bits of a value of the slice.
  std::uint32_t value(std::size_t pixel) const;
  /// Sets a value to 0.
  void clear_value(std::size_t pixel);
  /// After some values have been: layers above the lowest that are all zeros now are not present any more.
  void drop_empty_layers(std::size_t pixels);
  /// The sum of the slice's values, of an integer type, before any is cleared.
  std::int64_t sum(std::size_t pixels) const;

 private:
  frame_status load_blocks(std::size_t first, std::size_t pixels, decoded_block& block);
  frame_status decode_block(std::span<std::byte const> compressed, std::size_t pixels, decoded_block& block) const;
  frame_status load_differences(std::size_t first, std::size_t pixels);
  void add_planes(simd::bit_planes const& planes, std::size_t first, std::size_t at);
  void add_values(std::byte const* values, std::size_t first, std::size_t at, std::size_t pixels);
  void mark_present(std::size_t k, std::size_t at);
  std::uint8_t const* own_layer(std::size_t k) const { return layers_.data() + k * layer_stride_; }
  std::uint8_t* own_layer(std::size_t k) { return layers_.data() + k * layer_stride_; }

  lane_plan const& plan_;
  std::size_t value_bytes_;
  std::size_t layer_stride_;
  frame_source source_ = frame_source::none;
  std::span<std::byte const> rest_;  // what has not been taken yet
  byte_offset_stream differences_;   // instead of the rest
  unsigned present_ = 0;
  std::uint64_t sum_ = 0;  // of values, taken as unsigned
  aligned_buffer<std::uint8_t> layers_;
  aligned_buffer<std::uint8_t> zeros_;
};

}  // namespace xrdct::cpu
