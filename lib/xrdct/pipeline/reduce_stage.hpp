#pragma once
/// \file Frames to patterns, on all ranks, and the patterns on their way to those who need them.

#include "xrdct/comm/communicator.hpp"
#include "xrdct/comm/pattern_exchange.hpp"
#include "xrdct/pipeline/job.hpp"
#include "xrdct/pipeline/measurement.hpp"
#include "xrdct/pipeline/reducers.hpp"

#include <cstdint>
#include <memory>
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
  void fields(auto& archive) { archive(status, raw_sum, saturated, cause); }
};

/// The end of the stage.
struct reduced_frames {
  std::unique_ptr<pattern_exchange> patterns;  ///< complete
  std::vector<channel_slab> slabs;             ///< of every rank
  frame_records records;                       ///< of all frames; on other ranks than 0 only the status
  std::uint64_t bytes = 0;                     ///< read by all ranks
};

/// Collective. Every rank reduces its slice with `reducers`, one a detector, frame norms included, and adds up the
/// patterns of the detectors, one detector after the other; patterns are exchanged for channel slabs meanwhile
/// if `exchange`. When a rank fails (a bad frame, unless these are skipped; a device; memory), all stop soon and
/// throw the same agreed_error.
reduced_frames reduce_frames(measurement const& m, job const& what, reducer_list reducers, communicator const& ranks,
                             bool exchange);

}  // namespace xrdct
