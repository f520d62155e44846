#pragma once
/// \file Splitting by bounding boxes: a pixel is spread evenly over the interval it may reach (SEMANTICS §4).

#include "xrdct/geometry/bin_axis.hpp"
#include "xrdct/geometry/pixel_geometry.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace xrdct {

/// Along one axis.
class split_bbox {
 public:
  /// Measures the pixels of some rows once: their centres, and half the width of the interval, which is the distance
  /// from the centre to the farthest corner. Pixels are counted from the first of them.
  static split_bbox radial(pixel_geometry const& pixels, radial_unit unit, row_range rows);

  /// The same of their azimuths.
  static split_bbox azimuthal(pixel_geometry const& pixels, row_range rows);

  /// An azimuth range selects pixels that reach into it.
  static constexpr bool azimuths_have_extent = true;

  /// From the lowest to the highest value that pixels that are not masked reach.
  interval extent(std::span<std::uint8_t const> mask) const;

  /// Calls visit(bin, coefficient) for every bin the pixel has a share in, in ascending order; not at all if it lies
  /// outside the axis. A share beyond either end goes to the bin at that end: the coefficients add up to 1.
  template <class visitor>
  void share(std::size_t pixel, bin_axis const& axis, visitor const& visit) const {
    double const first = axis.position(centres_[pixel] - half_widths_[pixel]);
    double const last = axis.position(centres_[pixel] + half_widths_[pixel]);
    if (!(last > -1 && first < axis.bins())) return;
    int const first_bin = static_cast<int>(std::max(first, 0.0));
    int const last_bin = static_cast<int>(std::clamp(last, 0.0, axis.bins() - 1.0));
    if (first_bin == last_bin) return visit(static_cast<std::uint32_t>(first_bin), 1.0);
    double const density = 1 / (last - first);
    visit(static_cast<std::uint32_t>(first_bin), density * (first_bin + 1 - first));
    for (int bin = first_bin + 1; bin < last_bin; ++bin) visit(static_cast<std::uint32_t>(bin), density);
    visit(static_cast<std::uint32_t>(last_bin), density * (last - last_bin));
  }

 private:
  explicit split_bbox(std::size_t pixels);

  std::vector<double> centres_;
  std::vector<double> half_widths_;
};

}  // namespace xrdct
