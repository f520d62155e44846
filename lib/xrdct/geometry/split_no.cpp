#include "xrdct/geometry/split_no.hpp"

namespace xrdct {

split_no::split_no(pixel_geometry const& pixels, radial_unit unit) {
  auto const columns = static_cast<std::size_t>(pixels.columns());
  centres_.resize(static_cast<std::size_t>(pixels.rows()) * columns);
  for (int row = 0; row < pixels.rows(); ++row)
    pixels.centre_radii(unit, row, std::span(centres_).subspan(static_cast<std::size_t>(row) * columns, columns));
}

radial_interval split_no::extent(std::span<std::uint8_t const> mask) const {
  radial_interval all;
  for (std::size_t i = 0; i < centres_.size(); ++i)
    if (mask.empty() || mask[i] == 0) all.include(centres_[i], centres_[i]);
  return all;
}

}  // namespace xrdct
