#pragma once
/// \file Colours for numbers.

#include "xrdct/plot/canvas.hpp"

namespace xrdct {

/// From dark violet by blue and green to yellow: lightness grows evenly with `share` (0 to 1), so that what looks twice
/// as bright is, and prints in grey keep their order. Computed in OKLab (B. Ottosson, 2020). Not a number: light grey.
colour map_colour(double share);

/// Colours that differ from each other for marks, in order.
colour mark_colour(std::size_t index);

}  // namespace xrdct
