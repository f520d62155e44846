#pragma once
/// \file What to show where it is not clear what the frames are.

#include "xrdct/pipeline/job.hpp"

#include <string>
#include <vector>

namespace xrdct {

/// Throws input_error unless every input is there and of a format that is known: then it may be looked at further.
void require_openable(job const& what);

/// Whether an option names a dataset, by its path, that is not there.
bool names_what_is_not(job const& what);

/// Everything in the first input that could be frames, a line each: "/1.1/measurement/eiger  [100][2162][2068]".
std::vector<std::string> frame_candidates(job const& what);

}  // namespace xrdct
