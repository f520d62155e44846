#pragma once
/// \file The filters of HDF5 that detectors and their users write, so that HDF5 itself reads them without plugins:
/// bitshuffle, LZ4, zstd, Blosc, LZF, bzip2.

#include "xrdct/io/filter_list.hpp"

#include <cstddef>

namespace xrdct::hdf5 {

constexpr int bitshuffle_filter = 32008;
constexpr int lz4_filter = 32004;
constexpr int zstd_filter = 32015;
constexpr int blosc_filter = 32001;
constexpr int lzf_filter = 32000;
constexpr int bzip2_filter = 307;

/// Values of client data entry 4 of the bitshuffle filter.
enum bitshuffle_compression : unsigned { bitshuffle_plain = 0, bitshuffle_with_lz4 = 2, bitshuffle_with_zstd = 3 };

/// Registers the filters in this process. They take precedence over plugins of the same numbers, and check every length
/// that a chunk states. bitshuffle and LZ4 encode as the genuine ones do; the others only decode.
void register_filters();

/// HDF5 1.10 believes a filter that delivers fewer bytes than a chunk has, and a chunk that it would decode to
/// terabytes. While an object of this kind lives, chunks fail that do not decode to what those of the dataset are.
class expected_chunk {
 public:
  explicit expected_chunk(chunk_lengths const& lengths);
  ~expected_chunk();
  expected_chunk(expected_chunk const&) = delete;
  expected_chunk& operator=(expected_chunk const&) = delete;

 private:
  chunk_lengths before_;
};

}  // namespace xrdct::hdf5
