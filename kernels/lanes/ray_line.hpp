#pragma once
/// \file A ray as a line over rows or columns of an image, and what it takes from their pixels.

#include "kernels/lanes/channels.hpp"
#include "kernels/lanes/host_device.hpp"

#include <cmath>
#include <cstdint>

namespace xrdct::lanes {

/// A ray that goes row by row (or column by column): in row k it is at column start + slope·k, and what it takes there
/// counts `scale`. A ray that does not exist has a scale of 0.
struct ray_line {
  double start = 0;
  double slope = 0;  ///< between −1 and 1
  float scale = 0;
  std::uint32_t by_rows = 1;
  std::uint32_t translation = 0;
};

/// Where it is in row k (or column k).
XRDCT_HOST_DEVICE inline double position(ray_line const& line, double k) { return fused(line.slope, k, line.start); }

/// What a line takes from two neighbouring pixels of a row: `before`, which may be −1, and the one behind it.
struct row_share {
  std::int32_t before;
  float of_before;
  float of_behind;
};

/// The one expression that coefficients of projection and of its adjoint come from.
XRDCT_HOST_DEVICE inline row_share share_in_row(ray_line const& line, std::uint32_t k, std::uint32_t size) {
  double const at = position(line, k);
  if (!(at > -1 && at < size)) return {-1, 0, 0};
  double const before = floor(at);
  auto const fraction = static_cast<float>(at - before);
  return {static_cast<std::int32_t>(before), (1 - fraction) * line.scale, fraction * line.scale};
}

}  // namespace xrdct::lanes
