#pragma once
/// \file Peaks of a pattern, as a person would point them out.

#include <cstddef>
#include <span>
#include <vector>

namespace xrdct {

struct peak {
  std::size_t top = 0;              ///< its highest channel
  std::size_t first = 0, last = 0;  ///< half-open range of channels above half its prominence
  double prominence = 0;            ///< how far it stands out of its surroundings
};

/// Local maxima by descending prominence, at most `most`, none below `least` of the most prominent one. Channels that
/// are not finite count as 0.
std::vector<peak> find_peaks(std::span<double const> pattern, std::size_t most, double least);

}  // namespace xrdct
