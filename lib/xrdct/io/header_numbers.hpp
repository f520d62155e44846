#pragma once
/// \file Numbers that the headers of image files state of every frame: positions, exposures, monitors.

#include "xrdct/io/arrays.hpp"
#include "xrdct/io/frame_stack.hpp"

#include <string>
#include <vector>

namespace xrdct {

/// One list for each name, one number a frame: as CBF (mini-header), TIFF (description) and EDF headers state them
/// (codec/header_fields.hpp). Every file is opened, by several threads. NaN where a frame is missing, its file cannot
/// be read, or does not state the number; a list of none but NaN where no frame states it.
std::vector<number_list> read_header_lists(frame_stack const& stack, std::vector<std::string> const& names);

/// The same of one name. Throws input_error, which lists the names that there are, where no frame states it; where
/// the frames are not images; where units differ.
number_list read_header_numbers(frame_stack const& stack, std::string const& name);

/// What the first frame that can be read states, in the order of its header; nothing where the frames are not images.
std::vector<std::string> header_names(frame_stack const& stack);

/// "header:NAME" → "NAME"; empty where it is something else.
std::string header_source(std::string const& what);

}  // namespace xrdct
