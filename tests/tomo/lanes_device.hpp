#pragma once
/// \file What devices with lanes run, by the processor.

#include "xrdct/kernels/device.hpp"

#include <memory>

namespace xrdct::test {

/// With groups of one lane, or of 32 threads.
std::unique_ptr<device> make_lanes_device(bool threaded = false);

}  // namespace xrdct::test
