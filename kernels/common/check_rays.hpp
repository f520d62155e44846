#pragma once
/// \file Whether rays can be projected along at all, and a call of a projector fits them: what production backends ask.

#include "xrdct/kernels/projector.hpp"

#include <array>
#include <cstdint>

namespace xrdct {

/// Throws std::invalid_argument for a list that contradicts itself (see ray_list).
void check_rays(ray_list const& rays);

/// What a projector's fields must fit.
struct projection_shape {
  std::int64_t rotations = 0, translations = 0, size = 0;
};

/// Throws std::invalid_argument for a set of rotations that does not exist, and for shapes that contradict the rays.
void check_projection(projection_shape const& of, rotation_set const& which, std::array<std::int64_t, 3> const& image,
                      std::array<std::int64_t, 3> const& sinogram);

}  // namespace xrdct
