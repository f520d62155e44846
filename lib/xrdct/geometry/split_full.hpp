#pragma once
/// \file Full splitting: a pixel is shared out by the areas of its polygon over the bins (SEMANTICS §4).

#include "xrdct/geometry/azimuth_range.hpp"
#include "xrdct/geometry/bin_axis.hpp"
#include "xrdct/geometry/pixel_geometry.hpp"
#include "xrdct/geometry/polygon.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace xrdct {

/// Of pixels of 4 or 6 corners.
template <std::size_t corners>
class split_full {
 public:
  /// Measures the corners of the pixels of some rows once; neighbouring pixels may have them in common. Pixels are
  /// counted from the first of them.
  split_full(pixel_geometry const& pixels, radial_unit unit, row_range rows);

  /// From the lowest to the highest corner of the pixels that are not masked.
  interval extent(std::span<std::uint8_t const> mask) const;

  /// The same of their azimuths, as they are.
  interval azimuthal_extent(std::span<std::uint8_t const> mask) const;

  /// The corners of a pixel side by side, also across the cut; azimuths in radians.
  polygon<corners> joined(std::size_t pixel) const {
    polygon<corners> shape = corners_of(pixel);
    join_across_cut(shape, mirrored_, cut_);
    return shape;
  }

  /// Sets `excluded` (one a pixel) where no corner, nor what is between them, lies in the sector.
  void exclude_outside(azimuth_range const& range, std::span<std::uint8_t> excluded) const;

  /// Calls visit(bin, coefficient) for every bin the pixel has a share in, in ascending order; not at all if it lies
  /// outside the axis. What lies beyond either end is left out and the rest scaled: the coefficients add up to 1.
  template <class visitor>
  void share(std::size_t pixel, bin_axis const& axis, visitor const& visit) const {
    polygon<corners> shape = corners_of(pixel);
    for (double& value : shape.radius) value = axis.position(value);
    double const first = shape.lowest_radius(), last = shape.highest_radius();
    if (!(last >= 0 && first < axis.bins())) return;
    if (std::floor(first) == std::floor(last)) return visit(static_cast<std::uint32_t>(first), 1.0);
    if (last == 0) return;
    int const first_bin = static_cast<int>(std::max(first, 0.0));
    int const last_bin = static_cast<int>(std::min(last, axis.bins() - 1.0));
    if (first_bin == last_bin) return visit(static_cast<std::uint32_t>(first_bin), 1.0);
    join_across_cut(shape, mirrored_, cut_);
    share_areas(shape, first_bin, last_bin, visit);
  }

 private:
  struct corner {
    float radius, azimuth;
  };

  template <class visitor>
  static void share_areas(polygon<corners> const& shape, int first_bin, int last_bin, visitor const& visit) {
    polygon_strips const strips(shape);
    // Few pixels reach over more bins than are kept here; the areas of these are computed twice.
    std::array<double, 16> kept;  // NOLINT(cppcoreguidelines-pro-type-member-init): most of it is never used
    auto const index = [&](int bin) { return static_cast<std::size_t>(bin - first_bin); };
    double total = 0;
    for (int bin = first_bin; bin <= last_bin; ++bin) {
      double const area = strips.area(bin, bin + 1.0);
      if (index(bin) < kept.size()) kept[index(bin)] = area;
      total += area;
    }
    if (!(total > 0)) return share_evenly(shape, first_bin, last_bin, visit);
    for (int bin = first_bin; bin <= last_bin; ++bin) {
      double const area = index(bin) < kept.size() ? kept[index(bin)] : strips.area(bin, bin + 1.0);
      if (area > 0) visit(static_cast<std::uint32_t>(bin), area / total);
    }
  }

  /// For corners that lie on a line, which has no area.
  template <class visitor>
  static void share_evenly(polygon<corners> const& shape, int first_bin, int last_bin, visitor const& visit) {
    double const first = std::max(shape.lowest_radius(), static_cast<double>(first_bin));
    double const last = std::min(shape.highest_radius(), last_bin + 1.0);
    for (int bin = first_bin; bin <= last_bin; ++bin) {
      double const length = std::min(last, bin + 1.0) - std::max(first, static_cast<double>(bin));
      if (length > 0) visit(static_cast<std::uint32_t>(bin), length / (last - first));
    }
  }

  /// As they are, azimuths from the cut on.
  polygon<corners> corners_of(std::size_t pixel) const {
    std::size_t const row = pixel / columns_, column = pixel - row * columns_;
    corner const* const at = &corners_[shared_ ? row * (columns_ + 1) + column : pixel * corners];
    polygon<corners> shape;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    for (std::size_t k = 0; k < corners; ++k) {
      shape.radius[k] = at[order_[k]].radius;
      shape.azimuth[k] = at[order_[k]].azimuth;
    }
    return shape;
  }

  std::size_t columns_;
  std::size_t pixels_;
  double cut_;
  bool shared_;
  bool mirrored_;                           // in one direction
  std::array<std::size_t, corners> order_;  // where the corners of a pixel are, from its first
  std::vector<corner> corners_;             // (rows + 1) × (columns + 1), or pixels × corners
};

extern template class split_full<4>;
extern template class split_full<6>;

}  // namespace xrdct
