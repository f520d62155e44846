#pragma once
/// \file One dataset that holds frames: what it declares, what is stored of it, and reading it frame by frame.

#include "xrdct/io/chunk_reader.hpp"
#include "xrdct/io/hdf5.hpp"
#include "xrdct/io/raw_files.hpp"
#include "xrdct/io/source_access.hpp"
#include "xrdct/kernels/frame.hpp"
#include "xrdct/kernels/frame_buffer.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace xrdct::hdf5 {

/// Where something begins in a dataset; as many of them as the dataset has dimensions hold.
using coordinates = std::array<hsize_t, H5S_MAX_RANK>;

/// Axes that a dataset of frames has at most.
inline constexpr int highest_frame_rank = 6;

/// What a dataset declares itself to be.
struct frame_layout {
  std::uint64_t frames = 0;
  /// Of a frame. `code` is raw wherever frames are not stored one by one in one of the encodings.
  frame_format format;
  std::vector<hsize_t> lead;       ///< extents before [rows][columns], of which frames are the product, row by row
  bool one_frame_a_chunk = false;  ///< frames can be had as they are stored
  bool is_virtual = false;
  bool chunked = false;
  std::vector<hsize_t> chunk;     ///< extent of a chunk, of the dataset's rank
  std::size_t element_bytes = 0;  ///< in the file
  chunk_lengths decoded;          ///< what filters make of a chunk
};

/// The rules of frame_stack: rank 2 or more, a number type that pixel_type covers, filters that this process has.
/// Throws input_error, with `where` ("'DATASET' in 'FILE'") in the message.
frame_layout layout_of(hid_t dataset, std::string const& where);

/// Keeps a dataset open and reads frames of it.
class frame_dataset {
 public:
  /// Throws input_error.
  frame_dataset(std::shared_ptr<input_file> file, std::string const& path);

  frame_layout const& layout() const { return layout_; }

  /// Bytes that are stored of a frame; 0: never written, or in a raw file that is absent. For frames that share chunks
  /// their share of them. Takes about a microsecond where a frame is a chunk.
  std::uint64_t stored_bytes(std::uint64_t frame);

  /// A file of external raw storage that does not exist; "" where there is none.
  std::string absent_raw_file() const;

  /// Whether read_stored() delivers frames in this format.
  bool delivers(frame_format const& wanted) const;
  /// A frame's chunk as it is stored. `filter_mask`: as HDF5 has it.
  frame_status read_stored(std::uint64_t frame, frame_buffer& bytes, std::uint32_t& filter_mask);
  /// A frame's pixels, decoded and converted to `type`.
  frame_status read_pixels(std::uint64_t frame, pixel_type type, frame_buffer& bytes);

 private:
  void open_sources(std::string const& where);
  void open_for_pixels();
  frame_status read_elements(std::uint64_t frame, pixel_type type, frame_buffer& bytes);
  frame_status read_by_hdf5(std::uint64_t frame, pixel_type type, frame_buffer& bytes);
  std::size_t rank() const { return layout_.lead.size() + 2; }
  hsize_t frames_a_chunk() const;
  coordinates start_of(std::uint64_t frame) const;
  std::uint64_t stored_in_chunks(std::uint64_t frame);
  frame_status check_raw_files(std::uint64_t frame) const;
  frame_status check_chunks(std::uint64_t frame);
  bool file_has_shrunk() const;

  std::shared_ptr<input_file> file_;
  std::string path_;
  std::unique_ptr<source_access> access_;  // where other files are drawn on
  bool is_substitute_ = false;
  handle dataset_;
  frame_layout layout_;
  bool open_for_pixels_ = false;
  std::optional<chunk_reader> chunks_;  // where chunks are decoded here
  bool allocated_ = true;
  std::uint64_t file_bytes_ = 0;
  std::vector<raw_file> raw_files_;
  coordinates known_chunk_{};
  bool chunk_is_known_ = false;
  std::uint64_t known_stored_ = 0;
};

/// The pixel type that a number type is delivered as. Returns false where there is none.
bool pixel_type_of(hid_t type, pixel_type& delivered);
/// A pixel type in memory.
hid_t memory_type(pixel_type type);

}  // namespace xrdct::hdf5
