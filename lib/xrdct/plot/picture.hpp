#pragma once
/// \file How the picture of a tomogram is laid out.

#include "xrdct/plot/canvas.hpp"
#include "xrdct/plot/tomogram_maps.hpp"

#include <string>
#include <vector>

namespace xrdct {

/// What there is to draw.
struct picture_content {
  std::string title;
  std::string part;  ///< what of it is shown, where that is not all
  map_axis x, y, channels;
  std::vector<double> pattern;  ///< mean over the tomogram
  value_map total;              ///< sum of all channels
  std::vector<peak> peaks;      ///< ranges of channels; marked in the pattern
  std::vector<value_map> maps;  ///< one a peak
};

/// Maps in a row, the pattern below.
canvas draw(picture_content const& content);

}  // namespace xrdct
