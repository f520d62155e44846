#pragma once
/// \file Where the rays of a layer's sinogram are, for iterative solvers.

#include "xrdct/kernels/projector.hpp"
#include "xrdct/pipeline/tomogram.hpp"
#include "xrdct/tomo/fill.hpp"

#include <cstddef>

namespace xrdct {

/// One ray an entry, at the entry's own angle and its distance from the plan's axis, in steps, less the shift
/// of its line. Entries that were not
/// measured have weight 0, others 1.
ray_list rays_of(tomogram_plan const& plan, std::size_t layer, entry_map const& entries);

}  // namespace xrdct
