#include "xrdct/scan/scan_axes.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/scan/turn_bins.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace xrdct {
namespace {

using place = std::tuple<std::int64_t, std::int64_t, std::int64_t>;

std::size_t distinct(std::vector<place> places) {
  std::sort(places.begin(), places.end());
  return static_cast<std::size_t>(std::unique(places.begin(), places.end()) - places.begin());
}

std::size_t count_places(scan_axes const& axes, bool with_layer) {
  std::vector<place> places;
  for (std::size_t i = 0; i < axes.frames(); ++i)
    if (axes.placed(i))
      places.emplace_back(with_layer ? axes.layer.index[i] : 0, axes.rotation.index[i], axes.translation.index[i]);
  return distinct(std::move(places));
}

/// Entries of two axes that have a frame.
std::size_t occupied(position_axis const& a, position_axis const& b) {
  std::vector<place> places;
  for (std::size_t i = 0; i < a.index.size(); ++i)
    if (a.index[i] >= 0) places.emplace_back(0, a.index[i], b.index[i]);
  return distinct(std::move(places));
}

/// A motor that stands still has noise in its encoder, which looks like nearly as many positions as frames, unevenly
/// spaced while the other motor moves on evenly; and with them, the sinogram would be nearly empty.
bool only_noise(position_axis const& axis, position_axis const& other) {
  auto const entries = static_cast<double>(axis.centres.size()) * static_cast<double>(other.centres.size());
  return axis.index.size() > 3 && 2 * axis.centres.size() > axis.index.size() && other.centres.size() > 1 &&
         2 * static_cast<double>(occupied(axis, other)) < entries && !evenly_spaced(axis.values) &&
         evenly_spaced(other.values);
}

/// How often the layer is another one than that of the frame before.
std::size_t changes(position_axis const& layer) {
  std::size_t count = 0;
  std::int64_t before = -1;
  for (auto const index : layer.index) {
    if (index < 0) continue;
    if (before >= 0 && index != before) ++count;
    before = index;
  }
  return count;
}

/// The share of an axis that the frames of a layer extend over; the median of all layers.
double typical_extent(position_axis const& layer, position_axis const& axis) {
  if (axis.centres.size() < 2) return 1;
  constexpr std::int64_t far = std::numeric_limits<std::int64_t>::max();
  std::vector<std::pair<std::int64_t, std::int64_t>> ends(layer.centres.size(), {far, -1});
  for (std::size_t i = 0; i < layer.index.size(); ++i) {
    if (layer.index[i] < 0) continue;
    auto& [low, high] = ends[static_cast<std::size_t>(layer.index[i])];
    low = std::min(low, axis.index[i]);
    high = std::max(high, axis.index[i]);
  }
  std::vector<double> shares;
  for (auto const& [low, high] : ends)
    shares.push_back(static_cast<double>(high - low) / static_cast<double>(axis.centres.size() - 1));
  auto const middle = shares.begin() + static_cast<std::ptrdiff_t>(shares.size() / 2);
  std::nth_element(shares.begin(), middle, shares.end());
  return *middle;
}

/// The layers' motor only trembles or drifts where hardly any position is visited in two layers, and layers change all
/// the time or hold but a part of the scan. A stack visits its positions in every layer; one whose layers are turned
/// against each other changes layers seldom, and each extends over the whole scan.
bool one_layer(scan_axes const& axes) {
  if (axes.layer.centres.size() < 2) return false;
  auto const together = static_cast<double>(occupied_in_any_layer(axes));
  if (static_cast<double>(occupied(axes)) > 1.1 * together) return false;
  return changes(axes.layer) > 4 * axes.layer.centres.size() || typical_extent(axes.layer, axes.rotation) < 0.5 ||
         typical_extent(axes.layer, axes.translation) < 0.5;
}

}  // namespace

std::size_t occupied(scan_axes const& axes) {
  constexpr double few_a_frame = 64;
  if (axes.entries() > few_a_frame * static_cast<double>(axes.frames())) return count_places(axes, true);
  std::vector<char> seen(static_cast<std::size_t>(axes.entries()));
  for (std::size_t i = 0; i < axes.frames(); ++i)
    if (axes.placed(i)) seen[static_cast<std::size_t>(axes.entry(i))] = 1;
  return static_cast<std::size_t>(std::count(seen.begin(), seen.end(), 1));
}
std::size_t occupied_in_any_layer(scan_axes const& axes) { return count_places(axes, false); }

scan_axes find_axes(scan_positions const& positions, plan_options const& options) {
  auto angles = positions.rotation;
  auto offsets = positions.translation;
  auto heights = positions.layer.empty() ? std::vector<double>(angles.size()) : positions.layer;
  for (std::size_t i = 0; i < angles.size(); ++i) {
    if (options.reverse_rotation) angles[i] = -angles[i];
    if (std::isfinite(angles[i]) && std::isfinite(offsets[i]) && std::isfinite(heights[i])) continue;
    angles[i] = offsets[i] = heights[i] = std::nan("");  // part of a position is none
  }
  double const tolerance = options.position_tolerance;
  scan_axes axes{cluster_positions(heights, tolerance), cluster_angles(angles, tolerance),
                 cluster_positions(offsets, tolerance), std::move(angles)};
  if (axes.rotation.centres.empty())
    throw input_error("no frame has a position: no rotation and translation are numbers");
  if (only_noise(axes.translation, axes.rotation)) axes.translation = single_position(axes.translation);
  if (only_noise(axes.rotation, axes.translation)) axes.rotation = single_position(axes.rotation);
  if (one_layer(axes)) {
    axes.layers_apart = axes.layer.centres.back() - axes.layer.centres.front();
    axes.layer = single_position(axes.layer);
  }
  bin_turning_angles(axes);
  return axes;
}

}  // namespace xrdct
