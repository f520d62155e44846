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

  /// What is added to the azimuths (radians, within ±π) of a pixel whose middle has this one, so that they count on
  /// from the lower end: 0 or 2π.
  double turn(double middle) const { return middle < cut_ ? turn_ : 0; }

  /// Whether a pixel at χ ± half_width (radians) touches the sector. As in pyFAI, pixels are cut where azimuths jump:
  /// at ±180°, or for a sector that crosses it at 0°, or for one that crosses both opposite to its middle.
  bool touches(double azimuth, double half_width) const {
    return touches(azimuth, azimuth - half_width, azimuth + half_width);
  }

  /// The same for a pixel that reaches from `low` to `high` (radians); where it is is told by `middle`.
  bool touches(double middle, double low, double high) const {
    double const shift = turn(middle);
    return high + shift >= lower_ && low + shift <= upper_;
  }

 private:
  double lower_, upper_;  // radians, lower_ within [−π, π)
  double cut_;
  double turn_;
};

/// Walks the rows of a detector with the azimuths of their pixels' centres and, if `with_extent`, the angles from there
/// to the farthest corner (else zeros), in radians.
using azimuths_visitor = std::function<void(std::span<double const> centres, std::span<double const> half_widths)>;
void visit_azimuths(pixel_geometry const& pixels, bool with_extent, azimuths_visitor const& visit);

/// Sets `excluded` (one a pixel) where a pixel lies outside the sector: with its centre, or, if `with_extent`, with all
/// its azimuths from the centre up to the corner farthest away, on either side.
void exclude_outside(pixel_geometry const& pixels, azimuth_range const& range, bool with_extent,
                     std::span<std::uint8_t> excluded);

}  // namespace xrdct
