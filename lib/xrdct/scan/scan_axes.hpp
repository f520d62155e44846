#pragma once
/// \file The axes of a scan with the place of every frame on them, while they are being found.

#include "xrdct/scan/plan.hpp"
#include "xrdct/scan/position_axis.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace xrdct {

struct scan_axes {
  position_axis layer;
  position_axis rotation;
  position_axis translation;
  std::vector<double> turned;  ///< rotations as they were recorded, turns counted on
  double layers_apart = 0;     ///< what layers that are taken for one differ by

  std::size_t frames() const { return rotation.index.size(); }
  /// A frame has a place on all of them or on none.
  bool placed(std::size_t frame) const { return rotation.index[frame] >= 0; }
  /// As a number without overflow: the product of what three motors show may be anything.
  double entries() const {
    return static_cast<double>(layer.centres.size()) * static_cast<double>(rotation.centres.size()) *
           static_cast<double>(translation.centres.size());
  }
  /// Of a frame that has a place, where entries() is a sensible number.
  std::int64_t entry(std::size_t frame) const {
    auto const rotations = static_cast<std::int64_t>(rotation.centres.size());
    auto const translations = static_cast<std::int64_t>(translation.centres.size());
    return (layer.index[frame] * rotations + rotation.index[frame]) * translations + translation.index[frame];
  }
};

/// Clusters each; angles that do not repeat are put into bins. Frames that lack one of their positions have no place.
/// Throws input_error where no frame has one.
scan_axes find_axes(scan_positions const& positions, plan_options const& options);

/// Entries that have a frame.
std::size_t occupied(scan_axes const& axes);
/// The same of rotation and translation alone, whatever the layer.
std::size_t occupied_in_any_layer(scan_axes const& axes);

}  // namespace xrdct
