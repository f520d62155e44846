#pragma once
/// \file In what order the frames of a scan were taken.

#include "xrdct/scan/scan_axes.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace xrdct {

enum class scan_axis { none, layer, rotation, translation };

std::string name_of(scan_axis axis);

/// Frames that follow each other while one motor moves one way and the others stand.
struct scan_line {
  std::vector<std::size_t> frames;
  int direction = 0;  ///< 1: to larger positions, −1: to smaller ones, 0: it stands
};

struct scan_order {
  scan_axis fast = scan_axis::none;  ///< the motor that moves from frame to frame; none: there are no lines
  std::vector<scan_line> lines;
  bool zigzag = false;      ///< every second line runs backwards
  bool interlaced = false;  ///< lines leave positions out, which later lines fill
  std::size_t shortest = 0;
  std::size_t longest = 0;
  std::size_t usual = 0;  ///< how many frames most lines have
};

scan_order find_order(scan_axes const& axes);

/// "zigzag lines along rotation, 41 lines of 48 frames".
std::string describe(scan_order const& order, scan_axes const& axes);

/// The positions on the axis that moves from frame to frame; only where there is one.
position_axis const& fast_axis(scan_order const& order, scan_axes const& axes);

}  // namespace xrdct
