#pragma once
/// \file Frames as a counting detector sees powder: what reductions are timed with.

#include "xrdct/geometry/integration.hpp"
#include "xrdct/kernels/reduction.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace xrdct::benchmarks {

/// A detector perpendicular to the beam, which meets it near its middle.
struct powder_scene {
  poni geometry;
  corrections pixels;  ///< gaps masked, solid angle
  frame_format format;
  std::vector<std::vector<std::byte>> chunks;  ///< bitshuffle-LZ4

  std::vector<frame> frames(std::size_t count) const;  ///< the chunks over and over
};

/// `count` frames of Poisson counts with means from 3 to 50 in Debye-Scherrer rings; 3 of 1000 pixels are up to 5000
/// counts more, as reflections of single crystals.
powder_scene make_powder_scene(std::string const& detector, int count);

}  // namespace xrdct::benchmarks
