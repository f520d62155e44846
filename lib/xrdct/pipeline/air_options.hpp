#pragma once
/// \file Which frames show the beam without a sample, as a user says it.

#include "xrdct/scan/plan.hpp"

#include <string>
#include <vector>

namespace xrdct {

/// At most one of the three.
struct air_options {
  std::vector<frame_range> frames;  ///< by number
  bool flat = false;                ///< those that the file marks as taken without a sample
  int columns = 0;                  ///< outermost translations on both sides of every rotation

  bool any() const { return !frames.empty() || flat || columns > 0; }
};

/// "0:40,1900:1968" (half-open ranges of frame numbers), "flat", or "columns:2". Throws usage_error.
air_options parse_air(std::string const& text);

}  // namespace xrdct
