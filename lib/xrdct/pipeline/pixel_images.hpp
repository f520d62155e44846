#pragma once
/// \file Images that correct a frame, from files and geometry.

#include "xrdct/geometry/poni.hpp"
#include "xrdct/kernels/reduction.hpp"
#include "xrdct/pipeline/job.hpp"

namespace xrdct {

/// Masks and the detector's gaps, dark, and norm (flat, polarization, solid angle, absorption), and which values mark
/// dead pixels. `geometry` knows its shape. Throws input_error where an image has another one.
corrections read_corrections(job const& what, poni const& geometry);

}  // namespace xrdct
