#pragma once
/// \file Filters of a rotation as Toeplitz matrices, as the filter kernel takes them.

#include "xrdct/kernels/tomograph.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <utility>
#include <vector>

namespace xrdct::lanes {

/// Distances first, first + 2, … last at which a filter has taps.
struct tap_range {
  int first = 1;
  int last = -1;
};

/// The matrix M[i][j] = tap(i − j), |i − j| < size. Distances are told apart by parity, as the ramp has no taps at even
/// ones but 0.
struct toeplitz_taps {
  /// Zeros behind the last tap: outputs beyond the last translation ask for them.
  static constexpr int spare = 16;

  /// tap(d) by a function of d.
  template <class Tap>
  toeplitz_taps(int translations, Tap tap) : size(translations) {
    for (int d = 1 - size; d < size; ++d) {
      taps.push_back(tap(d));
      if (taps.back() == 0) continue;
      auto& range = (d & 1) != 0 ? odd : even;
      if (range.first > range.last) range.first = d;
      range.last = d;
    }
    taps.resize(taps.size() + spare, 0.0);
  }

  int size;
  std::vector<double> taps;  ///< of the distances 1 − size … size − 1, and the spare ones
  tap_range even, odd;
};

/// The filter itself.
inline toeplitz_taps taps_of_values(filter_taps const& filter, int size) {
  return {size, [&](int d) { return filter.taps[static_cast<std::size_t>(std::abs(d))]; }};
}

/// h(d)²: what filtering does to variances.
inline toeplitz_taps taps_of_variances(filter_taps const& filter, int size) {
  return {size, [&](int d) {
            double const tap = filter.taps[static_cast<std::size_t>(std::abs(d))];
            return tap * tap;
          }};
}

/// h(d)·h(d+1): the covariance of a filtered sample with its right neighbour. The last sample has none, and h(size) is
/// not needed.
inline toeplitz_taps taps_of_covariances(filter_taps const& filter, int size) {
  return {size, [&, size](int d) {
            int const next = std::abs(d + 1);
            if (next >= size) return 0.0;
            return filter.taps[static_cast<std::size_t>(std::abs(d))] * filter.taps[static_cast<std::size_t>(next)];
          }};
}

}  // namespace xrdct::lanes
