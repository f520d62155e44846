#include "kernels/cpu/ray_bundles.hpp"

#include "kernels/common/check_rays.hpp"

#include <algorithm>
#include <cmath>

namespace xrdct::cpu {
namespace {

// What rounding may make of a place on the image, and much more.
constexpr double margin = 1e-6;

double at(ray_line const& line, double row) { return line.start + line.slope * row; }

/// Where |cos θ| ≥ |sin θ|, x = (p + y·sin θ)/cos θ; else y = (x·cos θ − p)/sin θ.
ray_line make_line(double position, double cosine, double sine, double weight, double centre) {
  bool const by_rows = std::abs(cosine) >= std::abs(sine);
  ray_line line;
  line.slope = by_rows ? sine / cosine : cosine / sine;
  line.start = centre + (by_rows ? position / cosine : -position / sine) - centre * line.slope;
  line.scale = weight / std::abs(by_rows ? cosine : sine);
  return line;
}

bool meets(ray_line const& line, int size) {
  double const first = at(line, 0);
  double const last = at(line, size - 1);
  return std::max(first, last) > -1 - margin && std::min(first, last) < size + margin;
}

/// Whether lines that are sorted in the middle are so in every row: they are straight.
bool ascending_everywhere(std::span<ray_line const> lines, int size) {
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (at(lines[i], 0) < at(lines[i - 1], 0) || at(lines[i], size - 1) < at(lines[i - 1], size - 1)) return false;
  }
  return true;
}

/// No more of ascending lines than this are less than 2 apart in any row.
std::int32_t most_together(std::span<ray_line const> lines, int size) {
  auto const near = [&](ray_line const& a, ray_line const& b) {
    return std::min(at(b, 0) - at(a, 0), at(b, size - 1) - at(a, size - 1)) < 2 + margin;
  };
  std::size_t most = 0;
  std::size_t first = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    while (!near(lines[first], lines[i])) ++first;
    most = std::max(most, i - first + 1);
  }
  return static_cast<std::int32_t>(most);
}

/// The number of lines of which `holds`, which are the first ones. Looked for around a guess, then among all.
template <class Condition>
std::ptrdiff_t find(std::span<ray_line const> lines, double guess, Condition holds) {
  auto const count = static_cast<std::ptrdiff_t>(lines.size());
  auto const near = static_cast<std::ptrdiff_t>(std::clamp(guess, 0.0, static_cast<double>(count)));
  std::ptrdiff_t begin = std::max<std::ptrdiff_t>(near - 12, 0);
  std::ptrdiff_t end = std::min(near + 12, count);
  if (begin > 0 && !holds(lines[static_cast<std::size_t>(begin - 1)])) begin = 0;
  if (end < count && holds(lines[static_cast<std::size_t>(end)])) end = count;
  return std::partition_point(lines.begin() + begin, lines.begin() + end, holds) - lines.begin();
}

}  // namespace

ray_bundles::ray_bundles(ray_list const& rays) {
  check_rays(rays);
  std::vector<ray_line> lines[2];
  for (int rotation = 0; rotation < rays.rotations; ++rotation) {
    first_bundle_.push_back(bundles_.size());
    lines[0].clear();
    lines[1].clear();
    for (int translation = 0; translation < rays.translations; ++translation) {
      auto const entry = static_cast<std::size_t>(rotation) * static_cast<std::size_t>(rays.translations) +
                         static_cast<std::size_t>(translation);
      if (rays.weights[entry] == 0) continue;
      double const cosine = std::cos(rays.angles[entry]);
      double const sine = std::sin(rays.angles[entry]);
      auto line = make_line(rays.positions[entry], cosine, sine, static_cast<double>(rays.weights[entry]), rays.centre);
      line.translation = static_cast<std::uint32_t>(translation);
      if (meets(line, rays.size)) lines[std::abs(cosine) >= std::abs(sine) ? 0 : 1].push_back(line);
    }
    add(lines[0], rotation, true, rays.size);
    add(lines[1], rotation, false, rays.size);
  }
  first_bundle_.push_back(bundles_.size());
}

void ray_bundles::add(std::vector<ray_line>& lines, int rotation, bool by_rows, int size) {
  if (lines.empty()) return;
  double const middle = (size - 1) / 2.0;
  std::stable_sort(lines.begin(), lines.end(),
                   [&](ray_line const& a, ray_line const& b) { return at(a, middle) < at(b, middle); });
  std::span<ray_line const> const all(lines);
  if (ascending_everywhere(all, size) && most_together(all, size) <= most_hits) {
    add_bundle(all, rotation, by_rows, size);
    return;
  }
  for (std::size_t i = 0; i < all.size(); i += most_hits)
    add_bundle(all.subspan(i, std::min<std::size_t>(most_hits, all.size() - i)), rotation, by_rows, size);
}

void ray_bundles::add_bundle(std::span<ray_line const> lines, int rotation, bool by_rows, int size) {
  ray_bundle made;
  made.first = static_cast<std::uint32_t>(lines_.size());
  made.count = static_cast<std::uint32_t>(lines.size());
  made.rotation = rotation;
  made.by_rows = by_rows;
  made.ascending = ascending_everywhere(lines, size);
  made.hits = made.ascending ? most_together(lines, size) : static_cast<std::int32_t>(lines.size());
  double const middle = (size - 1) / 2.0;
  double const width = at(lines.back(), middle) - at(lines.front(), middle);
  made.density = width > 0 ? static_cast<double>(lines.size() - 1) / width : 0;
  lines_.insert(lines_.end(), lines.begin(), lines.end());
  bundles_.push_back(made);
}

std::span<ray_line const> ray_bundles::lines_within(ray_bundle const& bundle, double from, double to, double low,
                                                    double high) const {
  std::span<ray_line const> const all{lines_.data() + bundle.first, bundle.count};
  if (!bundle.ascending) return all;
  auto const before = [&](ray_line const& line) { return std::max(at(line, from), at(line, to)) <= low - margin; };
  auto const not_behind = [&](ray_line const& line) { return std::min(at(line, from), at(line, to)) < high + margin; };
  double const first = at(all[0], (from + to) / 2);
  auto const begin = find(all, (low - first) * bundle.density, before);
  auto const end = find(all, (high - first) * bundle.density, not_behind);
  if (begin > end) return {};
  auto const count = static_cast<std::size_t>(end - begin);
  return all.subspan(static_cast<std::size_t>(begin), count);
}

}  // namespace xrdct::cpu
