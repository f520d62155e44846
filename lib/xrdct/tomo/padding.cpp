#include "xrdct/tomo/padding.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/tomo/fading.hpp"

#include <algorithm>

namespace xrdct {

scan_geometry with_margin(scan_geometry geometry, int margin) {
  geometry.translations += 2 * margin;
  geometry.axis += margin;
  return geometry;
}

std::vector<float> padded(view<float const> sinogram, int translations, int margin, bool variances) {
  auto const columns = static_cast<std::size_t>(translations);
  if (translations < 1 || margin < 0 || sinogram.rows % columns != 0)
    throw input_error("cannot continue a sinogram beside the field: it has not rotations x translations entries");
  std::vector<float> result;
  result.reserve(sinogram.rows / columns * (columns + 2 * static_cast<std::size_t>(margin)) * sinogram.columns);
  auto const add = [&](std::size_t row, double share) {
    for (float const value : sinogram.row(row)) result.push_back(static_cast<float>(share * value));
  };
  auto const beside = [&](std::size_t row, int distance) { add(row, variances ? 0 : fading(distance, margin)); };
  for (std::size_t first = 0; first < sinogram.rows; first += columns) {
    for (int d = margin; d > 0; --d) beside(first, d);
    for (std::size_t row = first; row < first + columns; ++row) add(row, 1);
    for (int d = 1; d <= margin; ++d) beside(first + columns - 1, d);
  }
  return result;
}

}  // namespace xrdct
