#pragma once
/// \file A stack whose frames are the images of an image file.

#include "xrdct/codec/image_reader.hpp"
#include "xrdct/io/frame_stack.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace xrdct {

/// The images of a CBF, EDF, TIFF or NumPy file as frames: raw, of the type that image_layout's becomes; integers of 64
/// bits become i32 where all of them fit, or those without sign u32. Throws input_error.
frame_stack open_image_stack(std::string const& file, bool verify);

/// Reads such frames; keeps the file it read last open.
class image_frames {
 public:
  /// As frame_reader::read, always raw. A file that is there but does not decode is corrupt.
  frame_status read(std::string const& file, std::uint64_t index, frame_format const& format, bool verify,
                    std::vector<std::byte>& bytes);

 private:
  std::string file_;
  std::unique_ptr<image_reader> open_;
};

}  // namespace xrdct
