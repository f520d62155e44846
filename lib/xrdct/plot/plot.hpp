#pragma once
/// \file A picture of a result.

#include <array>
#include <optional>
#include <string>

namespace xrdct {

struct plot_options {
  std::string file;    ///< a result with a tomogram
  std::string output;  ///< *.png; empty: none
  /// Half-open range of channels to map; none: the strongest distinct peaks of the mean pattern are found and mapped.
  std::optional<std::array<int, 2>> channels;
  bool overwrite = false;
  std::optional<int> sector = {};  ///< of a tomogram with azimuthal sectors; none: their mean
  std::optional<int> layer = {};   ///< of a tomogram of several layers; none: the middle one
  std::string page = {};           ///< *.html; empty: none
};

/// Serial. Draws the tomogram's total intensity, maps of peaks, and the mean pattern with these peaks marked, and
/// writes the result as a page (page.hpp), whichever of them is asked for. Throws input_error where the file holds no
/// tomogram, or channels, the sector or the layer are outside it; runtime_failure where the picture cannot be written.
void plot(plot_options const& options);

}  // namespace xrdct
