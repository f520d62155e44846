#pragma once
/// \file A picture of a result.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace xrdct {

/// What a picture shows.
enum class plot_kind : std::uint8_t {
  automatic,  ///< maps where there is a tomogram, else the sinogram, else the pattern
  maps,       ///< of the tomogram: all channels and some ranges, and its mean pattern
  sinogram,   ///< the same of the sinogram
  pattern,    ///< the mean of all measured patterns, with its error
  voxel       ///< the patterns of voxels, with their errors
};

struct plot_options {
  std::string file;    ///< a result
  std::string output;  ///< *.png; empty: none
  /// Half-open ranges of channels; none here and below: the strongest distinct peaks of the mean pattern.
  std::vector<std::array<int, 2>> channels = {};
  bool overwrite = false;
  std::optional<int> sector = {};  ///< of a result with azimuthal sectors; none: their mean
  std::optional<int> layer = {};   ///< of a result of several layers; none: the middle one
  std::string page = {};           ///< *.html; empty: none
  plot_kind show = plot_kind::automatic;
  std::vector<std::array<double, 2>> ranges = {};  ///< in the unit of the channels' axis, both ends included
  std::vector<std::array<double, 2>> voxels = {};  ///< x and y in their unit; none: the brightest voxel
};

/// Serial. Draws what is asked for as a picture, and writes the result as a page (page.hpp), whichever of them is
/// asked for. Throws input_error where the file does not hold what is to be shown, or channels, a voxel, the sector or
/// the layer are outside it; usage_error where options do not go together; runtime_failure where the picture cannot be
/// written.
void plot(plot_options const& options);

}  // namespace xrdct
