#pragma once
/// \file The filters of a dataset, undone one after the other.

#include "xrdct/io/hdf5_codecs.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace xrdct::hdf5 {

/// Decodes the chunks of a dataset as HDF5 does, except that a chunk of another length than its dataset's is an error:
/// HDF5 1.10 takes what lies behind it in memory for pixels.
class chunk_pipeline {
 public:
  /// `bytes`: of a decoded chunk.
  chunk_pipeline(std::vector<filter> filters, std::size_t bytes);

  std::size_t bytes() const { return bytes_; }

  /// Whether all of them can be undone here.
  bool complete() const;

  /// Decodes one chunk; `mask` says which filters (bit by bit) were skipped. Nothing where it is not valid.
  filter_bytes decode(std::span<std::byte const> chunk, std::uint32_t mask) const;

 private:
  std::vector<decoded_length> lengths(std::uint32_t mask) const;

  std::vector<filter> filters_;
  std::size_t bytes_;
};

}  // namespace xrdct::hdf5
