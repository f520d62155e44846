#pragma once
/// \file From a geometry to all that integration needs: the matrix of pixel splitting, the radial axis, the norms.

#include "xrdct/geometry/pixel_geometry.hpp"
#include "xrdct/geometry/poni.hpp"
#include "xrdct/geometry/radial_unit.hpp"
#include "xrdct/kernels/integration_matrix.hpp"
#include "xrdct/kernels/reduction.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace xrdct {

/// How a pixel is shared out among bins (SEMANTICS §4).
enum class pixel_splitting : std::uint8_t { no, bbox, full };

/// Parses "no", "bbox" or "full"; throws usage_error on anything else.
pixel_splitting parse_splitting(std::string_view name);
std::string_view name_of(pixel_splitting splitting);

struct integration_options {
  int bins = 1000;
  radial_unit unit = radial_unit::q_per_nm;
  pixel_splitting splitting = pixel_splitting::bbox;
  std::optional<std::array<double, 2>> radial_range;   ///< in the unit
  std::optional<std::array<double, 2>> azimuth_range;  ///< degrees of pyFAI's χ; may wrap across ±180°
  /// The number of azimuthal bins of a cake (2D integration), over the azimuth range if there is one. Absent: a pattern
  /// over the radial axis alone, of whole pixels in the azimuth range.
  std::optional<int> azimuth_bins;
  position_precision positions = position_precision::double_precision;
};

/// The matrix and the centres of its bins. The bins of a cake are azimuth_bins × bins, azimuthal index slowest.
struct integration {
  integration_matrix matrix;
  std::vector<double> radial;     ///< in the unit
  std::vector<double> azimuthal;  ///< of a cake, degrees, ascending (beyond 180 in a range across it); else empty
};

/// `mask` has one value a pixel (not 0: excluded) or is empty. Throws input_error where the unit needs a wavelength and
/// there is none or where every pixel is masked; usage_error for an empty range or for fewer than 1 or more than 2²⁴
/// bins. A range in which no pixel lies makes a matrix without entries. The result does not depend on the number of
/// threads, to the bit.
integration make_integration(poni const& geometry, integration_options const& options,
                             std::span<std::uint8_t const> mask, int threads = 1);

/// From the least to the largest radial value of a pixel's centre, masked or not, in the options' unit; and likewise of
/// azimuths, in degrees: the axes of several detectors (pyFAI multi_geometry.py). Throws input_error where the unit
/// needs a wavelength and there is none.
std::array<double, 2> radial_range_of_centres(std::span<poni const> geometries, integration_options const& options);
std::array<double, 2> azimuth_range_of_centres(std::span<poni const> geometries);

/// Relative solid angle of every pixel, float32 (SEMANTICS §2).
std::vector<float> solid_angle(poni const& geometry);

/// Polarization factor of every pixel, float32; `factor` = (I_h − I_v)/(I_h + I_v), `offset` in radians.
std::vector<float> polarization(poni const& geometry, double factor, double offset);

/// Images that make up a pixel's norm; an empty one stands for ones.
struct norm_images {
  std::vector<float> flat;
  std::vector<float> polarization;
  std::vector<float> solid_angle;
  std::vector<float> absorption;
};

/// ((flat · polarization) · solid angle) · absorption in float32, left to right; empty where all are empty.
std::vector<float> pixel_norm(norm_images const& images);

}  // namespace xrdct
