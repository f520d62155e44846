// Views of constant values have a conversion to themselves, which is never called.
#pragma nv_diag_suppress 554

#include "kernels/cuda/cuda_engine.cuh"
#include "kernels/cuda/parts.hpp"
#include "kernels/lanes/projector.hpp"

namespace xrdct::cuda {

std::unique_ptr<projector> make_projector(gpu_share on, ray_list const& rays) {
  return std::make_unique<lanes::lane_projector<cuda_engine>>(cuda_engine(on.number, on.memory), rays);
}

}  // namespace xrdct::cuda
