#pragma once
/// \file What filters a dataset's chunks go through, and whether all of them are there.

#include <hdf5.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace xrdct::hdf5 {

/// One filter of a dataset's pipeline.
struct filter {
  int number = 0;
  std::string name;              ///< as the file has it; often empty
  std::vector<unsigned> values;  ///< its parameters
};

/// In the order in which they encode; `properties` are those of a dataset's creation.
std::vector<filter> filters_of(hid_t properties);

/// The filter as people know it: "Blosc2"; its name in the file where the number is not registered with The HDF Group.
std::string name_of(filter const& one);

/// Throws input_error, with `where` ("'DATASET' in 'FILE'") in the message, where this process cannot undo one of them.
void require_filters(std::vector<filter> const& filters, std::string const& where);

/// Whether a filter leaves the length of a chunk as it is.
bool keeps_length(filter const& one);
/// More than this is not what a filter makes of a chunk of `bytes` bytes.
constexpr std::size_t most_encoded(std::size_t bytes) { return bytes + bytes / 8 + (std::size_t{1} << 20); }

/// More than this is no chunk of `bytes` bytes, whatever encodes it: nothing is allocated for it.
constexpr std::uint64_t most_stored(std::uint64_t bytes) { return 4 * bytes + (1 << 20); }

/// What decoding a dataset's chunks makes of them.
struct chunk_lengths {
  std::size_t bytes = 0;  ///< of a decoded chunk; 0: not known, as for virtual datasets
  /// Of our own filters, by number: those that deliver exactly so many bytes.
  std::vector<std::pair<int, std::size_t>> exact;
};

/// Of an open dataset.
chunk_lengths chunk_lengths_of(hid_t dataset);

}  // namespace xrdct::hdf5
