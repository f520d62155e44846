#pragma once
/// \file NVIDIA's Multi-Process Service: with it, kernels of several processes run on a GPU at the same time; without
/// it they take turns.

#include <string>

namespace xrdct {

/// Whether its control daemon has opened a pipe where the CUDA driver looks for it: in CUDA_MPS_PIPE_DIRECTORY, or in
/// /tmp/nvidia-mps.
bool mps_is_there();
/// The same of a folder.
bool mps_is_in(std::string const& folder);

/// The line that recommends it to ranks that share a device without it.
std::string mps_advice(int ranks);

}  // namespace xrdct
