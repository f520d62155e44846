#pragma once
/// \file What a user is told at the end.

#include "xrdct/pipeline/measurement.hpp"
#include "xrdct/pipeline/reduce_stage.hpp"
#include "xrdct/pipeline/run_record.hpp"

#include <string>

namespace xrdct {

/// Log lines about the scan: what was found, in what order, and what is odd about it.
void tell_scan(scan_plan const& scan);

/// Log lines about the frames: how many, how fast, how many of them missing or bad (with the first bad one).
void tell_frames(measurement const& m, reduced_frames const& reduced, run_record const& run);

/// Log lines about the time of each stage and where the result is.
void tell_end(run_record const& run, std::string const& output);

/// This rank's own seconds and frames of the stage.
void add_own(run_record& run, reduced_frames const& reduced);

}  // namespace xrdct
