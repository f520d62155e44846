#pragma once
/// \file bitshuffle (32008) and LZ4 (32004) as filters of HDF5, so that HDF5 itself reads and writes what detectors do.

#include <cstddef>

namespace xrdct::hdf5 {

constexpr int bitshuffle_filter = 32008;
constexpr int lz4_filter = 32004;

/// Values of client data entry 4 of the bitshuffle filter.
enum bitshuffle_compression : unsigned { bitshuffle_plain = 0, bitshuffle_with_lz4 = 2, bitshuffle_with_zstd = 3 };

/// Registers both filters in this process. They take precedence over plugins of the same numbers, check every length
/// that a chunk states, and encode as the genuine ones do. zstd is not among them.
void register_filters();

/// HDF5 1.10 believes a filter that delivers fewer bytes than a chunk has. While an object of this kind lives, chunks
/// that do not decode to exactly `bytes` bytes fail.
class expected_chunk {
 public:
  explicit expected_chunk(std::size_t bytes);
  ~expected_chunk();
  expected_chunk(expected_chunk const&) = delete;
  expected_chunk& operator=(expected_chunk const&) = delete;

 private:
  std::size_t before_;
};

}  // namespace xrdct::hdf5
