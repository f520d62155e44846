#pragma once
/// \file What became of frames, besides their patterns.

#include "xrdct/kernels/frame.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace xrdct {

/// What became of some consecutive frames.
struct frame_records {
  std::vector<frame_status> status;
  std::vector<double> raw_sum;
  std::vector<std::uint32_t> saturated;
  std::vector<std::uint32_t> cause;  ///< the input, from 1, that a frame is missing from or bad in; 0: none

  void resize(std::size_t frames) {
    status.resize(frames);
    raw_sum.resize(frames);
    saturated.resize(frames);
    cause.resize(frames);
  }
  /// Takes `count` frames' records of others, from their `from`th on, in place of its own from the `to`th on.
  void take(frame_records const& others, std::size_t from, std::size_t to, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      status[to + i] = others.status[from + i];
      raw_sum[to + i] = others.raw_sum[from + i];
      saturated[to + i] = others.saturated[from + i];
      cause[to + i] = others.cause[from + i];
    }
  }
  void fields(auto& archive) { archive(status, raw_sum, saturated, cause); }
};

}  // namespace xrdct
