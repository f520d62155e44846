#pragma once
/// \file The rays of a scan as the kernels of the projector take them.

#include "kernels/common/check_rays.hpp"
#include "kernels/lanes/ray_line.hpp"
#include "xrdct/kernels/projector.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace xrdct::lanes {

/// Lines of one rotation that all go row by row, or all column by column; sorted by where they are in the middle row.
struct ray_bundle {
  std::uint32_t first = 0;  ///< of the lines
  std::uint32_t count = 0;
  std::uint32_t by_rows = 1;
  double slope = 0;    ///< of the middle one between the least and the greatest
  double spread = 0;   ///< slopes differ from it by no more
  double density = 0;  ///< lines a pixel
};

/// All rays, and those that exist and meet the image once more, in bundles.
struct ray_table {
  std::vector<ray_line> lines;                ///< [rotation][translation]
  std::vector<ray_line> sorted;               ///< by bundles
  std::vector<double> middles;                ///< of the sorted ones: where they are in the middle row
  std::vector<ray_bundle> bundles;            ///< by rotations
  std::vector<std::uint32_t> first_bundle{};  ///< of every rotation, and the end
};

inline double middle_row(int size) { return (size - 1) / 2.0; }

/// Where |cos θ| ≥ |sin θ|, x = (p + y·sin θ)/cos θ; else y = (x·cos θ − p)/sin θ.
inline ray_line make_line(double angle, double p, float weight, double centre) {
  double const cosine = std::cos(angle);
  double const sine = std::sin(angle);
  bool const by_rows = std::abs(cosine) >= std::abs(sine);
  ray_line line;
  line.slope = by_rows ? sine / cosine : cosine / sine;
  line.start = centre + (by_rows ? p / cosine : -p / sine) - centre * line.slope;
  line.scale = static_cast<float>(static_cast<double>(weight) / std::abs(by_rows ? cosine : sine));
  line.by_rows = by_rows ? 1 : 0;
  return line;
}

inline bool meets(ray_line const& line, int size) {
  double const margin = 1e-6;
  double const first = position(line, 0);
  double const last = position(line, size - 1);
  return std::max(first, last) > -1 - margin && std::min(first, last) < size + margin;
}

/// Adds some lines of one rotation as a bundle.
inline void add_bundle(ray_table& table, std::vector<ray_line>& lines, int size) {
  if (lines.empty()) return;
  double const middle = middle_row(size);
  std::ranges::stable_sort(lines, {}, [&](ray_line const& line) { return position(line, middle); });
  auto const [least, greatest] = std::ranges::minmax_element(lines, {}, &ray_line::slope);
  double const width = position(lines.back(), middle) - position(lines.front(), middle);
  ray_bundle made;
  made.first = static_cast<std::uint32_t>(table.sorted.size());
  made.count = static_cast<std::uint32_t>(lines.size());
  made.by_rows = lines.front().by_rows;
  made.slope = (least->slope + greatest->slope) / 2;
  made.spread = (greatest->slope - least->slope) / 2;
  made.density = width > 0 ? static_cast<double>(lines.size() - 1) / width : 0;
  table.bundles.push_back(made);
  for (auto const& line : lines) {
    table.sorted.push_back(line);
    table.middles.push_back(position(line, middle));
  }
  lines.clear();
}

/// Throws std::invalid_argument for a list that contradicts itself (see ray_list).
inline ray_table make_ray_table(ray_list const& rays) {
  check_rays(rays);
  ray_table table;
  std::vector<ray_line> by_rows, by_columns;
  for (std::size_t i = 0; i < rays.angles.size(); ++i) {
    auto const translation = i % static_cast<std::size_t>(rays.translations);
    if (translation == 0) table.first_bundle.push_back(static_cast<std::uint32_t>(table.bundles.size()));
    ray_line line;
    if (rays.weights[i] != 0) line = make_line(rays.angles[i], rays.positions[i], rays.weights[i], rays.centre);
    line.translation = static_cast<std::uint32_t>(translation);
    table.lines.push_back(line);
    if (rays.weights[i] != 0 && meets(line, rays.size)) (line.by_rows != 0 ? by_rows : by_columns).push_back(line);
    if (translation + 1 < static_cast<std::size_t>(rays.translations)) continue;
    add_bundle(table, by_rows, rays.size);
    add_bundle(table, by_columns, rays.size);
  }
  table.first_bundle.push_back(static_cast<std::uint32_t>(table.bundles.size()));
  return table;
}

}  // namespace xrdct::lanes
