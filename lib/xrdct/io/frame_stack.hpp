#pragma once
/// \file A stack of frames in HDF5 or image files: where every frame lies, found once, by one rank.

#include "xrdct/io/file_list.hpp"
#include "xrdct/kernels/frame.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace xrdct {

/// Consecutive frames of a stack that are consecutive frames of one dataset in one file, or the images of consecutive
/// image files.
struct frame_segment {
  std::uint64_t first = 0;  ///< its first frame's number in the stack
  std::uint64_t count = 0;
  std::string file;                ///< empty for images
  std::string dataset;             ///< empty for images
  std::uint64_t source_first = 0;  ///< that frame's index in the dataset
  bool present = true;  ///< false: its frames are missing, as the file or the dataset does not exist, or nothing
                        ///< of a virtual dataset is mapped to them
  bool image = false;   ///< in image files
  // Of images: frame k of the segment is image k % images_a_file of files[first_file + k / images_a_file].
  std::uint64_t first_file = 0;
  std::uint64_t images_a_file = 1;

  void fields(auto& archive) {
    archive(first, count, file, dataset, source_first, present, image, first_file, images_a_file);
  }
};

/// Consecutive frames of a stack as they are named: those of one dataset, or group of datasets, of an HDF5 file.
struct stack_part {
  std::string file;
  std::string dataset;
  std::uint64_t frames = 0;
};

/// Everything a rank must know to read frames without looking for them.
struct frame_stack {
  std::string name;  ///< "FILE::/dataset", or one or several image files, as messages say it
  frame_format format;
  std::uint64_t frames = 0;
  std::vector<frame_segment> segments;      ///< ascending, without holes
  std::vector<std::uint64_t> stored_bytes;  ///< of every frame; 0: missing (never written, or its file is absent)
  file_list files;                          ///< those of images

  /// Of HDF5 files, one after the other; empty for image files. Only on the rank that opened the stack.
  std::vector<stack_part> parts;

  bool verify = false;  ///< checksums that files state are compared when frames are read

  /// Whether its frames are those of image files.
  bool of_images() const { return !segments.empty() && segments.front().image; }

  void fields(auto& archive) { archive(name, format, frames, segments, stored_bytes, files, verify); }
};

/// Where one frame lies.
struct frame_place {
  std::string file;
  std::string dataset;      ///< empty for an image file
  std::uint64_t index = 0;  ///< of the frame in the dataset or image file
};

/// Finds the frames of a dataset of shape [frames][rows][columns] (or of one image [rows][columns]; or with more axes
/// before the rows, [a][b][rows][columns], whose frames are then taken row by row), or of a group of
/// datasets data_000001, data_000002, … one after the other, as DECTRIS masters have them: follows external and soft
/// links, resolves virtual datasets to their sources (nested ones too), takes sizes of chunks. Integers of 8 and 16
/// bits with sign become i32, doubles f32; 64-bit integers are refused. Of an absent member of a group it is assumed
/// that it has as many frames as the largest of the others. Throws input_error: no such file, not HDF5, no such dataset
/// (near names listed), not an image stack, a filter that is not there, all its frames missing (an absent file is
/// named).
frame_stack open_stack(std::string const& file, std::string const& dataset);

/// What `file` is shows in its first bytes: an image file (CBF, EDF, TIFF, NumPy) whose images are the frames, which
/// has no datasets; or HDF5, where the dataset may be left empty if only one can be meant. With `verify` checksums are
/// compared. Throws input_error, or usage_error for a dataset of an image file.
frame_stack open_frames(std::string const& file, std::string const& dataset, bool verify);

/// The only dataset of the file that can be a stack of frames (3-D, the largest images; 2-D where none is 3-D); throws
/// input_error that lists the candidates where there are several or none.
std::string find_stack(std::string const& file);

/// The same of several datasets of a file, each a part of its own. One of which all frames are missing is no mistake
/// here if there are several.
std::vector<frame_stack> open_stacks(std::string const& file, std::vector<std::string> const& datasets);

/// The segment that holds a frame.
frame_segment const& segment_of(frame_stack const& stack, std::uint64_t frame);

/// The same for one that is known to hold it, or looked up.
frame_place place_of(frame_stack const& stack, frame_segment const& segment, std::uint64_t frame);
frame_place place_of(frame_stack const& stack, std::uint64_t frame);

/// The frames of all stacks, one stack after the other. Their encodings may differ: that of most frames is taken, and
/// the readers decode the others. Throws input_error, which names both, where two differ in shape or type of pixels.
frame_stack concatenate(std::vector<frame_stack> stacks);

}  // namespace xrdct
