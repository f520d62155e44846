#include "xrdct/geometry/split_bbox.hpp"

#include <cmath>
#include <utility>

namespace xrdct {

split_bbox::split_bbox(pixel_geometry const& pixels, radial_unit unit) {
  auto const columns = static_cast<std::size_t>(pixels.columns());
  centres_.resize(static_cast<std::size_t>(pixels.rows()) * columns);
  half_widths_.resize(centres_.size());
  std::vector<float> above(columns + 1), below(columns + 1);
  pixels.corner_radii(unit, 0, below);
  for (int row = 0; row < pixels.rows(); ++row) {
    std::swap(above, below);
    pixels.corner_radii(unit, row + 1, below);
    std::size_t const start = static_cast<std::size_t>(row) * columns;
    auto const centres = std::span(centres_).subspan(start, columns);
    pixels.centre_radii(unit, row, centres);
    for (std::size_t j = 0; j < columns; ++j) {
      half_widths_[start + j] = std::max({std::abs(above[j] - centres[j]), std::abs(below[j] - centres[j]),
                                          std::abs(below[j + 1] - centres[j]), std::abs(above[j + 1] - centres[j])});
    }
  }
}

radial_interval split_bbox::extent(std::span<std::uint8_t const> mask) const {
  radial_interval all;
  for (std::size_t i = 0; i < centres_.size(); ++i)
    if (mask.empty() || mask[i] == 0) all.include(centres_[i] - half_widths_[i], centres_[i] + half_widths_[i]);
  return all;
}

}  // namespace xrdct
