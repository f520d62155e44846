// Views of constant values have a conversion to themselves, which is never called.
#pragma nv_diag_suppress 554

#include "kernels/cuda/cuda_engine.cuh"
#include "kernels/cuda/parts.hpp"
#include "kernels/lanes/tomograph.hpp"

namespace xrdct::cuda {

std::unique_ptr<tomograph> make_tomograph(gpu_share on, scan_geometry const& geometry) {
  return std::make_unique<lanes::lane_tomograph<cuda_engine>>(cuda_engine(on.number, on.memory), geometry);
}

}  // namespace xrdct::cuda
