#pragma once
/// \file Blocks of LZ4 that hold values as they are (HDF5's filter 32004).

#include "kernels/lanes/find_blocks.hpp"
#include "kernels/lanes/lz4_block.hpp"

namespace xrdct::lanes {

/// A group decodes one block of one frame into the memory of the device. Such blocks are long, often whole frames: it
/// is frames that are decoded side by side.
struct decode_values {
  static constexpr std::uint32_t groups = 1;
  static constexpr int phases = 1;

  std::uint8_t const* bytes = nullptr;
  frame_slot const* slots = nullptr;
  std::size_t capacity = 0;
  block_span const* list = nullptr;
  std::size_t frame_bytes = 0;
  std::uint8_t* values = nullptr;  ///< [frame][frame_bytes]
  std::uint32_t* faults = nullptr;

  std::size_t launched() const { return batch_frames * capacity; }
  std::size_t shared_bytes() const { return 0; }

  template <int phase, lane_group G>
  XRDCT_HOST_DEVICE void run(G const& lanes, block_place at, std::byte*) const {
    auto const frame = static_cast<std::uint32_t>(at.block % batch_frames);
    auto const slot = slots[frame];
    if (slot.kind != frame_kind::lz4_values) return;
    auto const block = at.block / batch_frames;
    auto const first = block * slot.block_bytes;
    if (first >= frame_bytes) return;
    auto const span = list[frame * capacity + block];
    if (span.size == block_span::no_block) return;
    std::uint64_t const size = frame_bytes - first < slot.block_bytes ? frame_bytes - first : slot.block_bytes;
    auto* const to = values + frame * frame_bytes + first;
    if (span.size == size) {  // as it is: LZ4 would have made it no smaller
      for (std::uint64_t i = lanes.rank(); i < size; i += lanes.size()) to[i] = bytes[span.begin + i];
    } else if (lz4_decoder<G>(lanes, {bytes + span.begin, span.size, to, size, 1}).run() == 0 && lanes.rank() == 0) {
      raise(faults[frame], fault_corrupt);
    }
  }
};

}  // namespace xrdct::lanes
