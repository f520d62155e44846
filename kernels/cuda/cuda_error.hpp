#pragma once
/// \file What the CUDA runtime says went wrong.

#include <cuda_runtime.h>

#include <new>
#include <stdexcept>
#include <string>

namespace xrdct::cuda {

/// Throws std::bad_alloc where the device has no memory left, std::runtime_error for anything else.
inline void check(cudaError_t code, char const* what) {
  if (code == cudaSuccess) return;
  static_cast<void>(cudaGetLastError());  // it stays otherwise, and the next call would report it
  if (code == cudaErrorMemoryAllocation) throw std::bad_alloc();
  throw std::runtime_error(std::string("CUDA: ") + what + ": " + cudaGetErrorString(code));
}

}  // namespace xrdct::cuda
