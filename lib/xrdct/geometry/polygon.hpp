#pragma once
/// \file A pixel as full splitting sees it: the polygon of its corners over the radial axis and the azimuth.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <numeric>

namespace xrdct {

/// The corners in their order round a pixel of a detector that is not mirrored; of four: (row, column), (row + 1,
/// column), (row + 1, column + 1), (row, column + 1).
template <std::size_t corners>
struct polygon {
  std::array<double, corners> radius;
  std::array<double, corners> azimuth;

  double lowest_radius() const { return *std::min_element(radius.begin(), radius.end()); }
  double highest_radius() const { return *std::max_element(radius.begin(), radius.end()); }
  double lowest_azimuth() const { return *std::min_element(azimuth.begin(), azimuth.end()); }
  double highest_azimuth() const { return *std::max_element(azimuth.begin(), azimuth.end()); }
  double mean_azimuth() const { return std::accumulate(azimuth.begin(), azimuth.end(), 0.0) / corners; }

  /// Whether the corners do not all lie on a line.
  bool has_area() const {
    for (std::size_t i = 1; i < corners; ++i)
      for (std::size_t j = i + 1; j < corners; ++j)
        if (triangle(i, j) != 0) return true;
    return false;
  }

 private:
  /// Twice the area of the triangle that two corners make with the first.
  double triangle(std::size_t i, std::size_t j) const {
    return (radius[i] - radius[0]) * (azimuth[j] - azimuth[0]) - (radius[j] - radius[0]) * (azimuth[i] - azimuth[0]);
  }
};

using quadrilateral = polygon<4>;

/// Puts the corners of a pixel across the cut side by side: some azimuths leave [cut, cut + 2π], their mean does not.
///
/// Azimuths of such a pixel span more than π, and its diagonals tell that it is turned inside out. The beam's own pixel
/// spans more than π wherever it is cut, and no quadrilateral is its image. Its shares, and those of the few pixels
/// next to it that the beam's nearness distorts, are a convention; it is pyFAI's here (ext/splitpixel_common.pyx, as
/// its answers show): the diagonals' cross product with one of its terms halved, the other one where the image is
/// mirrored in one direction. A pixel farther off is decided alike by either.
/// Hexagons, which pyFAI does not split by areas, are joined wherever they span more than π.
template <std::size_t corners>
void join_across_cut(polygon<corners>& pixel, bool mirrored, double cut) {
  using std::numbers::pi;
  if (!(pixel.highest_azimuth() - pixel.lowest_azimuth() > pi)) return;
  if constexpr (corners == 4) {
    auto const& radius = pixel.radius;
    auto const& azimuth = pixel.azimuth;
    double const first = (radius[2] - radius[0]) * (azimuth[3] - azimuth[1]);
    double const second = (azimuth[2] - azimuth[0]) * (radius[3] - radius[1]);
    if (!((mirrored ? first - 0.5 * second : 0.5 * first - second) > 0)) return;
  }
  for (double& value : pixel.azimuth)
    if (value < cut + pi) value += 2 * pi;
  if (pixel.mean_azimuth() > cut + 2 * pi)
    for (double& value : pixel.azimuth) value -= 2 * pi;
}

/// A polygon cut into strips along its radial axis, or into cells of both axes.
///
/// Areas are exact but for the rounding of double: pyFAI adds them in single precision, which costs it up to 6e-6 of an
/// intensity and 5e-5 of its error. To repeat its rounding would tie ours to its order of additions, for numbers that
/// are worse.
template <std::size_t corners>
class polygon_strips {
 public:
  explicit polygon_strips(polygon<corners> const& shape) : base_(shape.azimuth[0]) {
    for (std::size_t i = 0; i < corners; ++i) {
      std::size_t const next = (i + 1) % corners;
      double const run = shape.radius[next] - shape.radius[i];
      // Heights count from one corner, as the area does not depend on where they start: fewer digits cancel.
      double const height = shape.azimuth[i] - base_;
      double const slope = run == 0 ? 0 : (shape.azimuth[next] - shape.azimuth[i]) / run;
      edges_[i] = {shape.radius[i],
                   height,
                   slope,
                   std::min(shape.radius[i], shape.radius[next]),
                   std::max(shape.radius[i], shape.radius[next]),
                   run < 0 ? -1.0 : 1.0};
    }
  }

  /// The area between two radial values, without a sign: parts of a polygon that crosses itself, as that of the
  /// beam's pixel may, count against each other within the strip, but no strip is negative. (pyFAI keeps the signs, and
  /// gives one in ten of the beam's pixels negative shares and others above 1.)
  double area(double left, double right) const {
    double sum = 0;
    for (edge const& e : edges_) {
      double const from = std::max(e.left, left), to = std::min(e.right, right);
      if (to > from) sum += e.sign * (to - from) * (e.height + e.slope * (0.5 * (from + to) - e.start));
    }
    return std::abs(sum);
  }

  /// The same of a cell: also between two azimuths. The area below a line that is held between two heights is known
  /// without the corners of the polygon that is left within the cell.
  double area(double left, double right, double low, double high) const {
    double const floor = low - base_, ceiling = high - base_;
    double sum = 0;
    for (edge const& e : edges_) {
      double const from = std::max(e.left, left), to = std::min(e.right, right);
      if (!(to > from)) continue;
      auto const [y0, y1] = std::minmax({e.at(from), e.at(to)});
      sum += e.sign * (to - from) * mean_between(y0, y1, floor, ceiling);
    }
    return std::abs(sum);
  }

 private:
  /// The mean height above `floor` of a line from y0 up to y1, as far as it is below `ceiling`; the part above is at
  /// the ceiling, that below at the floor.
  static double mean_between(double y0, double y1, double floor, double ceiling) {
    if (y1 <= floor) return 0;
    if (y0 >= ceiling) return ceiling - floor;
    double const rise = y1 - y0;
    double const enters = y0 < floor ? (floor - y0) / rise : 0;
    double const leaves = y1 > ceiling ? (ceiling - y0) / rise : 1;
    double const middle = (std::max(y0, floor) + std::min(y1, ceiling)) / 2 - floor;
    return (leaves - enters) * middle + (1 - leaves) * (ceiling - floor);
  }

  struct edge {
    double start, height, slope;  // of the line through it
    double left, right;           // its ends
    double sign;                  // −1 where it runs to the left

    double at(double radius) const { return height + slope * (radius - start); }
  };
  double base_;  // the azimuth that heights count from
  std::array<edge, corners> edges_;
};

}  // namespace xrdct
