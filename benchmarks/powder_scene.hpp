#pragma once
/// \file Made frames in memory: what reductions are timed with.

#include "xrdct/geometry/integration.hpp"
#include "xrdct/kernels/reduction.hpp"
#include "xrdct/simulation/powder_frames.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace xrdct::benchmarks {

/// A detector that sees powder, and some of its frames.
struct powder_scene {
  poni geometry;
  corrections pixels;  ///< gaps masked, solid angle
  frame_format format;
  std::vector<std::vector<std::byte>> chunks;  ///< bitshuffle-LZ4

  std::vector<frame> frames(std::size_t count) const {  ///< the chunks over and over
    std::vector<frame> made;
    for (std::size_t i = 0; i < count; ++i) made.push_back({chunks[i % chunks.size()], 0, i});
    return made;
  }
};

inline powder_scene make_powder_scene(powder_frames const& made, std::size_t count) {
  powder_scene scene{made.geometry(), {}, made.format(), {}};
  scene.pixels.mask = scene.geometry.detector.gaps;
  scene.pixels.norm = solid_angle(scene.geometry);
  for (std::size_t i = 0; i < count; ++i) scene.chunks.push_back(made.chunk(i));
  return scene;
}

}  // namespace xrdct::benchmarks
