#pragma once
/// \file The GPUs that the process sees. Throws std::runtime_error with what the CUDA runtime says.

#include "xrdct/kernels/plugin.hpp"

namespace xrdct::cuda {

/// 0 where there is none. Throws where there is no driver, or one too old.
int count_devices();
plugin_device describe_device(int number);
/// Makes the process's context on it, which takes some of its memory.
void open_device(int number);
plugin_memory device_memory_of(int number);

}  // namespace xrdct::cuda
