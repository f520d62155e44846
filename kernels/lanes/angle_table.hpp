#pragma once
/// \file The angles of a scan in the order in which they are back-projected.

#include "xrdct/kernels/tomograph.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

namespace xrdct::lanes {

/// A rotation, as its rays meet the translations.
struct angle_entry {
  double cosine = 0;
  double sine = 0;
  double axis = 0;             ///< where the rotation axis is, with the shift of the rotation
  std::uint32_t rotation = 0;  ///< which one of the scan it is
};

/// Ways in which the meeting with the translations moves from pixel to pixel: where the cosine is not above the sine,
/// it moves by no more than 0.71 translations from column to column, else from row to row.
enum class sweep { columns_ahead, columns_back, rows_ahead, rows_back };

inline sweep sweep_of(angle_entry const& one) {
  if (std::abs(one.cosine) <= std::abs(one.sine)) return one.cosine < 0 ? sweep::columns_back : sweep::columns_ahead;
  return one.sine > 0 ? sweep::rows_back : sweep::rows_ahead;
}

/// Angles of one sweep that are worked on together.
struct angle_run {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  std::uint32_t backwards = 0;  ///< towards lower translations
};

/// Sums over so many angles begin at zero and are then added up: fewer roundings than one by one.
inline constexpr std::uint32_t angles_a_run = 16;

/// Angles sorted by sweep, and else as the scan has them.
struct angle_table {
  std::vector<angle_entry> angles;
  std::vector<angle_run> runs;
  std::uint32_t column_runs = 0;  ///< the first of them, that sweep along rows from column to column
};

/// Throws std::invalid_argument for a geometry without angles, translations or pixels, or not finite.
inline angle_table make_angle_table(scan_geometry const& geometry) {
  auto const require = [](bool condition, char const* otherwise) {
    if (!condition) throw std::invalid_argument(otherwise);
  };
  auto const finite = [](double value) { return std::isfinite(value); };
  require(!geometry.angles.empty(), "a tomogram needs at least one angle");
  require(geometry.translations > 0, "a tomogram needs at least one translation");
  require(geometry.size > 0, "a tomogram needs at least one pixel");
  require(geometry.angles.size() <=
              std::numeric_limits<std::uint32_t>::max() / static_cast<std::size_t>(geometry.translations),
          "too many angles and translations");
  require(std::isfinite(geometry.axis) && std::isfinite(geometry.centre), "the rotation axis must be finite");
  require(geometry.shifts.empty() || geometry.shifts.size() == geometry.angles.size(),
          "every rotation needs a shift, or none");
  require(std::ranges::all_of(geometry.shifts, finite), "shifts must be finite");
  require(std::ranges::all_of(geometry.angles, finite), "angles must be finite");

  angle_table table;
  for (std::size_t a = 0; a < geometry.angles.size(); ++a)
    table.angles.push_back({std::cos(geometry.angles[a]), std::sin(geometry.angles[a]), geometry.axis_of(a),
                            static_cast<std::uint32_t>(a)});
  std::ranges::stable_sort(table.angles, {}, sweep_of);
  for (std::uint32_t a = 0; a < table.angles.size(); ++a) {
    auto const way = sweep_of(table.angles[a]);
    auto const* const run = table.runs.empty() ? nullptr : &table.runs.back();
    if (run != nullptr && run->count < angles_a_run && sweep_of(table.angles[run->first]) == way) {
      ++table.runs.back().count;
      continue;
    }
    table.runs.push_back({a, 1, way == sweep::columns_back || way == sweep::rows_back});
    if (way == sweep::columns_ahead || way == sweep::columns_back) ++table.column_runs;
  }
  return table;
}

}  // namespace xrdct::lanes
