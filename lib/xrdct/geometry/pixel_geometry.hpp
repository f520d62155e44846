#pragma once
/// \file Where every pixel of a detector is, seen from the sample: radial value and azimuth (SEMANTICS §1).

#include "xrdct/geometry/poni.hpp"
#include "xrdct/geometry/radial_unit.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <numbers>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace xrdct {

/// A vector in the laboratory, metres: t1 up, t2 across, t3 along the beam.
struct lab_vector {
  double t1, t2, t3;
};

/// Consecutive rows of a detector.
struct row_range {
  int first = 0;
  int count = 0;
};

/// The precision of the positions that radial values of pixels' centres are computed from. Differences are of some
/// 10⁻⁸ of the detector's size, which moves pixels between bins here and there.
enum class position_precision : std::uint8_t {
  double_precision,
  single_precision,  ///< as pyFAI has it before version 2025.12, unless its center_array() was called before
};

/// Parses "double" or "single"; throws usage_error on anything else.
position_precision parse_positions(std::string_view name);
std::string_view name_of(position_precision positions);

/// Positions in the precision that pyFAI computes them in (ext/_geometry.pyx, geometry/core.py): what is on the edge of
/// a bin there is on the edge here. Radial values are in internal units (rad, nm⁻¹, m), azimuths χ in radians.
class pixel_geometry {
 public:
  /// Azimuths count on from `azimuth_cut` (radians, from −π up) for a turn. Throws input_error where the detector's
  /// shape is unknown.
  explicit pixel_geometry(poni const& geometry, position_precision positions = position_precision::double_precision,
                          double azimuth_cut = -std::numbers::pi);

  int rows() const { return rows_; }
  int columns() const { return columns_; }
  row_range all_rows() const { return {0, rows_}; }
  std::size_t pixels_in(row_range rows) const {
    return static_cast<std::size_t>(rows.count) * static_cast<std::size_t>(columns_);
  }

  /// Whether row 0 (column 0) of an image is the detector's last one.
  bool rows_mirrored() const { return mirror_rows_; }
  bool columns_mirrored() const { return mirror_columns_; }

  double azimuth_cut() const { return azimuth_cut_; }

  /// Of the centres of a row of pixels: double functions of positions in the precision asked for. `values`: one a
  /// column.
  void centre_radii(radial_unit unit, int row, std::span<double> values) const;

  /// How many corners a pixel has, and whether neighbours have theirs in common: the corners of the pixels of row i lie
  /// on the lines i and i + 1 then.
  int corners() const { return corners_ ? corners_->corners : 4; }
  bool corners_shared() const { return !corners_ || corners_->shared; }
  /// Whether they run round a pixel the other way than those of a regular grid.
  bool corners_reversed() const { return corners_ && corners_->reversed; }

  /// Of the corners along a line between rows (0 ≤ line ≤ rows), columns + 1 values; or, where corners are not shared,
  /// of the corners of a row's pixels, columns × corners values. Computed in double, rounded to float.
  void corner_radii(radial_unit unit, int line, std::span<float> values) const;

  /// Azimuths of the centres of a row of pixels: double functions of positions in float. `values`: one a column.
  void centre_azimuths(int row, std::span<double> values) const;

  /// Azimuths of the same corners: computed in double, rounded to float.
  void corner_azimuths(int line, std::span<float> values) const;

  /// Relative to that at the point of normal incidence: cos³ of the incidence, a double function of positions in float;
  /// on a bent sensor, the incidence on the pixel itself, whatever its distance (pyFAI's geometry/core.py). `values`:
  /// one a column.
  void solid_angles(int row, std::span<double> values) const;

  /// Row and column, in pixels from the centre of the first, where a ray from the sample meets the detector's plane;
  /// nothing where it leads away from it.
  std::optional<std::array<double, 2>> meet(lab_vector direction) const;

  /// cos² 2θ of the centres of a row of pixels. `values`: one a column.
  void squared_cosines(int row, std::span<double> values) const;

 private:
  /// Metres from the point of normal incidence, along rows and along columns, and from the sample's plane.
  struct plane_point {
    double p1, p2, p3;
  };
  plane_point centre(int row, int column) const;
  plane_point centre_in_float(int row, int column) const;
  plane_point corner(int line, int index) const;
  plane_point mean_corner(int row, int column) const;
  double incidence(int row, int column) const;
  lab_vector to_lab(plane_point point) const;
  double azimuth(plane_point point) const;

  position_precision positions_;
  double azimuth_cut_;
  int rows_, columns_;
  bool mirror_rows_, mirror_columns_;
  double pixel1_, pixel2_;
  double distance_, poni1_, poni2_;
  double wavelength_;
  std::array<std::array<double, 3>, 3> rotation_;
  std::shared_ptr<pixel_corners const> corners_;
};

/// Walks rows of a detector with some value of all corners of their pixels.
class corner_rows {
 public:
  /// `fill` is given lines and where their values go: pixel_geometry::corner_radii or corner_azimuths.
  using line_filler = std::function<void(int line, std::span<float> values)>;
  corner_rows(pixel_geometry const& pixels, line_filler fill, int first_row = 0);

  /// Of that row, then the next: columns × corners values. It holds until the next call.
  std::span<float const> next();

 private:
  pixel_geometry const* pixels_;
  line_filler fill_;
  int row_;
  std::vector<float> above_, below_;  // lines that rows share
  std::vector<float> values_;
};

}  // namespace xrdct
