#pragma once
/// \file Finds where the compressed blocks of frames lie.

#include "kernels/lanes/engine.hpp"
#include "kernels/lanes/frame_slots.hpp"

#include <cstddef>
#include <cstdint>

namespace xrdct::lanes {

/// A compressed block: none where `size` is `no_block`.
struct block_span {
  static constexpr std::uint64_t no_block = ~std::uint64_t{0};
  std::uint64_t begin = 0;  ///< in the bytes of the batch
  std::uint64_t size = no_block;
};

/// Every block is behind its length of 4 bytes, the highest first: each leads to the next, so that a frame takes one
/// lane from block to block, which waits for memory most of the time while other batches are worked on (a frame of
/// 4 million pixels of 32 bits has 2,190 blocks, a few hundred nanoseconds each). Lengths are not believed.
struct find_blocks {
  static constexpr std::uint32_t groups = 1;
  static constexpr int phases = 1;

  std::uint8_t const* bytes = nullptr;
  frame_slot const* slots = nullptr;
  std::size_t blocks = 0;       ///< of a frame of bit planes
  std::size_t frame_bytes = 0;  ///< decoded, in blocks; what is left over follows them
  std::uint32_t value_bytes = 0;
  std::size_t left_over = 0;      ///< bytes
  std::size_t capacity = 0;       ///< blocks of a frame in the list
  block_span* list = nullptr;     ///< [frame][capacity]
  value_source* tails = nullptr;  ///< [frame] the bytes behind the last block
  std::uint32_t* faults = nullptr;

  std::size_t shared_bytes() const { return 0; }

  template <int phase, lane_group G>
  XRDCT_HOST_DEVICE void run(G const& lanes, block_place, std::byte*) const {
    for (auto frame = lanes.rank(); frame < batch_frames; frame += lanes.size()) {
      auto const slot = slots[frame];
      tails[frame] = {};
      if (slot.kind == frame_kind::lz4_planes) walk(slot, frame, blocks, left_over);
      if (slot.kind == frame_kind::lz4_values)
        walk(slot, frame, (frame_bytes + left_over + slot.block_bytes - 1) / slot.block_bytes, 0);
      if (slot.kind == frame_kind::planes) tails[frame] = {bytes + slot.begin + frame_bytes, value_bytes};
    }
  }

 private:
  XRDCT_HOST_DEVICE void walk(frame_slot const& slot, std::uint32_t frame, std::size_t count,
                              std::size_t bytes_behind) const {
    auto* const to = list + frame * capacity;
    auto at = slot.begin;
    auto const end = slot.begin + slot.size;
    std::size_t found = 0;
    for (; found < count && end - at >= 4; ++found) {
      std::uint64_t const size = load_big_endian(bytes + at);
      if (size > end - at - 4) break;
      to[found] = {at + 4, size};
      at += 4 + size;
    }
    if (found < count || end - at < bytes_behind) {
      raise(faults[frame], fault_truncated);
    } else {
      tails[frame] = {bytes + at, value_bytes};
    }
    for (; found < count; ++found) to[found] = {};
  }
  XRDCT_HOST_DEVICE static std::uint32_t load_big_endian(std::uint8_t const* from) {
    return std::uint32_t{from[0]} << 24 | std::uint32_t{from[1]} << 16 | std::uint32_t{from[2]} << 8 | from[3];
  }
};

}  // namespace xrdct::lanes
