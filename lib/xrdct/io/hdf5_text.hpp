#pragma once
/// \file Text in HDF5, of fixed or varying length.

#include "xrdct/io/hdf5.hpp"

#include <string>

namespace xrdct::hdf5 {

/// One text that an open dataset holds; "" for anything else.
std::string text_in(hid_t dataset);

/// A text attribute of the object at `path`; "" where there is none.
std::string text_attribute(hid_t file, std::string const& path, std::string const& attribute);

}  // namespace xrdct::hdf5
