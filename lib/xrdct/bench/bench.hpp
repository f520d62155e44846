#pragma once
/// \file How fast this machine does what a scan needs.

#include "xrdct/bench/options.hpp"
#include "xrdct/comm/communicator.hpp"
#include "xrdct/pipeline/job.hpp"

namespace xrdct {

/// Collective. Rank 0 makes and keeps the frames that `options.save` asks for, and says so in a log line.
void save_made_frames(job const& what, bench_options const& options, communicator const& ranks);

}  // namespace xrdct
