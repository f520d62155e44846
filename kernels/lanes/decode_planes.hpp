#pragma once
/// \file From bit-shuffled blocks to rows of pixels.

#include "kernels/lanes/find_blocks.hpp"
#include "kernels/lanes/lz4_block.hpp"
#include "kernels/lanes/pixel_rules.hpp"

namespace xrdct::lanes {

/// One block of pixels of 8 frames. Every group decodes the planes of one frame into shared memory; then all make
/// values of them, 8 frames of a pixel side by side, as rows have them: whole sectors of 32 bytes are written.
///
/// Of 8 KB a block, counting frames fill some 2 (see lz4_decoder): a pixel of 9 planes takes about 40 instructions of a
/// lane, which for 20,000 frames/s of 4.5 million pixels is a tenth of what an H200 has.
struct decode_planes {
  static constexpr std::uint32_t groups = 8;  ///< frames
  static constexpr int phases = 3;

  std::uint8_t const* bytes = nullptr;
  frame_slot const* slots = nullptr;
  std::size_t capacity = 0;
  block_span const* list = nullptr;  ///< [frame][capacity]
  std::size_t block_pixels = 0;
  std::size_t shuffled_pixels = 0;  ///< the rest of a frame is behind its blocks
  pixel_rules rules;
  excluded_pixels excluded;
  pixel_rows rows;
  frame_counts counts;  ///< part i is of block i
  std::uint32_t* faults = nullptr;

  /// The longest block, in bytes, that groups can decode side by side in so much shared memory.
  static std::size_t largest_block(std::size_t shared) {
    constexpr std::size_t others = sizeof(std::uint32_t) + tile * sizeof(part) + 132;
    return shared / groups < others ? 0 : shared / groups - others;
  }
  std::size_t blocks() const { return (shuffled_pixels + block_pixels - 1) / block_pixels; }
  /// What launches need: every block for every 8 frames.
  std::size_t launched() const { return blocks() * (batch_frames / groups); }
  std::size_t shared_bytes() const { return groups * (stride() + sizeof(std::uint32_t) + tile * sizeof(part)); }

  template <int phase, lane_group G>
  XRDCT_HOST_DEVICE void run(G const& lanes, block_place at, std::byte* shared) const {
    constexpr auto octets = batch_frames / groups;
    auto const block = at.block / octets;
    auto const first_frame = static_cast<std::uint32_t>(at.block % octets) * groups;
    if constexpr (phase == 0) {
      decode(lanes, block, first_frame + at.group, at.group, shared);
    } else if constexpr (phase == 1) {
      make_values(lanes, block, first_frame, at.group, shared);
    } else {
      add_up(lanes, block, first_frame + at.group, at.group, shared);
    }
  }

 private:
  struct part {
    double raw_sum;
    std::uint32_t saturated;
  };

  // Planes of frames are an odd number of words apart, so that the frames of a pixel lie in different banks.
  XRDCT_HOST_DEVICE std::size_t stride() const { return (block_pixels * rules.bytes() + 127) / 128 * 128 + 4; }
  XRDCT_HOST_DEVICE std::uint8_t* planes_of(std::byte* shared, std::uint32_t i) const {
    return reinterpret_cast<std::uint8_t*>(shared) + groups * tile * sizeof(part) + i * stride();
  }
  XRDCT_HOST_DEVICE std::uint32_t& written(std::byte* shared, std::uint32_t i) const {
    return reinterpret_cast<std::uint32_t*>(shared + groups * (tile * sizeof(part) + stride()))[i];
  }
  XRDCT_HOST_DEVICE part* parts(std::byte* shared, std::uint32_t group) const {
    return reinterpret_cast<part*>(shared) + group * tile;
  }
  XRDCT_HOST_DEVICE std::size_t pixels_of(std::size_t block) const {
    auto const left = shuffled_pixels - block * block_pixels;
    return left < block_pixels ? left : block_pixels;
  }

  template <lane_group G>
  XRDCT_HOST_DEVICE void decode(G const& lanes, std::size_t block, std::uint32_t frame, std::uint32_t i,
                                std::byte* shared) const {
    auto const slot = slots[frame];
    auto const plane_bytes = pixels_of(block) / 8;
    auto const all_planes = 8 * rules.bytes();
    std::uint32_t count = 0;
    if (slot.kind == frame_kind::lz4_planes) {
      auto const span = list[frame * capacity + block];
      if (span.size != block_span::no_block) {
        count =
            lz4_decoder<G>(lanes, {bytes + span.begin, span.size, planes_of(shared, i), plane_bytes, all_planes}).run();
        if (count == 0 && lanes.rank() == 0) raise(faults[frame], fault_corrupt);
      }
    } else if (slot.kind == frame_kind::planes) {
      auto const* const from = bytes + slot.begin + block * block_pixels * rules.bytes();
      auto* const to = planes_of(shared, i);
      for (std::size_t k = lanes.rank(); k < plane_bytes * all_planes; k += lanes.size()) to[k] = from[k];
      count = all_planes;
    }
    if (lanes.rank() == 0) written(shared, i) = count;
  }

  // Lane l of a group has frame l % 8 and every fourth pixel of 32 in a row.
  template <lane_group G>
  XRDCT_HOST_DEVICE void make_values(G const& lanes, std::size_t block, std::uint32_t first_frame, std::uint32_t group,
                                     std::byte* shared) const {
    auto const pixels = pixels_of(block);
    auto const plane_bytes = pixels / 8;
    constexpr std::uint32_t at_a_time = tile / groups;
    for (auto l = lanes.rank(); l < tile; l += lanes.size()) {
      auto const i = l % groups;
      auto const count = written(shared, i);
      auto const* const planes = planes_of(shared, i);
      part sums{0, 0};
      for (std::size_t p = group * at_a_time + l / groups; p < pixels && count > 0; p += groups * at_a_time) {
        auto const pixel = block * block_pixels + p;
        float value = std::numeric_limits<float>::quiet_NaN();
        if (!excluded[pixel]) {
          auto const v = rules.value(bits(planes + p / 8, plane_bytes, p % 8, count));
          sums.saturated += v.saturated ? 1 : 0;
          if (!v.dead) {
            sums.raw_sum += v.exact;
            value = v.single;
          }
        }
        rows.at(pixel, first_frame + i) = value;
      }
      parts(shared, group)[l] = sums;
    }
  }

  XRDCT_HOST_DEVICE std::uint32_t bits(std::uint8_t const* plane, std::size_t plane_bytes, std::size_t bit,
                                       std::uint32_t count) const {
    std::uint32_t made = 0, last = 0;
    for (std::uint32_t k = 0; k < count; ++k) {
      last = plane[k * plane_bytes] >> bit & 1;
      made |= last << k;
    }
    auto const all_planes = 8 * rules.bytes();
    if (last != 0 && count < all_planes) made |= (0xffffffffU >> (32 - all_planes)) & (0xffffffffU << count);
    return made;
  }

  template <lane_group G>
  XRDCT_HOST_DEVICE void add_up(G const& lanes, std::size_t block, std::uint32_t frame, std::uint32_t i,
                                std::byte* shared) const {
    if (lanes.rank() != 0 || written(shared, i) == 0) return;
    part sums{0, 0};
    for (std::uint32_t group = 0; group < groups; ++group)
      for (auto l = i; l < tile; l += groups) {
        sums.raw_sum += parts(shared, group)[l].raw_sum;
        sums.saturated += parts(shared, group)[l].saturated;
      }
    counts.put(frame, block, sums.raw_sum, sums.saturated);
  }
};

}  // namespace xrdct::lanes
