#pragma once
/// \file Projection along rays and its adjoint, with channels in SIMD lanes.

#include "kernels/cpu/thread_pool.hpp"
#include "xrdct/kernels/projector.hpp"

#include <memory>

namespace xrdct::cpu {

/// `threads` must outlive the projector. Throws std::invalid_argument for a list of rays that contradicts itself (see
/// ray_list). Every channel is computed by the same operations in the same order, whatever the number of channels and
/// of threads.
std::unique_ptr<projector> make_projector(ray_list const& rays, thread_pool& threads);

}  // namespace xrdct::cpu
