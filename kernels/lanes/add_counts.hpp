#pragma once
/// \file What is counted over a frame, of its parts.

#include "kernels/lanes/channels.hpp"
#include "kernels/lanes/engine.hpp"
#include "kernels/lanes/frame_slots.hpp"

namespace xrdct::lanes {

/// Lanes are frames.
struct add_counts {
  static constexpr std::uint32_t groups = 1;
  static constexpr int phases = 1;

  frame_slot const* slots = nullptr;
  frame_counts counts;
  std::size_t parts_of_planes = 0, parts_of_values = 0;
  double* raw_sum = nullptr;
  std::uint32_t* saturated = nullptr;

  std::size_t shared_bytes() const { return 0; }

  template <int phase, lane_group G>
  XRDCT_HOST_DEVICE void run(G const& lanes, block_place, std::byte*) const {
    for (auto frame = lanes.rank(); frame < batch_frames; frame += lanes.size()) {
      auto const kind = slots[frame].kind;
      bool const of_planes = kind == frame_kind::planes || kind == frame_kind::lz4_planes;
      auto const parts = kind == frame_kind::none ? 0 : of_planes ? parts_of_planes : parts_of_values;
      double sum = 0;
      std::uint32_t count = 0;
      XRDCT_UNROLL_4  // parts are asked for before those before them are there
          for (std::size_t i = 0; i < parts; ++i) {
        sum += counts.raw_sum[i * batch_frames + frame];
        count += counts.saturated[i * batch_frames + frame];
      }
      raw_sum[frame] = sum;
      saturated[frame] = count;
    }
  }
};

}  // namespace xrdct::lanes
