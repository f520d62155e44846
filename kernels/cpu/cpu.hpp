#pragma once
/// \file The production backend for processors: SIMD chosen at run time, and threads.

#include "xrdct/kernels/device.hpp"

namespace xrdct::cpu {

/// A device of `threads` threads (at least 1), which live as long as it does.
std::unique_ptr<device> make_device(int threads);

}  // namespace xrdct::cpu
