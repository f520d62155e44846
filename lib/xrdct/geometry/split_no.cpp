#include "xrdct/geometry/split_no.hpp"

namespace xrdct {

split_no split_no::radial(pixel_geometry const& pixels, radial_unit unit) {
  auto const columns = static_cast<std::size_t>(pixels.columns());
  std::vector<double> centres(static_cast<std::size_t>(pixels.rows()) * columns);
  for (int row = 0; row < pixels.rows(); ++row)
    pixels.centre_radii(unit, row, std::span(centres).subspan(static_cast<std::size_t>(row) * columns, columns));
  return split_no(std::move(centres));
}

split_no split_no::azimuthal(pixel_geometry const& pixels) {
  auto const columns = static_cast<std::size_t>(pixels.columns());
  std::vector<double> centres(static_cast<std::size_t>(pixels.rows()) * columns);
  for (int row = 0; row < pixels.rows(); ++row)
    pixels.centre_azimuths(row, std::span(centres).subspan(static_cast<std::size_t>(row) * columns, columns));
  return split_no(std::move(centres));
}

interval split_no::extent(std::span<std::uint8_t const> mask) const {
  interval all;
  for (std::size_t i = 0; i < centres_.size(); ++i)
    if (mask.empty() || mask[i] == 0) all.include(centres_[i], centres_[i]);
  return all;
}

}  // namespace xrdct
