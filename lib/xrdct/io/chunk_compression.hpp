#pragma once
/// \file How the arrays of a result are compressed.

#include <hdf5.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace xrdct {

/// Bits of a chunk's values are sorted (bitshuffle), and then compressed: HDF5's filter 32008.
enum class chunk_compression : std::uint8_t { none, lz4, zstd };

/// Throws usage_error.
chunk_compression parse_compression(std::string const& name);

/// A dataset of float32 that is made with these properties has the filter.
void set_compression(hid_t properties, chunk_compression how);
/// What set_compression() has set there.
chunk_compression compression_of(hid_t properties);

/// A whole chunk, appended to `out`.
void compress_chunk(std::span<float const> values, chunk_compression how, std::vector<std::byte>& out);

}  // namespace xrdct
