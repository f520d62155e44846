#pragma once
/// \file Where rays meet the translations, prepared for back-projection.

#include "xrdct/kernels/tomograph.hpp"

#include <cstddef>
#include <vector>

namespace xrdct::cpu {

/// Angles at which the detector moves the same way along the same axis of the tomogram, worked on together.
struct angle_run {
  int first = 0;
  int count = 0;
  bool by_column = false;  ///< it moves by no more than 0.71 translations from column to column; else from row to row
  bool backwards = false;  ///< towards lower translations
};

/// Sums over this many angles begin at zero and are then added to the pixel: fewer roundings than one by one, and the
/// samples of a tile for so many angles fit the second-level cache beside its pixels.
inline constexpr int angles_a_run = 16;
/// The angles of a run, filled up to whole vectors.
inline constexpr int angle_slots = 16;

/// Neighbouring pixels that are worked on together, the first of which is in a row or column that is a multiple of it:
/// a pixel is in the same strips whatever part of the tomogram is made.
inline constexpr int strip = 5;

/// Rays this much beside the first or last translation meet it: positions have rounding errors.
inline constexpr double outside_tolerance = 1e-6;

/// Angles in the order in which they are added up: those first at which the detector moves one way, then the others,
/// and else as the scan has them.
struct ray_geometry {
  std::size_t angles() const { return rotation.size(); }

  std::vector<double> cosines;  ///< one an angle
  std::vector<double> sines;
  std::vector<double> axes;           ///< where the rotation axis is, with the shift of the rotation
  std::vector<std::size_t> rotation;  ///< which angle of the scan it is
  std::vector<angle_run> runs;
  double centre = 0;
  int translations = 0;
};

/// Throws std::invalid_argument for a geometry without angles, translations or pixels, or not finite.
ray_geometry prepare(scan_geometry const& geometry);

}  // namespace xrdct::cpu
