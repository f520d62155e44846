#pragma once
/// \file No pixel splitting: the whole pixel belongs to the bin of its centre (SEMANTICS §4).

#include "xrdct/geometry/bin_axis.hpp"
#include "xrdct/geometry/pixel_geometry.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace xrdct {

/// Along one axis.
class split_no {
 public:
  /// Measures the radial values of the pixels of some rows once. Pixels are counted from the first of them.
  static split_no radial(pixel_geometry const& pixels, radial_unit unit, row_range rows);

  /// The same of their azimuths.
  static split_no azimuthal(pixel_geometry const& pixels, row_range rows);

  /// An azimuth range selects pixels by their centres.
  static constexpr bool azimuths_have_extent = false;

  /// From the lowest to the highest centre of the pixels that are not masked.
  interval extent(std::span<std::uint8_t const> mask) const;

  /// Calls visit(bin, coefficient) for the bin of the pixel; not at all if it lies outside the axis. A bin is the
  /// position without its fraction, so that bin 0 takes what lies up to one bin before the axis.
  template <class visitor>
  void share(std::size_t pixel, bin_axis const& axis, visitor const& visit) const {
    double const position = axis.position(centres_[pixel]);
    if (position > -1 && position < axis.bins()) visit(static_cast<std::uint32_t>(static_cast<int>(position)), 1.0);
  }

 private:
  explicit split_no(std::vector<double> centres) : centres_(std::move(centres)) {}

  std::vector<double> centres_;
};

}  // namespace xrdct
