#pragma once
/// \file Lists of numbers in HDF5 files that stay open between look-ups.

#include "xrdct/io/hdf5.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace xrdct {

/// What a list of numbers declares itself to be.
struct list_shape {
  std::uint64_t count = 0;
  bool scalar = false;  ///< one value for all frames, not a list of one
};

class number_lists {
 public:
  /// Nothing where there is no dataset, or one that is not a list of real numbers: of a table [a][b], as it stands
  /// beside frames [a][b][row][column], only one of just as many values as `frames` is, row by row. Never throws on
  /// account of what is in the file.
  std::optional<list_shape> look(std::string const& file, std::string const& path, std::uint64_t frames);
  /// The first `most` values; of a table all, where `most` is what it has. Throws input_error where they cannot be
  /// read, or a virtual dataset's source is absent, of which HDF5 would make up the values.
  std::vector<double> read(std::string const& file, std::string const& path, std::uint64_t most);
  /// A text attribute of an object; "" where there is none.
  std::string attribute(std::string const& file, std::string const& path, char const* name);
  /// "mm", "deg", …; "" where the file says none.
  std::string unit(std::string const& file, std::string const& path);
  /// Names in a group, links that lead nowhere included. Empty where it is none.
  std::vector<std::string> names(std::string const& file, std::string const& group);
  bool exists(std::string const& file, std::string const& path);
  /// Of any dataset; empty where there is none.
  std::vector<hsize_t> extent(std::string const& file, std::string const& path);

 private:
  hdf5::file_cache files_;
};

}  // namespace xrdct
