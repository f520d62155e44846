#pragma once
/// \file What makes a geometry look like a slip: units that are not metres and radians, a beam that misses the
/// detector.

#include "xrdct/geometry/poni.hpp"

#include <string>
#include <vector>

namespace xrdct {

/// What no measurement of X-ray diffraction has, each a line with the likely cause. The shape of the detector is known.
std::vector<std::string> doubts_about(poni const& geometry);

/// Where the beam meets the plane of the detector, if that is beside its pixels; else "". Detectors may stand beside
/// the beam, so it is a doubt only where there is one of them.
std::string beam_beside(poni const& geometry);

}  // namespace xrdct
