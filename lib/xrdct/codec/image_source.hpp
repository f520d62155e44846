#pragma once
/// \file The bytes of an image file, and what all formats do with them.

#include "xrdct/codec/image_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <fstream>
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

}  // namespace xrdct
