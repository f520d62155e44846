#pragma once
/// \file Positions as beamlines record them.

#include "xrdct/scan/plan.hpp"

#include <random>

namespace xrdct::test {

/// Rotations × translations by lines of translations, with normal noise of `jitter` steps on both.
inline scan_positions raster(int rotations, int translations, double angle, double step, double jitter,
                             unsigned seed = 1) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> noise(0, 1);
  scan_positions made;
  made.translation_unit = "mm";
  for (int r = 0; r < rotations; ++r)
    for (int t = 0; t < translations; ++t) {
      made.rotation.push_back(angle * r + (jitter > 0 ? jitter * angle * noise(engine) : 0));
      made.translation.push_back(step * t - 2 + (jitter > 0 ? jitter * step * noise(engine) : 0));
    }
  return made;
}

}  // namespace xrdct::test
