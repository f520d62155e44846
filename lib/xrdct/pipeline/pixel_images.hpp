#pragma once
/// \file Images that correct a frame, from files and geometry.

#include "xrdct/beamline/detector_description.hpp"
#include "xrdct/geometry/poni.hpp"
#include "xrdct/kernels/reduction.hpp"
#include "xrdct/pipeline/job.hpp"

namespace xrdct {

/// Masks, also that of the detector's own description, and its gaps, dark, variance, and norm (flat, polarization,
/// solid angle, absorption), and which values mark dead pixels, of one of the job's detectors. `geometry` knows its
/// shape, `frames` is their type. Throws input_error where an image has another one, or a variance is negative;
/// usage_error where a variance image or the error model that needs it is without the other.
corrections read_corrections(job const& what, poni const& geometry, detector_description const& described,
                             std::size_t detector, pixel_type frames);

/// Whether --flat names a flat field for this detector, or says that there is to be none.
bool has_flat(job const& what, std::size_t detector);

/// Throws usage_error where an image is for a detector that there is not, or one of two of which only one can be.
void check_image_files(input_options const& input, std::size_t detectors);

}  // namespace xrdct
