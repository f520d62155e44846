#pragma once
/// \file Detectors described in NeXus files, as pyFAI writes them: distortion, gaps, hexagonal pixels.

#include "xrdct/geometry/detector.hpp"

#include <string>

namespace xrdct {

/// Reads what pyFAI's Detector.save or detector2nexus has written (pyFAI's detectors/_common.py): the first NXdetector
/// of a subentry or an instrument of the latest entry. Corners of pixels, mask, shape, pixel size, orientation. Pixels
/// whose corners are not finite are gaps. A dark or flat image in the file is not applied, which is logged. Throws
/// input_error that names the file and what is wrong: no such detector, arrays whose shapes disagree, binned corners,
/// pixels of other than 4 or 6 corners, positions beyond 1 km, pixels without extent.
detector read_detector_file(std::string const& path);

}  // namespace xrdct
