#pragma once
/// \file Frames to patterns, on all ranks, and the patterns on their way to those who need them.

#include "xrdct/comm/agreement.hpp"
#include "xrdct/comm/communicator.hpp"
#include "xrdct/comm/pattern_exchange.hpp"
#include "xrdct/pipeline/checkpoints.hpp"
#include "xrdct/pipeline/frame_records.hpp"
#include "xrdct/pipeline/job.hpp"
#include "xrdct/pipeline/measurement.hpp"
#include "xrdct/pipeline/reducers.hpp"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace xrdct {

/// The end of the stage.
struct reduced_frames {
  std::unique_ptr<pattern_exchange> patterns;  ///< complete; none where frames were handed out dynamically
  std::vector<float> received;                 ///< then, what came of the exchange
  std::vector<channel_slab> slabs;             ///< of every rank
  frame_records records;                       ///< of all frames; on other ranks than 0 only the status
  std::uint64_t bytes = 0;                     ///< read by all ranks
  double seconds = 0;                          ///< of this rank's own work
  double read = 0;                             ///< of that, of threads that read (see reduce_seconds)
  double integrate = 0;                        ///< of that, without waiting for what is read
  double exchange = 0;                         ///< after that, until all messages were there
  std::uint64_t reduced = 0;                   ///< frames that this attempt reduced, once for every detector
  std::uint64_t own = 0;                       ///< of these, by this rank

  /// The patterns of all frames in the channels of this rank's slab, [frame][quantity][channel].
  std::vector<float> take_received() { return patterns ? patterns->take_received() : std::move(received); }
};

/// What a rank says that a signal reached.
failure stopped(checkpoints const& kept);

/// Collective. Every rank reduces what is left to do of its slice with `reducers`, one a detector, frame norms
/// included, and adds up the patterns of the detectors, one detector after the other; patterns are exchanged for
/// channel slabs meanwhile if `exchange`. When a rank fails (a bad frame, unless these are skipped; a device; memory),
/// all stop soon and throw the same agreed_error; so they do with exit code 75 when a signal asked one of them to stop,
/// once all that is done is kept.
/// `by` is the device that the reducers are of: --gather may have it move patterns.
reduced_frames reduce_frames(measurement const& m, job const& what, device const& by, reducer_list reducers,
                             communicator const& ranks, checkpoints const& kept, bool exchange);

}  // namespace xrdct
