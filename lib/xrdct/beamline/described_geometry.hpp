#pragma once
/// \file A geometry made of what a file says of its detector, and how it compares with another.

#include "xrdct/beamline/detector_description.hpp"
#include "xrdct/geometry/poni.hpp"

#include <string>
#include <vector>

namespace xrdct {

/// What a geometry of frames of this shape lacks, or what forbids one: "no detector_distance and no beam_center_x";
/// empty where it can be made.
std::string lacking_of(detector_description const& described);

/// The geometry, upright in the beam; its text is a PONI file that says the same. poni1 = beam_center_y · pixel1, poni2
/// = beam_center_x · pixel2: a centre of (0, 0) is the outer corner of the first pixel, as in pyFAI. A detector that
/// is known by its name has its gaps. Throws input_error where something lacks.
poni geometry_of(detector_description const& described, int rows, int columns);

/// In what the two differ by more than 1 %: pixel sizes and wavelength; each a line.
std::vector<std::string> differences(detector_description const& described, poni const& given);

}  // namespace xrdct
