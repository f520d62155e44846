#pragma once
/// \file A sector of azimuths, and the pixels in it.

#include "xrdct/geometry/pixel_geometry.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <span>

namespace xrdct {

/// From one azimuth on to another, counted upwards; it may cross ±180°.
class azimuth_range {
 public:
  /// Degrees. An upper end at or below the lower one is meant a turn later; more than a turn is one turn. Throws
  /// usage_error where both are equal or one is not finite.
  explicit azimuth_range(std::array<double, 2> degrees);

  /// Radians; the lower end within [−π, π), the upper one up to a turn above it.
  double lower() const { return lower_; }
  double upper() const { return upper_; }

  /// Where azimuths are cut, so that the sector is in one piece: as in pyFAI at ±180°, or for a sector that crosses it
  /// at 0°; for one that crosses both, opposite to its middle.
  double cut() const { return cut_; }

  /// Whether a pixel that reaches from `low` to `high` touches the sector. Azimuths count on from the cut.
  bool touches(double low, double high) const { return high >= lower_ && low <= upper_; }

 private:
  double lower_, upper_;  // radians, lower_ within [−π, π)
  double cut_;
};

/// Walks rows of a detector with the azimuths of their pixels' centres and, if `with_extent`, the angles from there
/// to the farthest corner (else zeros), in radians.
using azimuths_visitor = std::function<void(std::span<double const> centres, std::span<double const> half_widths)>;
void visit_azimuths(pixel_geometry const& pixels, row_range rows, bool with_extent, azimuths_visitor const& visit);

/// Sets `excluded` (one a pixel of the rows) where a pixel lies outside the sector: with its centre, or, if
/// `with_extent`, with all its azimuths from the centre up to the corner farthest away, on either side.
void exclude_outside(pixel_geometry const& pixels, row_range rows, azimuth_range const& range, bool with_extent,
                     std::span<std::uint8_t> excluded);

}  // namespace xrdct
