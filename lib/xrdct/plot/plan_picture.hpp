#pragma once
/// \file A picture of the plan of a scan: which position has how many frames.

#include "xrdct/plot/canvas.hpp"
#include "xrdct/scan/plan.hpp"

#include <string>

namespace xrdct {

/// A map of every layer (of many the first few): rotations downwards, translations to the right, a colour for each
/// number of frames, those without any in red; where there are more positions than pixels, a pixel shows the oddest.
/// What is odd about the scan is written below.
canvas draw_plan(scan_plan const& plan, std::string const& title);

/// Writes it as a PNG. Throws usage_error where the name is that of another kind of picture, or the file is there and
/// not to be replaced; runtime_failure where it cannot be written.
void plot_plan(scan_plan const& plan, std::string const& title, std::string const& output, bool overwrite);

}  // namespace xrdct
