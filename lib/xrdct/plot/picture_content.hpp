#pragma once
/// \file What a result has to show, read for a picture.

#include "xrdct/plot/picture.hpp"
#include "xrdct/plot/plot.hpp"

#include <vector>

namespace xrdct {

/// Ranges of channels that options name; empty: none. Throws input_error where they are not within the axis.
std::vector<peak> given_ranges(plot_options const& options, map_axis const& channels);

/// Maps of the tomogram, or of the sinogram. These and the next ones throw input_error as map_reader does.
map_picture read_maps(plot_options const& options, result_array which);
/// The mean pattern of what the file holds first of: the sinogram, patterns of frames, the tomogram.
pattern_picture read_mean_pattern(plot_options const& options);
/// Patterns of voxels.
pattern_picture read_voxels(plot_options const& options);

}  // namespace xrdct
