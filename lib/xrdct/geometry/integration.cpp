#include "xrdct/geometry/integration.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/geometry/azimuth_range.hpp"
#include "xrdct/geometry/pixel_geometry.hpp"
#include "xrdct/geometry/radial_axis.hpp"
#include "xrdct/geometry/split_bbox.hpp"
#include "xrdct/geometry/split_full.hpp"
#include "xrdct/geometry/split_no.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

namespace xrdct {
namespace {

constexpr int most_bins = 1 << 24;

void check(poni const& geometry, integration_options const& options, std::span<std::uint8_t const> mask) {
  if (options.bins < 1 || options.bins > most_bins) {
    throw usage_error("a pattern of " + std::to_string(options.bins) + " bins is impossible; give 1 to " +
                      std::to_string(most_bins));
  }
  if (needs_wavelength(options.unit) && !(geometry.wavelength > 0)) {
    throw input_error("the radial unit " + std::string(name_of(options.unit)) +
                      " needs a wavelength, but the PONI file has none; add it or use 2th_deg or r_mm");
  }
  std::size_t const pixels =
      static_cast<std::size_t>(geometry.detector.rows) * static_cast<std::size_t>(geometry.detector.columns);
  if (!mask.empty() && mask.size() != pixels) {
    throw input_error("the mask has " + std::to_string(mask.size()) + " pixels, the detector " +
                      std::to_string(pixels));
  }
  if (!mask.empty() && std::find(mask.begin(), mask.end(), 0) == mask.end())
    throw input_error("the mask excludes every pixel");
}

radial_interval given_range(std::array<double, 2> range, radial_unit unit) {
  auto const [low, high] = range;
  if (!std::isfinite(low) || !std::isfinite(high) || !(low < high)) {
    throw usage_error("radial range " + std::to_string(low) + " … " + std::to_string(high) +
                      " is empty; give the lower end first");
  }
  return {low / scale_of(unit), high / scale_of(unit)};
}

/// Radial values are lengths or angles from the beam: intervals of pixels may reach below 0, the axis does not.
radial_interval automatic_range(radial_interval extent) {
  return {std::max(extent.lower, 0.0), std::max(extent.upper, 0.0)};
}

template <class splitting>
void exclude_outside(splitting const&, pixel_geometry const& pixels, azimuth_range const& range,
                     std::span<std::uint8_t> excluded) {
  exclude_outside(pixels, range, splitting::azimuths_have_extent, excluded);
}

void exclude_outside(split_full const& split, pixel_geometry const&, azimuth_range const& range,
                     std::span<std::uint8_t> excluded) {
  split.exclude_outside(range, excluded);
}

/// Masked pixels and, if there is a sector, those outside it.
template <class splitting>
std::vector<std::uint8_t> excluded_pixels(splitting const& split, pixel_geometry const& pixels,
                                          integration_options const& options, std::span<std::uint8_t const> mask) {
  std::vector<std::uint8_t> excluded(mask.begin(), mask.end());
  excluded.resize(static_cast<std::size_t>(pixels.rows()) * static_cast<std::size_t>(pixels.columns()));
  if (options.azimuth_range) exclude_outside(split, pixels, azimuth_range(*options.azimuth_range), excluded);
  return excluded;
}

/// Fills offsets: first the entries are counted, so that they can be written to where they stay.
template <class splitting>
void count_entries(splitting const& split, radial_axis const& axis, std::span<std::uint8_t const> excluded,
                   std::vector<std::uint32_t>& offsets) {
  offsets.assign(excluded.size() + 1, 0);
  std::uint64_t entries = 0;
  for (std::size_t pixel = 0; pixel < excluded.size(); ++pixel) {
    if (excluded[pixel] == 0) split.share(pixel, axis, [&entries](std::uint32_t, float) { ++entries; });
    if (entries > std::numeric_limits<std::uint32_t>::max()) {
      throw usage_error("pixels split over " + std::to_string(axis.bins()) +
                        " bins make too large a matrix; give fewer");
    }
    offsets[pixel + 1] = static_cast<std::uint32_t>(entries);
  }
}

template <class splitting>
void fill_entries(splitting const& split, radial_axis const& axis, std::span<std::uint8_t const> excluded,
                  integration_matrix& matrix) {
  matrix.bin.resize(matrix.offsets.back());
  matrix.coefficient.resize(matrix.offsets.back());
  std::size_t entry = 0;
  for (std::size_t pixel = 0; pixel < excluded.size(); ++pixel) {
    if (excluded[pixel] == 0) {
      split.share(pixel, axis, [&](std::uint32_t bin, float coefficient) {
        matrix.bin[entry] = bin;
        matrix.coefficient[entry++] = coefficient;
      });
    }
  }
}

template <class splitting>
integration integrate(poni const& geometry, integration_options const& options, std::span<std::uint8_t const> mask) {
  pixel_geometry const pixels(geometry);
  splitting const split(pixels, options.unit);
  radial_interval const range =
      options.radial_range ? given_range(*options.radial_range, options.unit) : automatic_range(split.extent(mask));
  radial_axis const axis(range, options.bins);
  if (!(axis.step() > 0) || !std::isfinite(axis.step()))
    throw input_error("the pixels that are not masked span no radial range; check the geometry and the mask");
  auto const excluded = excluded_pixels(split, pixels, options, mask);
  integration made;
  made.radial = axis.centres(scale_of(options.unit));
  made.matrix.rows = pixels.rows();
  made.matrix.columns = pixels.columns();
  made.matrix.bins = static_cast<std::uint32_t>(options.bins);
  count_entries(split, axis, excluded, made.matrix.offsets);
  if (made.matrix.offsets.back() == 0)
    throw input_error("no pixel that is not masked lies in the radial and azimuthal range");
  fill_entries(split, axis, excluded, made.matrix);
  return made;
}

}  // namespace

pixel_splitting parse_splitting(std::string_view name) {
  if (name == "no") return pixel_splitting::no;
  if (name == "bbox") return pixel_splitting::bbox;
  if (name == "full") return pixel_splitting::full;
  throw usage_error("pixel splitting '" + std::string(name) + "' is unknown; use no, bbox or full");
}

std::string_view name_of(pixel_splitting splitting) {
  switch (splitting) {
    case pixel_splitting::no: return "no";
    case pixel_splitting::bbox: return "bbox";
    case pixel_splitting::full: return "full";
  }
  throw usage_error("this pixel splitting is unknown");
}

integration make_integration(poni const& geometry, integration_options const& options,
                             std::span<std::uint8_t const> mask) {
  check(geometry, options, mask);
  switch (options.splitting) {
    case pixel_splitting::no: return integrate<split_no>(geometry, options, mask);
    case pixel_splitting::bbox: return integrate<split_bbox>(geometry, options, mask);
    case pixel_splitting::full: return integrate<split_full>(geometry, options, mask);
  }
  throw usage_error("this pixel splitting is unknown");
}

}  // namespace xrdct
