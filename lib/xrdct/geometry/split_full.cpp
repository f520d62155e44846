#include "xrdct/geometry/split_full.hpp"

namespace xrdct {
namespace {

/// Where the corners of a pixel are among those that are kept, from its first. A mirrored image must be split as the
/// image itself, to the bit: corners are taken in the detector's own order.
template <std::size_t corners>
std::array<std::size_t, corners> corner_order(pixel_geometry const& pixels) {
  std::array<std::size_t, corners> order{};
  std::iota(order.begin(), order.end(), std::size_t{0});
  if constexpr (corners == 4) {
    if (pixels.corners_shared()) {
      std::size_t const line = static_cast<std::size_t>(pixels.columns()) + 1;
      std::size_t const low_row = pixels.rows_mirrored() ? line : 0, high_row = line - low_row;
      std::size_t const low_column = pixels.columns_mirrored() ? 1 : 0, high_column = 1 - low_column;
      order = {low_row + low_column, high_row + low_column, high_row + high_column, low_row + high_column};
    }
  }
  if (pixels.corners_reversed()) std::reverse(order.begin() + 1, order.end());
  return order;
}

}  // namespace

template <std::size_t corners>
split_full<corners>::split_full(pixel_geometry const& pixels, radial_unit unit, row_range rows)
    : columns_(static_cast<std::size_t>(pixels.columns())),
      pixels_(pixels.pixels_in(rows)),
      cut_(pixels.azimuth_cut()),
      shared_(pixels.corners_shared()),
      mirrored_(pixels.rows_mirrored() != pixels.columns_mirrored()),
      order_(corner_order<corners>(pixels)) {
  std::size_t const width = shared_ ? columns_ + 1 : columns_ * corners;
  int const lines = shared_ ? rows.count + 1 : rows.count;
  std::vector<float> radii(width), azimuths(width);
  corners_.reserve(static_cast<std::size_t>(lines) * width);
  for (int line = 0; line < lines; ++line) {
    pixels.corner_radii(unit, rows.first + line, radii);
    pixels.corner_azimuths(rows.first + line, azimuths);
    for (std::size_t j = 0; j < width; ++j) corners_.push_back({radii[j], azimuths[j]});
  }
}

template <std::size_t corners>
interval split_full<corners>::extent(std::span<std::uint8_t const> mask) const {
  interval all;
  for (std::size_t i = 0; i < pixels_; ++i) {
    if (!mask.empty() && mask[i] != 0) continue;
    auto const pixel = corners_of(i);
    all.include(pixel.lowest_radius(), pixel.highest_radius());
  }
  return all;
}

template <std::size_t corners>
interval split_full<corners>::azimuthal_extent(std::span<std::uint8_t const> mask) const {
  interval all;
  for (std::size_t i = 0; i < pixels_; ++i) {
    if (!mask.empty() && mask[i] != 0) continue;
    auto const pixel = corners_of(i);
    all.include(pixel.lowest_azimuth(), pixel.highest_azimuth());
  }
  return all;
}

template <std::size_t corners>
void split_full<corners>::exclude_outside(azimuth_range const& range, std::span<std::uint8_t> excluded) const {
  for (std::size_t i = 0; i < excluded.size(); ++i) {
    auto const pixel = joined(i);
    if (!range.touches(pixel.lowest_azimuth(), pixel.highest_azimuth())) excluded[i] = 1;
  }
}

template class split_full<4>;
template class split_full<6>;

}  // namespace xrdct
