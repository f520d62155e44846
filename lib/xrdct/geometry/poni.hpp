#pragma once
/// \file Where the detector stands: the Point Of Normal Incidence and three rotations.

#include "xrdct/geometry/detector.hpp"

#include <string>

namespace xrdct {

/// Metres and radians, by pyFAI's conventions (SEMANTICS §1).
struct poni {
  xrdct::detector detector;
  double distance = 0;
  double poni1 = 0, poni2 = 0;
  double rot1 = 0, rot2 = 0, rot3 = 0;
  double wavelength = 0;  ///< metres; 0 where the file gives none
  std::string text;       ///< the file as it was read, kept in the result

  void fields(auto& archive) { archive(detector, distance, poni1, poni2, rot1, rot2, rot3, wavelength, text); }
};

/// Reads a PONI file of version 1, 2, 2.1 or 3 (the last value of a key holds), or the geometry of a pyFAI set-up file
/// (JSON), of which `text` is the PONI file that says the same. Throws input_error that names the file
/// and the key: no such file, no distance or one that is not positive, an unknown detector, a value that is not a
/// number. A detector may be described by a file (read_detector_file), named in Detector_config's filename or as the
/// Detector, relative to the PONI file.
poni read_poni(std::string const& path);

/// The same from text; `name` stands for the file in messages, and for its folder.
poni parse_poni(std::string const& text, std::string const& name);

/// Takes the shape of the frames where the detector has none. Throws input_error where the two disagree.
void fit_shape(poni& geometry, int rows, int columns);

}  // namespace xrdct
