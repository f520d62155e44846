#pragma once
/// \file The GPU of this machine, for suites that run over all backends.

#include "xrdct/kernels/device.hpp"

#include <memory>
#include <string>

namespace xrdct::test {

/// The first device that the plugin beside the test program shows, with nine tenths of its free memory; nothing where
/// there is none.
std::unique_ptr<device> make_gpu();
bool has_gpu();
/// Why there is none, or its name.
std::string about_gpu();

}  // namespace xrdct::test
