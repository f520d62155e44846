#pragma once
/// \file What the frames of a virtual dataset are made of. (`H5Dread_chunk` fails on virtual datasets.)

#include "xrdct/io/hdf5.hpp"
#include "xrdct/kernels/frame.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace xrdct::hdf5 {

/// One source, as named in the virtual dataset, with the block's number put in where the name asks for it.
struct virtual_source {
  std::string file;  ///< "." stands for the virtual dataset's own file
  std::string dataset;
};

/// A frame of a virtual dataset, or a part of one, and the frame of a source that it comes from.
struct virtual_piece {
  std::uint64_t frame = 0;
  std::uint32_t source = 0;
  std::uint64_t source_frame = 0;
};

struct virtual_frames {
  std::vector<virtual_source> sources;
  /// In the order of the mappings: where pieces overlap, the later one holds.
  std::vector<virtual_piece> pieces;
  /// Every piece is a whole frame. Otherwise, pieces say only which sources have a part in which frames.
  bool whole = true;
  /// A mapping selects something else than frames or equal parts of frames; its source is in `unclear`.
  std::vector<std::uint32_t> unclear;
};

/// What a virtual dataset declares itself to be.
struct virtual_shape {
  std::uint64_t frames = 0;
  frame_format format;
  std::vector<hsize_t> lead;  ///< extents before [rows][columns], of which frames are the product
};

/// One mapping of a virtual dataset.
struct virtual_mapping {
  std::string file, dataset;  ///< as they are stored: "%b" stands for a block's number, "%%" for "%"
  handle virtual_space, source_space;

  bool numbered() const;
  /// With "0" for a block's number.
  std::string plain_file() const;
  std::string plain_dataset() const;
};

/// Calls `visit` for every mapping in a virtual dataset's properties of creation. Throws input_error where they cannot
/// be read.
void for_each_mapping(hid_t properties, std::string const& where,
                      std::function<void(virtual_mapping const&)> const& visit);

/// The extent of a source; empty where it is absent.
using source_extent = std::function<std::vector<hsize_t>(virtual_source const&)>;

/// Takes the mappings of a virtual dataset apart. Handles unlimited mappings and names with block numbers ("%b").
/// Throws input_error where HDF5 cannot tell.
virtual_frames frames_of_virtual(hid_t dataset, virtual_shape const& shape, source_extent const& ask,
                                 std::string const& where);

/// What a virtual dataset draws on, as it names it, each once; without those of numbered blocks. Nothing for datasets
/// of another kind.
std::vector<virtual_source> sources_of_virtual(hid_t dataset, std::string const& where);

}  // namespace xrdct::hdf5
