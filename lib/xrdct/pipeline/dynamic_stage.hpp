#pragma once
/// \file Frames to patterns where ranks get frames as they are ready for more: for nodes that are not equally fast.

#include "xrdct/comm/block_exchange.hpp"
#include "xrdct/pipeline/checkpoints.hpp"
#include "xrdct/pipeline/reduce_stage.hpp"

#include <optional>
#include <vector>

namespace xrdct {

/// Some frames that one rank reduces.
struct frame_block {
  frame_range frames;
  int owner = -1;  ///< of frames that are kept, who reads them; -1: whoever is ready
};

/// All frames in blocks of whole batches, so many that each of `ranks` ranks gets about 64 of those that are left to be
/// done. Frames that are kept, of all detectors, are blocks of the rank in whose slice they are.
std::vector<frame_block> cut_into_blocks(measurement const& m, checkpoints const& kept, std::uint64_t batch, int ranks);

/// As reduce_frames() with an exchange. Nothing, and nothing done, where what is kept is cut into too many pieces.
std::optional<reduced_frames> reduce_dynamically(measurement const& m, job const& what, reducer_list& reducers,
                                                 communicator const& ranks, checkpoints const& kept);

}  // namespace xrdct
