#pragma once
/// \file The bytes of an image file, and what all formats do with them.

#include "xrdct/base/error.hpp"
#include "xrdct/codec/image_reader.hpp"
#include "xrdct/kernels/frame_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace xrdct {

/// What is wrong with an image file, and what that makes of a frame in it.
struct image_error : input_error {
  image_error(std::string const& message, frame_status s) : input_error(message), status(s) {}
  frame_status status;
};

/// An open file of the system.
class file_handle {
 public:
  explicit file_handle(int file = -1) : file_(file) {}
  ~file_handle();
  file_handle(file_handle&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  file_handle& operator=(file_handle&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }
  int get() const { return file_; }

 private:
  int file_;
};

/// A file of known size, read in pieces; or one that is compressed (gzip or bzip2, by its first bytes), which is
/// decompressed into memory. What it throws (image_error) names the file.
class image_source {
 public:
  /// Throws where there is no such regular file, it cannot be opened, or it is compressed and does not decompress to
  /// fewer than `limit` bytes.
  explicit image_source(std::string path, std::uint64_t limit = largest);
  /// What a file of this name would hold.
  image_source(std::string path, std::vector<std::byte> contents);

  /// The first bytes, up to 16, of a file, decompressed if need be; none where that does not work.
  static std::vector<std::byte> head_of(std::string const& path);

  std::string const& path() const { return path_; }
  std::uint64_t size() const { return size_; }
  bool is_compressed() const { return compressed_; }

  /// Up to `count` bytes from `offset`: fewer only at the end of the file.
  std::vector<std::byte> read(std::uint64_t offset, std::uint64_t count) const;
  /// Fills `to` from `offset`. Returns how many bytes there were: fewer only at the end of the file.
  std::size_t read_into(std::uint64_t offset, std::span<std::byte> to) const;

  /// Throws image_error "cannot read image PATH: WHY".
  [[noreturn]] void fail(std::string const& why, frame_status status = frame_status::unreadable) const;

  /// Of an image of 2²⁸ pixels of 8 bytes with its header.
  static constexpr std::uint64_t largest = (std::uint64_t{1} << 31U) + (std::uint64_t{1} << 20U);

 private:
  void open();
  void decompress_all(std::uint64_t limit);

  std::string path_;
  file_handle file_;
  std::vector<std::byte> memory_;  ///< instead of file_
  std::uint64_t size_ = 0;
  bool in_memory_ = false;
  bool compressed_ = false;
};

/// rows · columns. Throws through the source where the shape that a file states is empty, or larger than any detector
/// (2²⁸ pixels). Nothing is to be allocated for an image before the bytes that fill it have been found.
std::uint64_t count_pixels(image_source const& source, std::uint64_t rows, std::uint64_t columns);

/// Throws where the file ends before the `count` bytes of pixels from `offset` do.
void require_bytes(image_source const& source, std::uint64_t offset, std::uint64_t count);

/// Exactly those bytes; throws where they are not there.
frame_buffer read_pixels_at(image_source const& source, std::uint64_t offset, std::uint64_t count);
/// The same into memory that is used again.
void read_pixels_at(image_source const& source, std::uint64_t offset, std::uint64_t count, frame_buffer& bytes);

/// Whether numbers as they lie in a file are pixels of that type.
bool is_plain(number_type type, bool big_endian, pixel_type wanted);

/// Bytes of a layout into an image.
image make_image(image_layout const& layout, std::span<std::byte const> bytes, bool big_endian);

}  // namespace xrdct
