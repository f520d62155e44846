#pragma once
/// \file The frames of one rank, batch by batch: read ahead, reduced, checked.

#include "xrdct/kernels/frame_reducer.hpp"
#include "xrdct/pipeline/measurement.hpp"
#include "xrdct/pipeline/reduce_stage.hpp"

#include <functional>
#include <span>

namespace xrdct {

/// One rank's part of the reduce stage.
struct frame_slice {
  measurement const& scan;
  frame_range frames;
  std::uint64_t batch = 1;
  bool skip_bad_frames = false;
  std::span<float> patterns;  ///< [frame of slice][quantity][channel], zeros
  frame_records& records;     ///< of the slice
};

/// Frames of the slice and bytes that are done so far → whether to go on.
using after_batch = std::function<bool(std::uint64_t frames, std::uint64_t bytes)>;

/// How many frames to reduce at a time: what suits the device, within bounds of memory.
std::uint64_t choose_batch(frame_reducer const& reducer, measurement const& m, std::optional<int> const& asked);

/// Reduces the slice in order. `next` is called between batches, while the device works on the next one; when it says
/// no, the rest is left out. Throws input_error at a bad frame unless these are skipped.
void reduce_slice(frame_slice const& slice, frame_reducer& reducer, after_batch const& next);

}  // namespace xrdct
