#include "xrdct/geometry/split_bbox.hpp"

#include "xrdct/geometry/azimuth_range.hpp"

#include <cmath>

namespace xrdct {

split_bbox::split_bbox(std::size_t pixels) : centres_(pixels), half_widths_(pixels) {}

split_bbox split_bbox::radial(pixel_geometry const& pixels, radial_unit unit, row_range rows) {
  split_bbox made(pixels.pixels_in(rows));
  auto const columns = static_cast<std::size_t>(pixels.columns());
  auto const corners = static_cast<std::size_t>(pixels.corners());
  corner_rows of_corners(
      pixels, [&](int line, std::span<float> values) { pixels.corner_radii(unit, line, values); }, rows.first);
  for (int i = 0; i < rows.count; ++i) {
    auto const radii = of_corners.next();
    std::size_t const start = static_cast<std::size_t>(i) * columns;
    auto const centres = std::span(made.centres_).subspan(start, columns);
    pixels.centre_radii(unit, rows.first + i, centres);
    for (std::size_t j = 0; j < columns; ++j) {
      double farthest = 0;
      for (float radius : radii.subspan(j * corners, corners))
        farthest = std::max(farthest, std::abs(radius - centres[j]));
      made.half_widths_[start + j] = farthest;
    }
  }
  return made;
}

split_bbox split_bbox::azimuthal(pixel_geometry const& pixels, row_range rows) {
  split_bbox made(pixels.pixels_in(rows));
  std::size_t start = 0;
  visit_azimuths(pixels, rows, true, [&](std::span<double const> centres, std::span<double const> half_widths) {
    for (std::size_t j = 0; j < centres.size(); ++j) {
      made.centres_[start + j] = centres[j];
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
