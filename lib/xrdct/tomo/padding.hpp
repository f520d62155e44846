#pragma once
/// \file Projections that go on beside the field, where the sample is larger than it.

#include "xrdct/kernels/tomograph.hpp"
#include "xrdct/kernels/view.hpp"

#include <vector>

namespace xrdct {

/// The geometry of a sinogram with `margin` more translations on each side.
scan_geometry with_margin(scan_geometry geometry, int margin);

/// [rotation · (translation with margins)] rows of the channels of a sinogram: beside the ends, the last value falls to
/// nothing over the margin without a kink, so that the ramp filter sees no edge there. Of variances, what is beside the
/// field is 0: it is no measurement, and the error of the last value counts where that is. Throws input_error where
/// the rows are not whole rotations.
std::vector<float> padded(view<float const> sinogram, int translations, int margin, bool variances);

}  // namespace xrdct
