#pragma once
/// \file Projection along rays and its adjoint as the formulas have them, in double.

#include "xrdct/kernels/projector.hpp"

#include <memory>

namespace xrdct::reference {

/// Throws std::invalid_argument for a list of rays that contradicts itself (see ray_list).
std::unique_ptr<projector> make_projector(ray_list const& rays);

}  // namespace xrdct::reference
