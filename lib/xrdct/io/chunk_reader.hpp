#pragma once
/// \file Frames put together from chunks that we decode ourselves.

#include "xrdct/io/chunk_pipeline.hpp"
#include "xrdct/kernels/frame.hpp"

#include <hdf5.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace xrdct::hdf5 {

/// Reads frames [rows][columns] of a chunked dataset of rank 2 or 3. Frames that share chunks do so one after the
/// other: the decoded chunks of the last frame are kept.
class chunk_reader {
 public:
  /// Nothing where it is left to HDF5: filters that only HDF5 undoes, none at all, or chunks that are too large or too
  /// many to keep those of a frame.
  static std::optional<chunk_reader> make(hid_t dataset);

  std::size_t frame_bytes() const { return rows_ * columns_ * element_; }

  /// The elements of a frame as the file has them. Chunks that were never written have the fill value.
  frame_status read(hid_t dataset, std::uint64_t frame, std::span<std::byte> elements);

 private:
  explicit chunk_reader(chunk_pipeline pipeline) : pipeline_(std::move(pipeline)) {}

  frame_status load(hid_t dataset, hsize_t row);
  frame_status load_tile(hid_t dataset, hsize_t row, std::size_t tile);
  void copy_tile(std::size_t tile, std::size_t index, std::span<std::byte> elements) const;

  chunk_pipeline pipeline_;
  bool image_ = false;  // without an axis of frames
  std::size_t rows_ = 0, columns_ = 0, element_ = 0;
  std::size_t chunk_frames_ = 1, chunk_rows_ = 0, chunk_columns_ = 0;
  std::size_t across_ = 0;           // tiles beside each other
  std::vector<std::byte> fill_;      // one element
  std::vector<filter_bytes> tiles_;  // of the frames of a row of chunks; nothing: never written
  hsize_t loaded_ = HSIZE_UNDEF;     // that row
  frame_status status_ = frame_status::ok;
};

}  // namespace xrdct::hdf5
