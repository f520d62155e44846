#pragma once
/// \file Datasets whose values lie in files of their own, without structure (external raw storage).

#include "xrdct/io/hdf5.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace xrdct::hdf5 {

struct raw_file {
  std::string path;
  std::uint64_t first = 0, offset = 0, bytes = 0;  ///< dataset bytes [first, first + bytes) lie at offset
};

/// Those that a dataset in `file` names, looked for where HDF5 looks: relative to the folder of HDF5_EXTFILE_PREFIX or
/// to the working folder; or where they were moved. Empty for datasets of another kind. Throws input_error.
std::vector<raw_file> raw_files_of(hid_t properties, std::string const& file, std::string const& where);

}  // namespace xrdct::hdf5
