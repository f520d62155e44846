#pragma once
/// \file What devices with lanes run, as a device for tests of tomograms.

#include "xrdct/kernels/device.hpp"

#include <memory>

namespace xrdct::test {

/// By groups of one lane, or of 32 threads. It makes no reducers.
std::unique_ptr<device> make_lanes_device(bool threaded = false);

}  // namespace xrdct::test
