#include "xrdct/geometry/split_full.hpp"

namespace xrdct {
namespace {

/// A mirrored image must be split as the image itself, to the bit: corners are taken in the detector's own order.
std::array<std::size_t, 4> corner_order(pixel_geometry const& pixels) {
  std::size_t const line = static_cast<std::size_t>(pixels.columns()) + 1;
  std::size_t const low_row = pixels.rows_mirrored() ? line : 0, high_row = line - low_row;
  std::size_t const low_column = pixels.columns_mirrored() ? 1 : 0, high_column = 1 - low_column;
  return {low_row + low_column, high_row + low_column, high_row + high_column, low_row + high_column};
}

}  // namespace

split_full::split_full(pixel_geometry const& pixels, radial_unit unit)
    : columns_(static_cast<std::size_t>(pixels.columns())),
      mirrored_(pixels.rows_mirrored() != pixels.columns_mirrored()),
      order_(corner_order(pixels)) {
  std::vector<float> radii(columns_ + 1), azimuths(columns_ + 1);
  corners_.reserve((static_cast<std::size_t>(pixels.rows()) + 1) * (columns_ + 1));
  for (int line = 0; line <= pixels.rows(); ++line) {
    pixels.corner_radii(unit, line, radii);
    pixels.corner_azimuths(line, azimuths);
    for (std::size_t j = 0; j <= columns_; ++j) corners_.push_back({radii[j], azimuths[j]});
  }
}

interval split_full::extent(std::span<std::uint8_t const> mask) const {
  interval all;
  std::size_t const pixels = (corners_.size() / (columns_ + 1) - 1) * columns_;
  for (std::size_t i = 0; i < pixels; ++i) {
    if (!mask.empty() && mask[i] != 0) continue;
    quadrilateral const pixel = corners_of(i);
    all.include(pixel.lowest_radius(), pixel.highest_radius());
  }
  return all;
}

interval split_full::azimuthal_extent(std::span<std::uint8_t const> mask) const {
  interval all;
  std::size_t const pixels = (corners_.size() / (columns_ + 1) - 1) * columns_;
  for (std::size_t i = 0; i < pixels; ++i) {
    if (!mask.empty() && mask[i] != 0) continue;
    quadrilateral const pixel = corners_of(i);
    all.include(pixel.lowest_azimuth(), pixel.highest_azimuth());
  }
  return all;
}

void split_full::exclude_outside(azimuth_range const& range, std::span<std::uint8_t> excluded) const {
  for (std::size_t i = 0; i < excluded.size(); ++i) {
    quadrilateral const pixel = joined(i);
    if (!range.touches(pixel.mean_azimuth(), pixel.lowest_azimuth(), pixel.highest_azimuth())) excluded[i] = 1;
  }
}

}  // namespace xrdct
