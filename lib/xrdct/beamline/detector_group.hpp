#pragma once
/// \file The group of a file that describes the detector of some frames.

#include "xrdct/io/hdf5_links.hpp"

#include <optional>
#include <string>
#include <vector>

namespace xrdct {

/// A group in a file, both as they are reached (links are followed anew for everything read).
struct group_place {
  std::string file;
  std::string path;
};

/// The group of the detector that a dataset is of: one that it lies in; or else, in the groups around it from the
/// inside out, among the detectors (NXdetector) there and under their instruments the one that holds the dataset or
/// links to it, or the only one that says anything of a detector of two dimensions, or whose images have this shape.
/// Nothing where there is none. Then the same from where links lead to. Throws input_error, which lists them, where
/// several are left.
std::optional<group_place> find_detector(hdf5::file_cache& files, std::string const& file, std::string const& dataset,
                                         int rows, int columns);

}  // namespace xrdct
