#pragma once
/// \file The corners of pixels that do not lie on a regular grid: distorted detectors, gaps, hexagons, bent sensors.

#include <cstddef>
#include <vector>

namespace xrdct {

/// As pyFAI's detector files have them, in float32. The corners of a pixel follow each other round it; of four, they
/// are those at (row, column), (row + 1, column), (row + 1, column + 1), (row, column + 1). Of a pixel that has no
/// position, all are NaN.
struct pixel_corners {
  int rows = 0;
  int columns = 0;
  int corners = 4;     ///< of a pixel: 4 or 6
  bool shared = true;  ///< neighbouring pixels have theirs in common: [rows + 1][columns + 1][3]
  bool flat = true;    ///< z is not used
  /// They follow each other the other way round: x or y (not both) descends with columns or rows.
  bool reversed = false;
  /// z (along the beam, from the plane at the detector's distance), y (along rows), x (along columns) in metres:
  /// [rows][columns][corners][3], or as `shared` says.
  std::vector<float> positions;

  void fields(auto& archive) { archive(rows, columns, corners, shared, flat, reversed, positions); }

  /// z, y, x where they stand: of a corner of the grid (k is 0) where corners are shared, else of corner k of a pixel.
  float const* position(int row, int column, int k) const {
    int const of_pixel = shared ? 1 : corners, width = shared ? columns + 1 : columns;
    return &positions[(index(row, column, width) * static_cast<std::size_t>(of_pixel) + static_cast<std::size_t>(k)) *
                      3];
  }

  /// z, y, x of corner k of a pixel.
  float const* at(int row, int column, int k) const {
    if (!shared) return position(row, column, k);
    return position(k == 1 || k == 2 ? row + 1 : row, k >= 2 ? column + 1 : column, 0);
  }

 private:
  static std::size_t index(int row, int column, int width) {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(width) + static_cast<std::size_t>(column);
  }
};

}  // namespace xrdct
