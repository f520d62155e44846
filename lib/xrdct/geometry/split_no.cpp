#include "xrdct/geometry/split_no.hpp"

namespace xrdct {

namespace {

template <class filler>
std::vector<double> centres_of(pixel_geometry const& pixels, row_range rows, filler const& fill) {
  auto const columns = static_cast<std::size_t>(pixels.columns());
  std::vector<double> centres(pixels.pixels_in(rows));
  for (int i = 0; i < rows.count; ++i)
    fill(rows.first + i, std::span(centres).subspan(static_cast<std::size_t>(i) * columns, columns));
  return centres;
}

}  // namespace

split_no split_no::radial(pixel_geometry const& pixels, radial_unit unit, row_range rows) {
  return split_no(centres_of(pixels, rows, [&](int row, auto values) { pixels.centre_radii(unit, row, values); }));
}

split_no split_no::azimuthal(pixel_geometry const& pixels, row_range rows) {
  return split_no(centres_of(pixels, rows, [&](int row, auto values) { pixels.centre_azimuths(row, values); }));
}

interval split_no::extent(std::span<std::uint8_t const> mask) const {
  interval all;
  for (std::size_t i = 0; i < centres_.size(); ++i)
    if (mask.empty() || mask[i] == 0) all.include(centres_[i], centres_[i]);
  return all;
}

}  // namespace xrdct
