#pragma once
/// \file How pictures of a result are laid out.

#include "xrdct/plot/chart.hpp"

#include <optional>
#include <string>
#include <vector>

namespace xrdct {

/// Maps of some ranges of channels in a row, and the mean pattern below.
struct map_picture {
  std::string title;
  std::string facts;
  map_axis across, down, channels;
  bool square = true;  ///< pixels are; otherwise the maps are
  std::string pattern_title, unit;
  std::vector<double> pattern;  ///< mean over all
  value_map total;              ///< sum of all channels
  std::vector<peak> ranges;     ///< marked in the pattern
  std::vector<value_map> maps;  ///< one a range
};

canvas draw(map_picture const& content);

/// An image whose columns are channels: patterns of frames, or of azimuthal sectors.
struct pattern_image {
  std::string title;
  map_axis down;
  value_map values;  ///< [row][channel]
};

/// A map with some places marked.
struct place_map {
  std::string title;
  map_axis across, down;
  bool square = true;
  value_map values;
  std::vector<std::array<std::size_t, 2>> marked;  ///< row, column
  std::vector<colour> inks;
};

/// Patterns with their errors; their standard errors by themselves below; besides them where they come from.
struct pattern_picture {
  std::string title;
  std::string facts;
  std::string pattern_title, unit;
  map_axis channels;
  std::vector<curve> curves;
  std::vector<peak> marked;
  bool plain_marks = false;            ///< see curve_chart
  std::optional<pattern_image> image;  ///< above, with the same axis
  std::optional<place_map> places;     ///< to the left
};

canvas draw(pattern_picture const& content);

}  // namespace xrdct
