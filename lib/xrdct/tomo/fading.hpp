#pragma once
/// \file How projections go on beside the field.

#include <cmath>
#include <numbers>

namespace xrdct {

/// The share that is left of a projection's last value `distance` columns beside it: from 1 at 0 to 0 beyond `reach`,
/// without a kink, so that filters see no edge.
inline double fading(int distance, int reach) {
  return 0.5 + 0.5 * std::cos(std::numbers::pi * distance / (reach + 1));
}

}  // namespace xrdct
