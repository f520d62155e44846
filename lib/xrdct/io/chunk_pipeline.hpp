#pragma once
/// \file The filters of a dataset, undone one after the other.

#include "xrdct/io/hdf5_codecs.hpp"
#include "xrdct/kernels/frame.hpp"

#include <hdf5.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace xrdct::hdf5 {

/// Decodes the chunks of a dataset as HDF5 does, except that a chunk of another length than its dataset's is an error:
/// HDF5 1.10 takes what lies behind it in memory for pixels.
class chunk_pipeline {
 public:
  /// `bytes`: of a decoded chunk.
  chunk_pipeline(std::vector<filter> filters, std::size_t bytes);

  std::size_t bytes() const { return bytes_; }

  /// Of a chunked dataset; one without filters where that cannot be said.
  static chunk_pipeline of(hid_t dataset);

  /// Whether there are filters, all of which can be undone here in all chunks.
  bool complete() const;

  /// Reads a chunk at `offset`, one number a dimension. `decoded` is nothing where it was never written.
  frame_status read(hid_t dataset, hsize_t const* offset, filter_bytes& decoded) const;

  /// Decodes one chunk; `mask` says which filters (bit by bit) were skipped. Nothing where it is not valid.
  filter_bytes decode(std::span<std::byte const> chunk, std::uint32_t mask) const;

 private:
  std::vector<decoded_length> lengths(std::uint32_t mask) const;

  std::vector<filter> filters_;
  std::size_t bytes_;
};

/// Throws input_error, with `where` ("'DATASET' in 'FILE'") in the message, where a filter of the dataset is not there,
/// or one of its chunks does not decode to a chunk. For datasets that are read whole by HDF5 then: it decodes all of
/// them.
void require_valid_chunks(hid_t dataset, std::string const& where);

}  // namespace xrdct::hdf5
