#include "xrdct/geometry/integration.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/geometry/azimuth_range.hpp"
#include "xrdct/geometry/bin_axis.hpp"
#include "xrdct/geometry/detector_tiles.hpp"
#include "xrdct/geometry/pixel_geometry.hpp"
#include "xrdct/geometry/split_bbox.hpp"
#include "xrdct/geometry/split_cells.hpp"
#include "xrdct/geometry/split_full.hpp"
#include "xrdct/geometry/split_no.hpp"
#include "xrdct/geometry/split_product.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>
#include <utility>

namespace xrdct {
namespace {

constexpr int most_bins = 1 << 24;

using std::numbers::pi;

void require_wavelength(poni const& geometry, radial_unit unit) {
  if (!needs_wavelength(unit) || geometry.wavelength > 0) return;
  throw input_error("the radial unit " + std::string(name_of(unit)) +
                    " needs a wavelength, but the PONI file has none; add it or use 2th_deg or r_mm");
}

void check_bins(integration_options const& options) {
  if (options.bins < 1 || options.bins > most_bins) {
    throw usage_error("a pattern of " + std::to_string(options.bins) + " bins is impossible; give 1 to " +
                      std::to_string(most_bins));
  }
  int const lines = options.azimuth_bins.value_or(1);
  if (lines < 1 || lines > most_bins / options.bins) {
    throw usage_error(std::to_string(lines) + " azimuthal bins of " + std::to_string(options.bins) +
                      " radial ones are impossible; give at least 1, and at most " + std::to_string(most_bins) +
                      " bins altogether");
  }
}

void check(poni const& geometry, integration_options const& options, std::span<std::uint8_t const> mask) {
  check_bins(options);
  require_wavelength(geometry, options.unit);
  std::size_t const pixels =
      static_cast<std::size_t>(geometry.detector.rows) * static_cast<std::size_t>(geometry.detector.columns);
  if (!mask.empty() && mask.size() != pixels) {
    throw input_error("the mask has " + std::to_string(mask.size()) + " pixels, the detector " +
                      std::to_string(pixels));
  }
  if (!mask.empty() && std::find(mask.begin(), mask.end(), 0) == mask.end())
    throw input_error("the mask excludes every pixel");
}

interval given_range(std::array<double, 2> range, radial_unit unit) {
  auto const [low, high] = range;
  if (!std::isfinite(low) || !std::isfinite(high) || !(low < high)) {
    throw usage_error("radial range " + std::to_string(low) + " … " + std::to_string(high) +
                      " is empty; give the lower end first");
  }
  return {low / scale_of(unit), high / scale_of(unit)};
}

std::optional<azimuth_range> sector_of(integration_options const& options) {
  return options.azimuth_range ? std::optional<azimuth_range>(*options.azimuth_range) : std::nullopt;
}

/// Azimuths count on from where the sector is not cut.
pixel_geometry located(poni const& geometry, integration_options const& options) {
  auto const sector = sector_of(options);
  return pixel_geometry(geometry, options.positions, sector ? sector->cut() : -pi);
}

bin_axis axis_over(interval range, int bins, std::string const& kind) {
  bin_axis const axis(range, bins);
  if (!(axis.step() > 0) || !std::isfinite(axis.step()))
    throw input_error("the pixels that are not masked span no " + kind + " range; check the geometry and the mask");
  return axis;
}

/// Over the given range, or over the extent of the pixels. Radial values are lengths or angles from the beam: intervals
/// of pixels may reach below 0, the axis does not.
bin_axis radial_axis(integration_options const& options, interval extent) {
  interval const range = options.radial_range ? given_range(*options.radial_range, options.unit)
                                              : interval{std::max(extent.lower, 0.0), std::max(extent.upper, 0.0)};
  return axis_over(range, options.bins, "radial");
}

/// Over the sector, or over the extent of the pixels; these may reach across ±π, which in float is a little more than
/// π.
bin_axis azimuthal_axis(integration_options const& options, interval extent) {
  auto const sector = sector_of(options);
  double const limit = static_cast<float>(pi);
  interval const range = sector ? interval{sector->lower(), sector->upper()}
                                : interval{std::max(extent.lower, -limit), std::min(extent.upper, limit)};
  return axis_over(range, *options.azimuth_bins, "azimuthal");
}

/// One of the splittings along the radial axis.
template <class splitting>
struct measured {
  static splitting of(pixel_geometry const& pixels, radial_unit unit, row_range rows) {
    return splitting::radial(pixels, unit, rows);
  }
};
template <std::size_t corners>
struct measured<split_full<corners>> {
  static split_full<corners> of(pixel_geometry const& pixels, radial_unit unit, row_range rows) {
    return {pixels, unit, rows};
  }
};

template <class splitting>
void exclude_outside(splitting const&, pixel_geometry const& pixels, row_range rows, azimuth_range const& range,
                     std::span<std::uint8_t> excluded) {
  exclude_outside(pixels, rows, range, splitting::azimuths_have_extent, excluded);
}

template <std::size_t corners>
void exclude_outside(split_full<corners> const& split, pixel_geometry const&, row_range, azimuth_range const& range,
                     std::span<std::uint8_t> excluded) {
  split.exclude_outside(range, excluded);
}

template <class splitting>
integration integrate(poni const& geometry, integration_options const& options, std::span<std::uint8_t const> mask,
                      int threads) {
  pixel_geometry const pixels = located(geometry, options);
  detector_tiles const tiles(pixels, mask, threads);
  measured_tiles measured_once(tiles,
                               [&](row_range rows) { return measured<splitting>::of(pixels, options.unit, rows); });
  pixel_extent extent;
  if (!options.radial_range)
    extent = tiles.extent([&](row_range rows, std::span<std::uint8_t const> masked) -> pixel_extent {
      return measured_once.look_at(rows, [&](splitting const& split) {
        return pixel_extent{split.extent(masked), {}};
      });
    });
  bin_axis const axis = radial_axis(options, extent.radial);
  auto const sector = sector_of(options);
  integration made;
  made.radial = axis.centres(scale_of(options.unit));
  made.matrix = tiles.matrix(made.radial.size(), [&](row_range rows, std::span<std::uint8_t> excluded) {
    auto split = measured_once.take(rows);
    if (sector) exclude_outside(split, pixels, rows, *sector, excluded);
    return [split = std::move(split), &axis](std::size_t pixel, auto const& visit) { split.share(pixel, axis, visit); };
  });
  return made;
}

template <class splitting>
integration integrate_cake(poni const& geometry, integration_options const& options, std::span<std::uint8_t const> mask,
                           int threads) {
  pixel_geometry const pixels = located(geometry, options);
  detector_tiles const tiles(pixels, mask, threads);
  measured_tiles measured_once(tiles, [&](row_range rows) { return splitting(pixels, options.unit, rows); });
  pixel_extent extent;
  if (!options.radial_range || !options.azimuth_range)
    extent = tiles.extent([&](row_range rows, std::span<std::uint8_t const> masked) -> pixel_extent {
      return measured_once.look_at(rows, [&](splitting const& split) {
        return pixel_extent{split.radial_extent(masked), split.azimuthal_extent(masked)};
      });
    });
  bin_axis const radial = radial_axis(options, extent.radial);
  bin_axis const azimuthal = azimuthal_axis(options, extent.azimuthal);
  integration made;
  made.radial = radial.centres(scale_of(options.unit));
  made.azimuthal = azimuthal.centres(180 / pi);
  auto const cells = made.radial.size() * made.azimuthal.size();
  made.matrix = tiles.matrix(cells, [&](row_range rows, std::span<std::uint8_t>) {
    return [split = measured_once.take(rows), &radial, &azimuthal](std::size_t pixel, auto const& visit) {
      split.share(pixel, radial, azimuthal, visit);
    };
  });
  return made;
}

/// Of the values that `fill` gives for a row of pixels.
template <class row_of_values>
interval extent_of_centres(std::span<poni const> geometries, position_precision positions, row_of_values const& fill) {
  interval all;
  for (auto const& geometry : geometries) {
    pixel_geometry const pixels(geometry, positions);
    std::vector<double> row(static_cast<std::size_t>(pixels.columns()));
    for (int i = 0; i < pixels.rows(); ++i) {
      fill(pixels, i, std::span<double>(row));
      for (double const value : row) all.include(value, value);
    }
  }
  return all;
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

std::array<double, 2> radial_range_of_centres(std::span<poni const> geometries, integration_options const& options) {
  auto const unit = options.unit;
  for (auto const& geometry : geometries) require_wavelength(geometry, unit);
  auto const all =
      extent_of_centres(geometries, options.positions,
                        [unit](pixel_geometry const& pixels, int i, auto row) { pixels.centre_radii(unit, i, row); });
  return {all.lower * scale_of(unit), all.upper * scale_of(unit)};
}

std::array<double, 2> azimuth_range_of_centres(std::span<poni const> geometries) {
  auto const all =
      extent_of_centres(geometries, position_precision::double_precision,
                        [](pixel_geometry const& pixels, int i, auto row) { pixels.centre_azimuths(i, row); });
  return {all.lower * 180 / pi, all.upper * 180 / pi};
}

integration make_integration(poni const& geometry, integration_options const& options,
                             std::span<std::uint8_t const> mask, int threads) {
  check(geometry, options, mask);
  bool const cake = options.azimuth_bins.has_value();
  switch (options.splitting) {
    case pixel_splitting::no:
      return cake ? integrate_cake<split_product<split_no>>(geometry, options, mask, threads)
                  : integrate<split_no>(geometry, options, mask, threads);
    case pixel_splitting::bbox:
      return cake ? integrate_cake<split_product<split_bbox>>(geometry, options, mask, threads)
                  : integrate<split_bbox>(geometry, options, mask, threads);
    case pixel_splitting::full:
      if (geometry.detector.corners && geometry.detector.corners->corners == 6) {
        return cake ? integrate_cake<split_cells<6>>(geometry, options, mask, threads)
                    : integrate<split_full<6>>(geometry, options, mask, threads);
      }
      return cake ? integrate_cake<split_cells<4>>(geometry, options, mask, threads)
                  : integrate<split_full<4>>(geometry, options, mask, threads);
  }
  throw usage_error("this pixel splitting is unknown");
}

}  // namespace xrdct
