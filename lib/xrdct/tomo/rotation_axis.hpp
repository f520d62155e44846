#pragma once
/// \file Where the rotation axis is, from all angles.

#include "xrdct/tomo/mass_centre.hpp"

#include <string>

namespace xrdct {

struct found_axis {
  double index = 0;        ///< of the translation at the axis, may lie between two
  double error = 0;        ///< standard error, in translations
  bool clear = false;      ///< the scan tells; else `index` is the middle
  bool truncated = false;  ///< the sample is larger than the field
  /// The figure of merit: how far the centre of mass of a projection usually is from the sinusoid, in translations; of
  /// a sample larger than the field, the share of the sinogram that its tomogram does not explain.
  double misfit = 0;
  std::string method;  ///< in words
};

/// Whether the sample reaches the ends of the projections in a tenth of the rotations or more: there is more than a
/// twentieth of the contrast.
bool is_truncated(total_scattering const& total);

/// By the centre of mass of the projections, which all angles decide on: 180° and 360°, evenly spaced or not, some of
/// them missing. Where the sample is larger than the field, by projecting the tomogram again. `total` must be free of
/// hot spots. Not clear are: no sample, fewer than four rotations, angles that look from one side only, and whatever
/// leaves an error of more than half a translation.
found_axis find_rotation_axis(total_scattering const& total, int threads = 1);

}  // namespace xrdct
