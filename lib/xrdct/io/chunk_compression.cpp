#include "xrdct/io/chunk_compression.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/codec/bitshuffle.hpp"
#include "xrdct/io/hdf5.hpp"
#include "xrdct/io/hdf5_filters.hpp"

#include <array>

namespace xrdct {

chunk_compression parse_compression(std::string const& name) {
  if (name == "none") return chunk_compression::none;
  if (name == "lz4") return chunk_compression::lz4;
  if (name == "zstd") return chunk_compression::zstd;
  throw usage_error("'" + name + "' is no compression; use lz4, zstd or none");
}

void set_compression(hid_t properties, chunk_compression how) {
  if (how == chunk_compression::none) return;
  // As bitshuffle's own filter leaves them: version 0.3, size of an element, its usual block, compression.
  std::array<unsigned, 5> const values{
      0, 3, sizeof(float), 0, how == chunk_compression::lz4 ? hdf5::bitshuffle_with_lz4 : hdf5::bitshuffle_with_zstd};
  if (H5Pset_filter(properties, hdf5::bitshuffle_filter, H5Z_FLAG_OPTIONAL, values.size(), values.data()) < 0)
    throw runtime_failure("HDF5 cannot compress results: " + hdf5::failure());
}

chunk_compression compression_of(hid_t properties) {
  std::array<unsigned, 5> values{};
  std::size_t count = values.size();
  unsigned flags = 0;
  if (H5Pget_nfilters(properties) < 1 ||
      H5Pget_filter_by_id2(properties, hdf5::bitshuffle_filter, &flags, &count, values.data(), 0, nullptr, nullptr) < 0)
    return chunk_compression::none;
  return values[4] == hdf5::bitshuffle_with_zstd ? chunk_compression::zstd : chunk_compression::lz4;
}

void compress_chunk(std::span<float const> values, chunk_compression how, std::vector<std::byte>& out) {
  if (how == chunk_compression::zstd)
    encode_bitshuffle_zstd(std::as_bytes(values), sizeof(float), 0, 0, out);
  else
    encode_bitshuffle_lz4(std::as_bytes(values), sizeof(float), 0, out);
}

}  // namespace xrdct
