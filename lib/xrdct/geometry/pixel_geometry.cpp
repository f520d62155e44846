#include "xrdct/geometry/pixel_geometry.hpp"

#include "xrdct/base/error.hpp"

#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>
#include <utility>

namespace xrdct {
namespace {

using std::numbers::pi;

std::array<std::array<double, 3>, 3> rotation_of(poni const& geometry) {
  double const s1 = std::sin(geometry.rot1), c1 = std::cos(geometry.rot1);
  double const s2 = std::sin(geometry.rot2), c2 = std::cos(geometry.rot2);
  double const s3 = std::sin(geometry.rot3), c3 = std::cos(geometry.rot3);
  return {{{c2 * c3, c3 * s1 * s2 - c1 * s3, -(c1 * c3 * s2 + s1 * s3)},
           {c2 * s3, c1 * c3 + s1 * s2 * s3, -(c1 * s2 * s3 - c3 * s1)},
           {s2, -c2 * s1, c1 * c2}}};
}

double radius(lab_vector t) { return std::sqrt(t.t1 * t.t1 + t.t2 * t.t2); }

/// Rounds to float. GCC 12 drops the rounding of two neighbouring numbers that are doubles before and after.
[[gnu::noinline]] float rounded(double value) { return static_cast<float>(value); }

double two_theta(lab_vector t) { return std::atan2(radius(t), t.t3); }

/// values[j] = radial value of position(j); the choice of the unit stands outside the loop.
template <class T, class position>
void fill_radii(radial_unit unit, double wavelength, std::span<T> values, position const& at) {
  auto const fill = [&](auto const& radial) {
    for (std::size_t j = 0; j < values.size(); ++j) values[j] = static_cast<T>(radial(at(static_cast<int>(j))));
  };
  switch (unit) {
    case radial_unit::q_per_nm:
    case radial_unit::q_per_angstrom: {
      double const factor = 4e-9 * pi / wavelength;
      return fill([factor](lab_vector t) { return factor * std::sin(two_theta(t) / 2); });
    }
    case radial_unit::two_theta_deg:
    case radial_unit::two_theta_rad: return fill(two_theta);
    case radial_unit::radius_mm: return fill(radius);
  }
}

}  // namespace

position_precision parse_positions(std::string_view name) {
  if (name == "double") return position_precision::double_precision;
  if (name == "single") return position_precision::single_precision;
  throw usage_error("positions in '" + std::string(name) + "' precision are unknown; use double or single");
}

std::string_view name_of(position_precision positions) {
  return positions == position_precision::single_precision ? "single" : "double";
}

pixel_geometry::pixel_geometry(poni const& geometry, position_precision positions, double azimuth_cut)
    : positions_(positions),
      azimuth_cut_(azimuth_cut),
      rows_(geometry.detector.rows),
      columns_(geometry.detector.columns),
      mirror_rows_(geometry.detector.orientation == 1 || geometry.detector.orientation == 2),
      mirror_columns_(geometry.detector.orientation == 1 || geometry.detector.orientation == 4),
      pixel1_(geometry.detector.pixel1),
      pixel2_(geometry.detector.pixel2),
      distance_(geometry.distance),
      poni1_(geometry.poni1),
      poni2_(geometry.poni2),
      wavelength_(geometry.wavelength),
      rotation_(rotation_of(geometry)),
      corners_(geometry.detector.corners) {
  if (rows_ <= 0 || columns_ <= 0) {
    throw input_error("the shape of the detector '" + geometry.detector.name +
                      "' is not known; give max_shape in the PONI file");
  }
}

/// The mean of the first four corners, in float as pyFAI has it. Those of a hexagon are not all: its centre is a
/// quarter of a pixel off, there and so here, as what was calibrated there must hold here.
pixel_geometry::plane_point pixel_geometry::mean_corner(int row, int column) const {
  std::array<double, 3> sum{};
  for (int k = 0; k < 4; ++k)
    for (std::size_t axis = 0; axis < 3; ++axis)
      sum[axis] += 0.25 * static_cast<double>(corners_->at(row, column, k)[axis]);
  float const z = corners_->flat ? 0 : rounded(sum[0]);
  return {rounded(sum[1]), rounded(sum[2]), distance_ + z};
}

pixel_geometry::plane_point pixel_geometry::centre(int row, int column) const {
  int const i = mirror_rows_ ? rows_ - 1 - row : row;
  int const j = mirror_columns_ ? columns_ - 1 - column : column;
  if (corners_) {
    plane_point const mean = mean_corner(i, j);
    return {mean.p1 - poni1_, mean.p2 - poni2_, mean.p3};
  }
  return {pixel1_ * (0.5 + i) - poni1_, pixel2_ * (0.5 + j) - poni2_, distance_};
}

pixel_geometry::plane_point pixel_geometry::centre_in_float(int row, int column) const {
  int const i = mirror_rows_ ? rows_ - 1 - row : row;
  int const j = mirror_columns_ ? columns_ - 1 - column : column;
  auto const from_poni = [&](float from_edge1, float from_edge2, double p3) {
    return plane_point{from_edge1 - static_cast<float>(poni1_), from_edge2 - static_cast<float>(poni2_), p3};
  };
  if (corners_) {
    plane_point const mean = mean_corner(i, j);
    return from_poni(static_cast<float>(mean.p1), static_cast<float>(mean.p2), mean.p3);
  }
  return from_poni((static_cast<float>(i) + 0.5F) * static_cast<float>(pixel1_),
                   (static_cast<float>(j) + 0.5F) * static_cast<float>(pixel2_), distance_);
}

/// Of a line that rows share; or of a row, the corners of its pixels one after another.
pixel_geometry::plane_point pixel_geometry::corner(int line, int index) const {
  if (!corners_) {
    int const i = mirror_rows_ ? rows_ - line : line;
    int const j = mirror_columns_ ? columns_ - index : index;
    return {pixel1_ * i - poni1_, pixel2_ * j - poni2_, distance_};
  }
  int const width = corners_->shared ? 1 : corners_->corners;
  int const end1 = corners_->shared ? rows_ : rows_ - 1, end2 = corners_->shared ? columns_ : columns_ - 1;
  int const i = mirror_rows_ ? end1 - line : line;
  int const j = mirror_columns_ ? end2 - index / width : index / width;
  float const* const zyx = corners_->position(i, j, index % width);
  return {static_cast<double>(zyx[1]) - poni1_, static_cast<double>(zyx[2]) - poni2_,
          distance_ + static_cast<double>(zyx[0])};
}

lab_vector pixel_geometry::to_lab(plane_point point) const {
  auto const along = [&](std::array<double, 3> const& row) {
    return point.p1 * row[0] + point.p2 * row[1] + point.p3 * row[2];
  };
  return {along(rotation_[0]), along(rotation_[1]), along(rotation_[2])};
}

double pixel_geometry::azimuth(plane_point point) const {
  auto const [t1, t2, t3] = to_lab(point);
  double const angle = std::atan2(t1, t2);
  return angle < azimuth_cut_ ? angle + 2 * pi : angle;
}

void pixel_geometry::centre_radii(radial_unit unit, int row, std::span<double> values) const {
  if (positions_ == position_precision::single_precision) {
    fill_radii(unit, wavelength_, values, [&](int column) { return to_lab(centre_in_float(row, column)); });
  } else {
    fill_radii(unit, wavelength_, values, [&](int column) { return to_lab(centre(row, column)); });
  }
}

void pixel_geometry::corner_radii(radial_unit unit, int line, std::span<float> values) const {
  fill_radii(unit, wavelength_, values, [&](int column) { return to_lab(corner(line, column)); });
}

void pixel_geometry::centre_azimuths(int row, std::span<double> values) const {
  for (std::size_t j = 0; j < values.size(); ++j) values[j] = azimuth(centre_in_float(row, static_cast<int>(j)));
}

void pixel_geometry::corner_azimuths(int line, std::span<float> values) const {
  for (std::size_t j = 0; j < values.size(); ++j)
    values[j] = static_cast<float>(azimuth(corner(line, static_cast<int>(j))));
}

/// The cosine of the angle between the ray to a pixel and the pixel's normal, across its diagonals.
double pixel_geometry::incidence(int row, int column) const {
  int const i = mirror_rows_ ? rows_ - 1 - row : row;
  int const j = mirror_columns_ ? columns_ - 1 - column : column;
  std::array<std::array<double, 3>, 2> diagonal{};
  for (int k = 0; k < 2; ++k)
    for (std::size_t axis = 0; axis < 3; ++axis)
      diagonal[static_cast<std::size_t>(k)][axis] =
          static_cast<double>(corners_->at(i, j, k + 2)[axis]) - static_cast<double>(corners_->at(i, j, k)[axis]);
  auto const& [a, b] = diagonal;
  std::array const normal{a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
  auto const [p1, p2, p3] = centre(row, column);
  double const along = p3 * normal[0] + p1 * normal[1] + p2 * normal[2];
  return std::abs(along) / (std::hypot(p1, p2, p3) * std::hypot(normal[0], normal[1], normal[2]));
}

void pixel_geometry::solid_angles(int row, std::span<double> values) const {
  for (std::size_t j = 0; j < values.size(); ++j) {
    auto const [p1, p2, p3] = centre_in_float(row, static_cast<int>(j));
    double const cosine = corners_ && !corners_->flat
                              ? incidence(row, static_cast<int>(j))
                              : distance_ / std::sqrt(distance_ * distance_ + (p1 * p1 + p2 * p2));
    values[j] = cosine * cosine * cosine;
  }
}

std::optional<std::array<double, 2>> pixel_geometry::meet(lab_vector direction) const {
  auto const along = [&](std::size_t axis) {  // of the detector; a rotation's inverse is its transpose
    return direction.t1 * rotation_[0][axis] + direction.t2 * rotation_[1][axis] + direction.t3 * rotation_[2][axis];
  };
  double const p3 = along(2);
  if (!(p3 > 0)) return std::nullopt;
  double const i = (along(0) * distance_ / p3 + poni1_) / pixel1_ - 0.5;
  double const j = (along(1) * distance_ / p3 + poni2_) / pixel2_ - 0.5;
  return std::array{mirror_rows_ ? rows_ - 1 - i : i, mirror_columns_ ? columns_ - 1 - j : j};
}

void pixel_geometry::squared_cosines(int row, std::span<double> values) const {
  for (std::size_t j = 0; j < values.size(); ++j) {
    auto const [t1, t2, t3] = to_lab(centre(row, static_cast<int>(j)));
    values[j] = t3 * t3 / (t1 * t1 + t2 * t2 + t3 * t3);
  }
}

corner_rows::corner_rows(pixel_geometry const& pixels, line_filler fill, int first_row)
    : pixels_(&pixels), fill_(std::move(fill)), row_(first_row) {
  auto const columns = static_cast<std::size_t>(pixels.columns());
  values_.resize(columns * static_cast<std::size_t>(pixels.corners()));
  if (!pixels.corners_shared()) return;
  above_.resize(columns + 1);
  below_.resize(columns + 1);
  fill_(first_row, below_);
}

std::span<float const> corner_rows::next() {
  if (pixels_->corners_shared()) {
    std::swap(above_, below_);
    fill_(++row_, below_);
    auto at = values_.begin();
    for (std::size_t j = 0; j + 1 < above_.size(); ++j)
      for (float value : {above_[j], below_[j], below_[j + 1], above_[j + 1]}) *at++ = value;
  } else {
    fill_(row_++, values_);
  }
  return values_;
}

}  // namespace xrdct
