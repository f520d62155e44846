#include "xrdct/base/error.hpp"
#include "xrdct/scan/plan.hpp"

#include <cmath>

namespace xrdct {
namespace {

/// The whole of it once more for every further layer.
void add_layers(scan_positions& one, int layers) {
  auto const frames = one.rotation.size();
  for (int layer = 0; layer < layers; ++layer) {
    one.layer.insert(one.layer.end(), frames, layer);
    if (layer == 0) continue;
    for (std::size_t i = 0; i < frames; ++i) {
      one.rotation.push_back(one.rotation[i]);
      one.translation.push_back(one.translation[i]);
    }
  }
}

/// The order in which `count` positions of the slow axis are visited: all, or first the even and then the odd ones.
std::vector<int> slow_order(int count, bool interlaced) {
  std::vector<int> order;
  for (int start = 0; start < (interlaced ? 2 : 1); ++start)
    for (int i = start; i < count; i += interlaced ? 2 : 1) order.push_back(i);
  return order;
}

}  // namespace

scan_positions positions_of(grid_scan const& grid) {
  if (grid.rotations < 1 || grid.translations < 1 || grid.layers < 1 || !std::isfinite(grid.span) || grid.span <= 0)
    throw usage_error("a grid needs at least one rotation, one translation and one layer, and a span above 0 degrees");
  bool const translation_fast = grid.fast == grid_scan::fast_axis::translation;
  int const fast_count = translation_fast ? grid.translations : grid.rotations;
  int const slow_count = translation_fast ? grid.rotations : grid.translations;
  scan_positions positions;
  positions.translation_unit = "";
  int line = 0;
  for (int const slow : slow_order(slow_count, grid.how == grid_scan::order::interlaced)) {
    bool const backwards = grid.how == grid_scan::order::zigzag && line++ % 2 == 1;
    for (int i = 0; i < fast_count; ++i) {
      int const fast = backwards ? fast_count - 1 - i : i;
      int const rotation = translation_fast ? slow : fast;
      int const translation = translation_fast ? fast : slow;
      positions.rotation.push_back(grid.span * rotation / grid.rotations);
      positions.translation.push_back(translation - (grid.translations - 1) / 2.0);
    }
  }
  if (grid.layers > 1) add_layers(positions, grid.layers);
  return positions;
}

}  // namespace xrdct
