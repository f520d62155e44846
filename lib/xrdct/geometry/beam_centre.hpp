#pragma once
/// \file Where the direct beam meets the detector.

#include "xrdct/geometry/poni.hpp"

#include <optional>

namespace xrdct {

/// In pixels of the image as it is stored, from the outer corner of pixel (0, 0), whose centre is at (½, ½).
struct beam_centre {
  double row = 0;
  double column = 0;
};

/// Nothing where the detector has no pixels of a known size, or turns its back to the beam. Outside the detector, the
/// centre of its plane continued (SEMANTICS §1; pyFAI's getFit2D has the same point).
std::optional<beam_centre> centre_of_beam(poni const& geometry);

}  // namespace xrdct
