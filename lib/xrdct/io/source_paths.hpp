#pragma once
/// \file Files that were moved after others began to link to them.

#include <optional>
#include <string>
#include <vector>

namespace xrdct::hdf5 {

/// A folder or file, and where it is now. Names below it move along.
struct moved_path {
  std::string from, to;
};

/// From now on links are repaired so in this process: names of external links, of sources of virtual datasets and of
/// external raw storage. As HDF5 looks for files by the environment, so this holds for the whole process; it is set
/// before files are opened.
void set_moved_paths(std::vector<moved_path> moved);
bool any_moved_paths();

/// A name in a link of a file that lies in `folder`, with its first part replaced where the name, or what it means from
/// there, lies below a path that was moved. The first of these holds.
std::optional<std::string> moved_name(std::string const& name, std::string const& folder);

/// Those of the paths that no name lay below so far.
std::vector<moved_path> unused_moved_paths();

}  // namespace xrdct::hdf5
