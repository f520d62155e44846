#pragma once
/// \file Numbers that go with every frame: where it was taken, and how strong the beam was.

#include "xrdct/pipeline/measurement.hpp"

namespace xrdct {

/// Rotations in degrees and translations, one a frame, from the files or from the grid that the options describe; empty
/// where the options give neither. Throws input_error where they do not match the frames.
scan_positions read_positions(scan_options const& scan, input_options const& input, frame_stack const& stack);

/// Sets monitor, frame_norm and the status bad_monitor. Throws input_error for a bad monitor value unless bad frames
/// are skipped.
void use_monitor(measurement& m, job const& what);

}  // namespace xrdct
