#include "xrdct/geometry/pixel_geometry.hpp"

#include "xrdct/base/error.hpp"

#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>

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
double azimuth(lab_vector t) { return std::atan2(t.t1, t.t2); }
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

pixel_geometry::pixel_geometry(poni const& geometry, position_precision positions)
    : positions_(positions),
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
      rotation_(rotation_of(geometry)) {
  if (rows_ <= 0 || columns_ <= 0) {
    throw input_error("the shape of the detector '" + geometry.detector.name +
                      "' is not known; give max_shape in the PONI file");
  }
}

pixel_geometry::plane_point pixel_geometry::centre(int row, int column) const {
  int const i = mirror_rows_ ? rows_ - 1 - row : row;
  int const j = mirror_columns_ ? columns_ - 1 - column : column;
  return {pixel1_ * (0.5 + i) - poni1_, pixel2_ * (0.5 + j) - poni2_};
}

pixel_geometry::plane_point pixel_geometry::centre_in_float(int row, int column) const {
  int const i = mirror_rows_ ? rows_ - 1 - row : row;
  int const j = mirror_columns_ ? columns_ - 1 - column : column;
  float const from_edge1 = (static_cast<float>(i) + 0.5F) * static_cast<float>(pixel1_);
  float const from_edge2 = (static_cast<float>(j) + 0.5F) * static_cast<float>(pixel2_);
  return {from_edge1 - static_cast<float>(poni1_), from_edge2 - static_cast<float>(poni2_)};
}

pixel_geometry::plane_point pixel_geometry::corner(int line, int corner_column) const {
  int const i = mirror_rows_ ? rows_ - line : line;
  int const j = mirror_columns_ ? columns_ - corner_column : corner_column;
  return {pixel1_ * i - poni1_, pixel2_ * j - poni2_};
}

lab_vector pixel_geometry::to_lab(plane_point point) const {
  auto const along = [&](std::array<double, 3> const& row) {
    return point.p1 * row[0] + point.p2 * row[1] + distance_ * row[2];
  };
  return {along(rotation_[0]), along(rotation_[1]), along(rotation_[2])};
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
  for (std::size_t j = 0; j < values.size(); ++j)
    values[j] = azimuth(to_lab(centre_in_float(row, static_cast<int>(j))));
}

void pixel_geometry::corner_azimuths(int line, std::span<float> values) const {
  for (std::size_t j = 0; j < values.size(); ++j)
    values[j] = static_cast<float>(azimuth(to_lab(corner(line, static_cast<int>(j)))));
}

void pixel_geometry::solid_angles(int row, std::span<double> values) const {
  for (std::size_t j = 0; j < values.size(); ++j) {
    auto const [p1, p2] = centre_in_float(row, static_cast<int>(j));
    double const cosine = distance_ / std::sqrt(distance_ * distance_ + (p1 * p1 + p2 * p2));
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

}  // namespace xrdct
