#pragma once
/// \file Reflections of single crystals: bright spots that a powder should not have.

#include "xrdct/geometry/poni.hpp"
#include "xrdct/simulation/powder.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace xrdct {

/// A reflection flashes up while its grain is in the beam and the rotation is near the Bragg condition.
struct crystal_spot {
  double x = 0, y = 0;         ///< of the grain, in sample radii
  double rotation = 0;         ///< degrees
  double row = 0, column = 0;  ///< where it meets the detector, in pixels, the first pixel's centre at 0
  double counts = 0;           ///< in its brightest pixel
};

struct spot_options {
  int crystals = 0;
  double span = 180;  ///< of the rotation, degrees
  double counts = 0;  ///< a spot has 5 to 50 times as much in its brightest pixel
  std::uint64_t seed = 0;
};

/// Grains at random places within the sample, each with a dozen reflections of random orientation on the given lines.
std::vector<crystal_spot> scatter_crystals(spot_options const& options, poni const& geometry,
                                           std::span<powder_line const> lines);

/// Adds what a spot gives to the pixels around it, `share` times, on an image of rows × columns.
void add_spot(crystal_spot const& spot, double share, int rows, int columns, std::span<float> image);

}  // namespace xrdct
