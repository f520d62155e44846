#pragma once
/// \file Where the rotation axis is by default, and how much each rotation counts.

#include "xrdct/tomo/filters.hpp"

#include <vector>

namespace xrdct {

/// The pixel index, in rows and in columns, that lies on the rotation axis of a tomogram of `size` pixels: (size −
/// 1)/2, for scikit-image size // 2.
double centre(convention whose, int size);

/// The index on the translation axis that is taken for the rotation axis if nothing else is known: the middle
/// (translations − 1)/2, for scikit-image translations // 2, half a step further for even numbers.
double default_axis(convention whose, int translations);

/// What the filtered samples of each rotation are multiplied with, one weight an angle [rad]. Their sum is π/2: uniform
/// angles over 180° or 360° have π/(2n) each, and so have any angles in `skimage`. Otherwise an angle counts by its
/// Voronoi share of the half circle: as far as to the middle between it and its neighbours, modulo 180°. Angles that
/// repeat (0° and 180°) divide the share of one.
///
/// The rotations in `dropped` (indices) have weight 0, and the others are weighted as if those did not exist.
/// Throws input_error if no rotation is left, or an angle is not finite; std::out_of_range for a `dropped` that is no
/// rotation.
std::vector<double> angle_weights(std::vector<double> const& angles, convention whose,
                                  std::vector<int> const& dropped = {});

}  // namespace xrdct
