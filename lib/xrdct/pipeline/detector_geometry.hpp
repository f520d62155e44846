#pragma once
/// \file Where a detector stands and what is known of it: from the options, or from what its file says.

#include "xrdct/beamline/detector_description.hpp"
#include "xrdct/geometry/poni.hpp"
#include "xrdct/pipeline/job.hpp"

#include <cstddef>
#include <string>

namespace xrdct {

/// What the file of a detector's frames says of it, as far as the job wants to know. Warns of what is odd there.
/// Throws input_error, as describe_detector().
detector_description describe_for(job const& what, frame_stack const& stack);

/// By the PONI file of this detector; where there is none, by its description. In the shape of the frames. Warns where
/// both differ. Throws input_error, and usage_error where there is neither.
poni geometry_for(job const& what, frame_stack const& stack, detector_description const& described,
                  std::size_t detector);

/// One line that names all that is taken from the description for this detector; empty where nothing is.
std::string tell_taken(job const& what, detector_description const& described, std::size_t detector);

}  // namespace xrdct
