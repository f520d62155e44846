#pragma once
/// \file A stack whose frames are the images of image files.

#include "xrdct/codec/image_reader.hpp"
#include "xrdct/io/frame_stack.hpp"
#include "xrdct/kernels/frame_buffer.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace xrdct {

/// The images of CBF, EDF, TIFF or NumPy files as frames, one file after the other: of the type that the first file's
/// image_layout becomes; integers of 64 bits become i32 where all of the first file fit, or those without sign u32.
/// Only the first file that is there is opened, and those that may hold another number of images (see
/// images_of_files()); of the others the size is asked for, by several threads, as a series may have 10⁶ files on a
/// network. Absent files are missing frames; how many images they would have is taken from the first. Throws
/// input_error: none of them is there, the first is not an image, memory for too many frames.
frame_stack open_image_stack(file_list const& files, std::string const& name, bool verify);
frame_stack open_image_stack(std::string const& file, bool verify);

/// Reads such frames; keeps the file it read last open. Every thread needs one of its own.
class image_frames {
 public:
  /// As frame_reader::read: in the format's encoding where the file has it, else decoded, with bit 0 of `filter_mask`
  /// set. `files_images` is how many images the stack takes the file to have; it is unreadable if it has others, and
  /// has a lying header where their shape is another one.
  frame_status read(frame_place const& from, std::uint64_t files_images, frame_format const& format, bool verify,
                    frame_buffer& bytes, std::uint32_t& filter_mask);

 private:
  /// What is wrong where the file is not as the stack takes it to be.
  frame_status open(std::string const& file, frame_format const& format, std::uint64_t files_images);

  std::string file_;
  std::unique_ptr<image_reader> open_;
};

}  // namespace xrdct
