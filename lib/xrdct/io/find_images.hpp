#pragma once
/// \file Which datasets of an HDF5 file are images of a given shape.

#include <string>
#include <vector>

namespace xrdct {

/// Paths of all datasets of numbers that are [rows][columns] or [1][rows][columns], or with `stacks` also
/// [n][rows][columns], through links of all kinds; each once. Throws input_error where the file cannot be opened.
std::vector<std::string> find_images(std::string const& file, int rows, int columns, bool stacks);

}  // namespace xrdct
