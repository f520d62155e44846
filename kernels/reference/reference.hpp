#pragma once
/// \file The oracle: plain, double-precision, one frame and one pixel at a time, straight from the formulas.

#include "xrdct/kernels/device.hpp"

namespace xrdct::reference {

/// Needs nothing, shares no code with other backends, and is slow.
std::unique_ptr<device> make_device();

}  // namespace xrdct::reference
