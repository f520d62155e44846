#pragma once
/// \file A sector of azimuths, and the pixels in it.

#include "xrdct/geometry/pixel_geometry.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace xrdct {

/// From one azimuth on to another, counted upwards; it may cross ±180°.
class azimuth_range {
 public:
  /// Degrees. An upper end at or below the lower one is meant a turn later. Throws usage_error where both are equal or
  /// one is not finite.
  explicit azimuth_range(std::array<double, 2> degrees);

  /// Whether a pixel at χ ± half_width (radians) touches the sector. As in pyFAI, pixels are cut where azimuths jump:
  /// at ±180°, or for a sector that crosses it at 0°, or for one that crosses both opposite to its middle.
  bool touches(double azimuth, double half_width) const {
    double const unwrapped = azimuth < cut_ ? azimuth + turn_ : azimuth;
    return unwrapped + half_width >= lower_ && unwrapped - half_width <= upper_;
  }

 private:
  double lower_, upper_;  // radians, lower_ within [−π, π)
  double cut_;
  double turn_;
};

/// Sets `excluded` (one a pixel) where a pixel lies outside the sector: with its centre, or, if `with_extent`, with all
/// its azimuths from the centre up to the corner farthest away, on either side.
void exclude_outside(pixel_geometry const& pixels, azimuth_range const& range, bool with_extent,
                     std::span<std::uint8_t> excluded);

}  // namespace xrdct
