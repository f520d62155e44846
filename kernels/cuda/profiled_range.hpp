#pragma once
/// \file Names in the profiles of NVIDIA's tools.

#include <nvtx3/nvToolsExt.h>

namespace xrdct::cuda {

/// An NVTX range of the calling thread. It costs next to nothing where no profiler looks.
class profiled_range {
 public:
  explicit profiled_range(char const* name) { nvtxRangePushA(name); }
  ~profiled_range() { nvtxRangePop(); }
  profiled_range(profiled_range const&) = delete;
  profiled_range& operator=(profiled_range const&) = delete;
};

}  // namespace xrdct::cuda
