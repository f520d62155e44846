#include "xrdct/pipeline/inspect_geometry.hpp"

#include <algorithm>
#include <vector>

namespace xrdct {
namespace {

std::uint64_t count_empty_bins(integration_matrix const& matrix) {
  std::vector<bool> has(matrix.bins, false);
  for (auto const bin : matrix.bin) has[bin] = true;
  return static_cast<std::uint64_t>(std::count(has.begin(), has.end(), false));
}

}  // namespace

geometry_found describe_geometry(job const& what, measurement const& m, std::size_t detector) {
  auto const& input = m.detectors[detector];
  auto const& g = input.geometry;
  geometry_found found;
  found.source = what.geometry.ponis.empty() ? "" : what.geometry.ponis[detector];
  found.detector = g.detector.name;
  found.distance = g.distance;
  found.wavelength = g.wavelength;
  found.rotations = {g.rot1, g.rot2, g.rot3};
  found.orientation = g.detector.orientation;
  found.centre = centre_of_beam(g);
  found.pixels = input.matrix.pixels();
  auto const& mask = input.pixels.mask;
  for (std::size_t p = 0; p < input.matrix.pixels(); ++p) {
    if (!mask.empty() && mask[p] != 0)
      ++found.masked;
    else if (input.matrix.offsets[p] == input.matrix.offsets[p + 1])
      ++found.outside;
  }
  found.taken = input.description;
  found.empty_bins = count_empty_bins(input.matrix);
  return found;
}

bins_found describe_bins(job const& what, measurement const& m) {
  bins_found found;
  found.channels = m.radial.size();
  found.sectors = m.azimuthal.size();
  found.lowest = m.radial.front();
  found.highest = m.radial.back();
  if (!m.azimuthal.empty()) {
    found.first_sector = m.azimuthal.front();
    found.last_sector = m.azimuthal.back();
  }
  found.unit = name_of(what.geometry.integration.unit);
  return found;
}

}  // namespace xrdct
