#include "xrdct/geometry/split_bbox.hpp"

#include <cmath>
#include <utility>

namespace xrdct {

split_bbox::split_bbox(pixel_geometry const& pixels)
    : centres_(static_cast<std::size_t>(pixels.rows()) * static_cast<std::size_t>(pixels.columns())),
      half_widths_(centres_.size()) {}

split_bbox split_bbox::radial(pixel_geometry const& pixels, radial_unit unit) {
  split_bbox made(pixels);
  auto const columns = static_cast<std::size_t>(pixels.columns());
  std::vector<float> above(columns + 1), below(columns + 1);
  pixels.corner_radii(unit, 0, below);
  for (int row = 0; row < pixels.rows(); ++row) {
    std::swap(above, below);
    pixels.corner_radii(unit, row + 1, below);
    std::size_t const start = static_cast<std::size_t>(row) * columns;
    auto const centres = std::span(made.centres_).subspan(start, columns);
    pixels.centre_radii(unit, row, centres);
    for (std::size_t j = 0; j < columns; ++j) {
      made.half_widths_[start + j] =
          std::max({std::abs(above[j] - centres[j]), std::abs(below[j] - centres[j]),
                    std::abs(below[j + 1] - centres[j]), std::abs(above[j + 1] - centres[j])});
    }
  }
  return made;
}

split_bbox split_bbox::azimuthal(pixel_geometry const& pixels, azimuth_range const* sector) {
  split_bbox made(pixels);
  std::size_t start = 0;
  visit_azimuths(pixels, true, [&](std::span<double const> centres, std::span<double const> half_widths) {
    for (std::size_t j = 0; j < centres.size(); ++j) {
      made.centres_[start + j] = centres[j] + (sector != nullptr ? sector->turn(centres[j]) : 0);
      made.half_widths_[start + j] = half_widths[j];
    }
    start += centres.size();
  });
  return made;
}

interval split_bbox::extent(std::span<std::uint8_t const> mask) const {
  interval all;
  for (std::size_t i = 0; i < centres_.size(); ++i)
    if (mask.empty() || mask[i] == 0) all.include(centres_[i] - half_widths_[i], centres_[i] + half_widths_[i]);
  return all;
}

}  // namespace xrdct
