#pragma once
/// \file Splitting over radial and azimuthal bins that treats both axes apart: the share of a pixel in a cell is the
/// product of its shares along the axes (SEMANTICS §4).

#include "xrdct/geometry/bin_axis.hpp"
#include "xrdct/geometry/pixel_geometry.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace xrdct {

/// `split` is that along one axis. As nothing is split where azimuths are cut, what a pixel there
/// reaches over the end of the axis goes to the last bin on its own side.
template <class split>
class split_product {
 public:
  split_product(pixel_geometry const& pixels, radial_unit unit, row_range rows)
      : radial_(split::radial(pixels, unit, rows)), azimuthal_(split::azimuthal(pixels, rows)) {}

  interval radial_extent(std::span<std::uint8_t const> mask) const { return radial_.extent(mask); }
  interval azimuthal_extent(std::span<std::uint8_t const> mask) const { return azimuthal_.extent(mask); }

  /// Calls visit(bin, coefficient) for every cell the pixel has a share in, in ascending bins (azimuth slowest).
  template <class visitor>
  void share(std::size_t pixel, bin_axis const& radial, bin_axis const& azimuthal, visitor const& visit) const {
    auto const bins = static_cast<std::uint32_t>(radial.bins());
    azimuthal_.share(pixel, azimuthal, [&](std::uint32_t line, double of_line) {
      radial_.share(pixel, radial,
                    [&](std::uint32_t bin, double coefficient) { visit(line * bins + bin, of_line * coefficient); });
    });
  }

 private:
  split radial_, azimuthal_;
};

}  // namespace xrdct
