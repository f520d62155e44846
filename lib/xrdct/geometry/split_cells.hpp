#pragma once
/// \file Full splitting over radial and azimuthal bins: a pixel is shared out by the areas of its polygon over
/// the cells (SEMANTICS §4).

#include "xrdct/geometry/bin_axis.hpp"
#include "xrdct/geometry/pixel_geometry.hpp"
#include "xrdct/geometry/polygon.hpp"
#include "xrdct/geometry/split_full.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace xrdct {

template <std::size_t corners>
class split_cells {
 public:
  split_cells(pixel_geometry const& pixels, radial_unit unit, row_range rows) : pixels_(pixels, unit, rows) {}

  interval radial_extent(std::span<std::uint8_t const> mask) const { return pixels_.extent(mask); }
  interval azimuthal_extent(std::span<std::uint8_t const> mask) const { return pixels_.azimuthal_extent(mask); }

  /// Calls visit(bin, coefficient) for every cell the pixel has a share in, in ascending bins (azimuth slowest). What
  /// lies beyond the ends of an axis is left out and the rest scaled: the coefficients add up to 1. (pyFAI moves
  /// corners to the ends instead, which distorts the pixel, and stacks areas column by column.)
  template <class visitor>
  void share(std::size_t pixel, bin_axis const& radial, bin_axis const& azimuthal, visitor const& visit) const {
    polygon<corners> shape = pixels_.joined(pixel);
    for (double& value : shape.radius) value = radial.position(value);
    for (double& value : shape.azimuth) value = azimuthal.position(value);
    reach const across{shape.lowest_radius(), shape.highest_radius(), radial.bins()};
    reach const along{shape.lowest_azimuth(), shape.highest_azimuth(), azimuthal.bins()};
    if (!across.overlaps() || !along.overlaps()) return;
    auto const bins = static_cast<std::uint32_t>(radial.bins());
    auto const at = [&](int line, int bin) {
      return static_cast<std::uint32_t>(line) * bins + static_cast<std::uint32_t>(bin);
    };
    if (across.in_one_bin() && along.in_one_bin()) return visit(at(along.first_bin(), across.first_bin()), 1.0);
    share_areas(shape, across, along, [&](int line, int bin, double share) { visit(at(line, bin), share); });
  }

 private:
  /// What a pixel covers along one axis, in bins.
  struct reach {
    double first, last;
    int bins;

    bool overlaps() const { return last >= 0 && first < bins; }
    bool in_one_bin() const { return first >= 0 && last < bins && std::floor(first) == std::floor(last); }
    int first_bin() const { return static_cast<int>(std::max(first, 0.0)); }
    int last_bin() const { return static_cast<int>(std::min(last, bins - 1.0)); }
    /// The share of a bin where the pixel is spread evenly; 1 where it has no extent.
    double even_share(int bin) const {
      double const from = std::max(first, static_cast<double>(first_bin())), to = std::min(last, last_bin() + 1.0);
      if (!(to > from)) return bin == first_bin() ? 1 : 0;
      return std::max(0.0, std::min(to, bin + 1.0) - std::max(from, static_cast<double>(bin))) / (to - from);
    }
  };

  template <class visitor>
  static void share_areas(polygon<corners> const& shape, reach const& across, reach const& along,
                          visitor const& visit) {
    polygon_strips const strips(shape);
    // Few pixels reach over more cells than are kept here; the areas of these are computed twice.
    std::array<double, 64> kept;  // NOLINT(cppcoreguidelines-pro-type-member-init): most of it is never used
    auto const area = [&](int line, int bin) { return strips.area(bin, bin + 1.0, line, line + 1.0); };
    double total = 0;
    std::size_t cell = 0;
    for_cells(across, along, [&](int line, int bin) {
      double const covered = area(line, bin);
      if (cell < kept.size()) kept[cell] = covered;
      total += covered;
      ++cell;
    });
    if (!(total > 0)) return share_evenly(shape, across, along, visit);
    cell = 0;
    for_cells(across, along, [&](int line, int bin) {
      double const covered = cell < kept.size() ? kept[cell] : area(line, bin);
      if (covered > 0) visit(line, bin, covered / total);
      ++cell;
    });
  }

  /// For corners that lie on a line, which has no area. Others have no area in any cell where they are outside.
  template <class visitor>
  static void share_evenly(polygon<corners> const& shape, reach const& across, reach const& along,
                           visitor const& visit) {
    if (shape.has_area()) return;
    for_cells(across, along, [&](int line, int bin) {
      double const share = along.even_share(line) * across.even_share(bin);
      if (share > 0) visit(line, bin, share);
    });
  }

  template <class visitor>
  static void for_cells(reach const& across, reach const& along, visitor const& visit) {
    for (int line = along.first_bin(); line <= along.last_bin(); ++line)
      for (int bin = across.first_bin(); bin <= across.last_bin(); ++bin) visit(line, bin);
  }

  split_full<corners> pixels_;
};

}  // namespace xrdct
