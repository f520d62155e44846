#include "xrdct/geometry/beam_centre.hpp"

#include <cmath>

namespace xrdct {

std::optional<beam_centre> centre_of_beam(poni const& geometry) {
  auto const& detector = geometry.detector;
  if (!(detector.pixel1 > 0 && detector.pixel2 > 0)) return std::nullopt;
  double const towards = std::cos(geometry.rot1) * std::cos(geometry.rot2);
  if (!(towards > 1e-9)) return std::nullopt;
  // The beam (0, 0, L), turned back into the detector's own axes.
  double const length = geometry.distance / towards;
  double const p1 = geometry.poni1 + length * std::sin(geometry.rot2);
  double const p2 = geometry.poni2 - length * std::cos(geometry.rot2) * std::sin(geometry.rot1);
  beam_centre centre{p1 / detector.pixel1, p2 / detector.pixel2};
  bool const rows_mirrored = detector.orientation == 1 || detector.orientation == 2;
  bool const columns_mirrored = detector.orientation == 1 || detector.orientation == 4;
  if (rows_mirrored) centre.row = detector.rows - centre.row;
  if (columns_mirrored) centre.column = detector.columns - centre.column;
  return centre;
}

}  // namespace xrdct
