#include "kernels/cpu/ray_geometry.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace xrdct::cpu {
namespace {

void require(bool condition, char const* otherwise) {
  if (!condition) throw std::invalid_argument(otherwise);
}

void check(scan_geometry const& geometry) {
  require(!geometry.angles.empty(), "a tomogram needs at least one angle");
  require(geometry.angles.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max() - angle_slots),
          "too many angles");
  require(geometry.translations > 0, "a tomogram needs at least one translation");
  require(geometry.translations <= 1 << 24, "a tomogram takes at most 2^24 translations");
  require(geometry.size > 0, "a tomogram needs at least one pixel");
  require(std::isfinite(geometry.axis) && std::isfinite(geometry.centre), "the rotation axis must be finite");
  require(geometry.shifts.empty() || geometry.shifts.size() == geometry.angles.size(),
          "every rotation needs a shift, or none");
  require(std::ranges::all_of(geometry.shifts, [](double shift) { return std::isfinite(shift); }),
          "shifts must be finite");
  require(std::ranges::all_of(geometry.angles, [](double angle) { return std::isfinite(angle); }),
          "angles must be finite");
}

angle_run direction_of(double angle) {
  double const cosine = std::cos(angle);
  double const sine = std::sin(angle);
  angle_run one;
  one.count = 1;
  one.by_column = std::abs(cosine) <= std::abs(sine);
  one.backwards = one.by_column ? cosine < 0 : sine > 0;
  return one;
}

bool same_way(angle_run const& one, angle_run const& other) {
  return one.by_column == other.by_column && one.backwards == other.backwards;
}

int class_of(angle_run const& one) { return 2 * static_cast<int>(one.by_column) + static_cast<int>(one.backwards); }

}  // namespace

ray_geometry prepare(scan_geometry const& geometry) {
  check(geometry);
  ray_geometry rays;
  for (std::size_t a = 0; a < geometry.angles.size(); ++a) rays.rotation.push_back(a);
  std::ranges::stable_sort(rays.rotation, {},
                           [&](std::size_t a) { return class_of(direction_of(geometry.angles[a])); });
  for (std::size_t const a : rays.rotation) {
    auto one = direction_of(geometry.angles[a]);
    one.first = static_cast<int>(rays.cosines.size());
    rays.cosines.push_back(std::cos(geometry.angles[a]));
    rays.sines.push_back(std::sin(geometry.angles[a]));
    rays.axes.push_back(geometry.axis_of(a));
    if (rays.runs.empty() || rays.runs.back().count == angles_a_run || !same_way(rays.runs.back(), one)) {
      rays.runs.push_back(one);
    } else {
      ++rays.runs.back().count;
    }
  }
  rays.centre = geometry.centre;
  rays.translations = geometry.translations;
  return rays;
}

}  // namespace xrdct::cpu
