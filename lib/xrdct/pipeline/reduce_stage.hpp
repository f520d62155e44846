#pragma once
/// \file Frames to patterns, on all ranks, and the patterns on their way to those who need them.

#include "xrdct/comm/communicator.hpp"
#include "xrdct/comm/pattern_exchange.hpp"
#include "xrdct/pipeline/checkpoints.hpp"
#include "xrdct/pipeline/frame_records.hpp"
#include "xrdct/pipeline/job.hpp"
#include "xrdct/pipeline/measurement.hpp"
#include "xrdct/pipeline/reducers.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace xrdct {

/// The end of the stage.
struct reduced_frames {
  std::unique_ptr<pattern_exchange> patterns;  ///< complete
  std::vector<channel_slab> slabs;             ///< of every rank
  frame_records records;                       ///< of all frames; on other ranks than 0 only the status
  std::uint64_t bytes = 0;                     ///< read by all ranks
  double seconds = 0;                          ///< of this rank's own work
  std::uint64_t reduced = 0;                   ///< frames that this attempt reduced, once for every detector
};

/// Collective. Every rank reduces what is left to do of its slice with `reducers`, one a detector, frame norms
/// included, and adds up the patterns of the detectors, one detector after the other; patterns are exchanged for
/// channel slabs meanwhile if `exchange`. When a rank fails (a bad frame, unless these are skipped; a device; memory),
/// all stop soon and throw the same agreed_error; so they do with exit code 75 when a signal asked one of them to stop,
/// once all that is done is kept.
reduced_frames reduce_frames(measurement const& m, job const& what, reducer_list reducers, communicator const& ranks,
                             checkpoints const& kept, bool exchange);

}  // namespace xrdct
