#pragma once
/// \file A GPU as a device.

#include "kernels/cuda/parts.hpp"
#include "xrdct/kernels/device.hpp"

#include <memory>

namespace xrdct::cuda {

std::unique_ptr<device> make_device(gpu_share on);

}  // namespace xrdct::cuda
