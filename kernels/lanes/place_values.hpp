#pragma once
/// \file From values of frames, row by row, to rows of pixels.

#include "kernels/lanes/engine.hpp"
#include "kernels/lanes/frame_slots.hpp"
#include "kernels/lanes/pixel_rules.hpp"

namespace xrdct::lanes {

/// 256 pixels of 32 frames: read frame by frame, pixels in lanes, and written pixel by pixel, frames in lanes.
struct place_values {
  static constexpr std::uint32_t groups = 8;
  static constexpr int phases = 2;
  static constexpr std::size_t pixels_a_block = 256;

  value_source const* sources = nullptr;  ///< [frame]: of pixel `first_pixel`
  std::size_t first_pixel = 0, pixels = 0;
  pixel_rules rules;
  excluded_pixels excluded;
  pixel_rows rows;
  frame_counts counts;
  std::size_t first_part = 0;  ///< part first_part + i of the counts is of block i

  std::size_t launched() const { return (pixels + pixels_a_block - 1) / pixels_a_block; }
  std::size_t shared_bytes() const { return batch_frames * (stride * sizeof(float) + tile * sizeof(part)); }

  template <int phase, lane_group G>
  XRDCT_HOST_DEVICE void run(G const& lanes, block_place at, std::byte* shared) const {
    auto const first = at.block * pixels_a_block;
    auto const left = pixels - first;
    auto const count = left < pixels_a_block ? left : pixels_a_block;
    if constexpr (phase == 0) {
      for (auto frame = at.group; frame < batch_frames; frame += groups)
        if (sources[frame].values != nullptr) read(lanes, frame, first, count, shared);
    } else {
      write(lanes, at.group, first, count, shared);
      if (at.group == 0) add_up(lanes, at.block, shared);
    }
  }

 private:
  struct part {
    double raw_sum;
    std::uint32_t saturated;
  };
  static constexpr std::size_t stride = pixels_a_block + 1;  // frames of a pixel lie in different banks

  XRDCT_HOST_DEVICE static part* parts(std::byte* shared, std::uint32_t frame) {
    return reinterpret_cast<part*>(shared) + frame * tile;
  }
  XRDCT_HOST_DEVICE static float* values(std::byte* shared, std::uint32_t frame) {
    return reinterpret_cast<float*>(shared + batch_frames * tile * sizeof(part)) + frame * stride;
  }
  XRDCT_HOST_DEVICE std::uint32_t load(std::uint8_t const* from) const {
    std::uint32_t bits = 0;
    for (std::uint32_t k = 0; k < rules.bytes(); ++k) bits |= std::uint32_t{from[k]} << 8 * k;
    return bits;
  }

  template <lane_group G>
  XRDCT_HOST_DEVICE void read(G const& lanes, std::uint32_t frame, std::size_t first, std::size_t count,
                              std::byte* shared) const {
    auto* const to = values(shared, frame);
    auto const source = sources[frame];
    for (auto l = lanes.rank(); l < tile; l += lanes.size()) {
      part sums{0, 0};
      for (std::size_t i = l; i < count; i += tile) {
        to[i] = std::numeric_limits<float>::quiet_NaN();
        if (excluded[first_pixel + first + i]) continue;
        auto const v = rules.value(load(source.values + (first + i) * source.value_bytes));
        sums.saturated += v.saturated ? 1 : 0;
        if (v.dead) continue;
        sums.raw_sum += v.exact;
        to[i] = v.single;
      }
      parts(shared, frame)[l] = sums;
    }
  }

  template <lane_group G>
  XRDCT_HOST_DEVICE void write(G const& lanes, std::uint32_t group, std::size_t first, std::size_t count,
                               std::byte* shared) const {
    for (auto frame = lanes.rank(); frame < batch_frames; frame += lanes.size()) {
      if (sources[frame].values == nullptr) continue;
      for (std::size_t i = group; i < count; i += groups)
        rows.at(first_pixel + first + i, frame) = values(shared, frame)[i];
    }
  }

  template <lane_group G>
  XRDCT_HOST_DEVICE void add_up(G const& lanes, std::size_t block, std::byte* shared) const {
    for (auto frame = lanes.rank(); frame < batch_frames; frame += lanes.size()) {
      if (sources[frame].values == nullptr) continue;
      part sums{0, 0};
      for (std::uint32_t l = 0; l < tile; ++l) {
        sums.raw_sum += parts(shared, frame)[l].raw_sum;
        sums.saturated += parts(shared, frame)[l].saturated;
      }
      counts.put(frame, first_part + block, sums.raw_sum, sums.saturated);
    }
  }
};

}  // namespace xrdct::lanes
