#pragma once
/// \file The image formats one by one, behind open_images().

#include "xrdct/codec/image_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace xrdct {

/// A file of known size, read in pieces. What it throws (input_error) names the file.
class image_source {
 public:
  /// Throws where there is no such regular file or it cannot be opened.
  explicit image_source(std::string path);

  std::string const& path() const { return path_; }
  std::uint64_t size() const { return size_; }

  /// Up to `count` bytes from `offset`: fewer only at the end of the file.
  std::vector<std::byte> read(std::uint64_t offset, std::uint64_t count);

  /// Throws input_error "cannot read image PATH: WHY".
  [[noreturn]] void fail(std::string const& why) const;

 private:
  std::string path_;
  std::ifstream file_;
  std::uint64_t size_ = 0;
};

/// rows · columns. Throws through the source where the shape that a file states is empty, or larger than any detector
/// (2²⁸ pixels). Nothing is to be allocated for an image before the bytes that fill it have been found.
std::uint64_t count_pixels(image_source const& source, std::uint64_t rows, std::uint64_t columns);

/// Throws where the file ends before the `count` bytes of pixels from `offset` do.
void require_bytes(image_source const& source, std::uint64_t offset, std::uint64_t count);

/// Exactly those bytes; throws where they are not there.
std::vector<std::byte> read_pixels_at(image_source& source, std::uint64_t offset, std::uint64_t count);

/// Bytes of a layout into an image.
image make_image(image_layout const& layout, std::span<std::byte const> bytes, bool big_endian);

/// ESRF data format: blocks of a text header in braces, padded to a multiple of 512 bytes, and the pixels of an image.
/// What follows the last block and is none is left alone.
std::unique_ptr<image_reader> open_edf(image_source source);

/// TIFF with one grey sample a pixel: integers of 8 to 64 bits, floats of 16 to 64; strips or tiles. Pages that are
/// marked as smaller versions of another are left out.
std::unique_ptr<image_reader> open_tiff(image_source source);

/// NumPy's .npy, versions 1 to 3.
std::unique_ptr<image_reader> open_npy(image_source source);

/// CBF with one image in byte-offset compression.
std::unique_ptr<image_reader> open_cbf(image_source source);

}  // namespace xrdct
