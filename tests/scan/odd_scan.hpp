#pragma once
/// \file Scans as they are taken, with where each frame was meant to be: computed without the program under test.

#include "xrdct/scan/plan.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <set>
#include <vector>

namespace xrdct::test {

/// Indices of layer, rotation and translation.
using meant = std::array<int, 3>;

/// A scan in the making.
struct odd_scan {
  scan_positions positions;
  std::vector<meant> places;

  void add(meant place, double layer, double rotation, double translation) {
    places.push_back(place);
    positions.layer.push_back(layer);
    positions.rotation.push_back(rotation);
    positions.translation.push_back(translation);
  }
  std::size_t frames() const { return places.size(); }
  void erase(std::size_t frame) {
    auto const at = static_cast<std::ptrdiff_t>(frame);
    places.erase(places.begin() + at);
    positions.layer.erase(positions.layer.begin() + at);
    positions.rotation.erase(positions.rotation.begin() + at);
    positions.translation.erase(positions.translation.begin() + at);
  }
  void repeat(std::size_t frame) {
    add(places[frame], positions.layer[frame], positions.rotation[frame], positions.translation[frame]);
  }
};

/// What there is of each index, ascending: those never visited have no place on an axis.
inline std::array<std::vector<int>, 3> visited(odd_scan const& scan) {
  std::array<std::set<int>, 3> seen;
  for (auto const& place : scan.places)
    for (std::size_t a = 0; a < 3; ++a) seen[a].insert(place[a]);
  std::array<std::vector<int>, 3> axes;
  for (std::size_t a = 0; a < 3; ++a) axes[a].assign(seen[a].begin(), seen[a].end());
  return axes;
}

/// The entry of every frame by what was meant.
inline std::vector<std::int64_t> meant_entries(odd_scan const& scan) {
  auto const axes = visited(scan);
  std::vector<std::int64_t> entries;
  for (auto const& place : scan.places) {
    std::int64_t entry = 0;
    for (std::size_t a = 0; a < 3; ++a) {
      auto const index = std::lower_bound(axes[a].begin(), axes[a].end(), place[a]) - axes[a].begin();
      entry = entry * static_cast<std::int64_t>(axes[a].size()) + index;
    }
    entries.push_back(entry);
  }
  return entries;
}

/// How a regular scan is taken.
struct recipe {
  int layers = 1;
  int rotations = 12;
  int translations = 9;
  double span = 180;
  bool rotation_fast = false;
  bool zigzag = false;
  bool interlaced = false;  ///< even lines first, then odd ones
  double noise = 0;         ///< of all motors, in steps
  unsigned seed = 1;
};

inline odd_scan take(recipe const& how) {
  odd_scan scan;
  scan.positions.translation_unit = "mm";
  scan.positions.layer_unit = "mm";
  std::mt19937 engine(how.seed);
  std::normal_distribution<double> gauss(0, 1);
  auto const noise = [&](double step) { return how.noise > 0 ? how.noise * step * gauss(engine) : 0; };
  double const angle = how.span / how.rotations;
  int const lines = how.rotation_fast ? how.translations : how.rotations;
  int const frames = how.rotation_fast ? how.rotations : how.translations;
  std::vector<int> order;
  for (int start = 0; start < (how.interlaced ? 2 : 1); ++start)
    for (int line = start; line < lines; line += how.interlaced ? 2 : 1) order.push_back(line);
  int taken = 0;
  for (int layer = 0; layer < how.layers; ++layer)
    for (int const line : order) {
      bool const backwards = how.zigzag && taken++ % 2 == 1;
      for (int k = 0; k < frames; ++k) {
        int const i = backwards ? frames - 1 - k : k;
        int const r = how.rotation_fast ? i : line;
        int const t = how.rotation_fast ? line : i;
        scan.add({layer, r, t}, 7 - 0.2 * (how.layers - 1 - layer) + noise(0.2), angle * r + noise(angle),
                 -1 + 0.05 * t + noise(0.05));
      }
    }
  return scan;
}

/// A sample that turns on: `frames` angles a turn (not always a whole number), lines of `lengths` frames, one after the
/// other, one translation a line.
inline odd_scan turn_on(double frames, std::vector<int> const& lengths, double noise, unsigned seed = 1) {
  odd_scan scan;
  scan.positions.translation_unit = "mm";
  std::mt19937 engine(seed);
  std::normal_distribution<double> gauss(0, 1);
  double const step = 360 / frames;
  double start = 0;
  for (std::size_t line = 0; line < lengths.size(); ++line) {
    for (int i = 0; i < lengths[line]; ++i) {
      double const at = start + i;
      auto const index = static_cast<int>(std::lround(std::fmod(at, frames)));
      scan.add({0, index == static_cast<int>(std::lround(frames)) ? 0 : index, static_cast<int>(line)}, 0,
               step * at + (noise > 0 ? noise * step * gauss(engine) : 0), 0.05 * static_cast<double>(line));
    }
    start += frames;
  }
  return scan;
}

inline bool has(scan_plan const& plan, oddity what) {
  return std::ranges::any_of(plan.remarks, [&](auto const& r) { return r.what == what; });
}

inline std::string text_of(scan_plan const& plan, oddity what) {
  for (auto const& remark : plan.remarks)
    if (remark.what == what) return remark.text;
  return "";
}

/// All remarks, for messages of tests.
inline std::string told(scan_plan const& plan) {
  std::string text = plan.summary + "\n" + plan.order + "\n";
  for (auto const& remark : plan.remarks) text += "- " + remark.text + "\n";
  return text;
}

}  // namespace xrdct::test
