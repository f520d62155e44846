#pragma once
/// \file Images of a file, one after the other, as frames or as numbers.

#include "xrdct/codec/header_fields.hpp"
#include "xrdct/codec/image.hpp"
#include "xrdct/codec/numbers.hpp"
#include "xrdct/kernels/frame.hpp"
#include "xrdct/kernels/frame_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace xrdct {

/// What all images of a file have in common.
struct image_layout {
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
  number_type type = number_type::i32;

  std::uint64_t bytes() const { return rows * columns * bytes_of(type); }
  bool operator==(image_layout const&) const = default;
};

/// An open image file. Whatever is wrong with the file is thrown as input_error that names it, unless said otherwise.
class image_reader {
 public:
  virtual ~image_reader() = default;

  image_layout const& layout() const { return layout_; }

  /// How many images there are: pages of TIFF, blocks of EDF, all along the first axes of NumPy; else one. Throws where
  /// they differ in layout.
  virtual std::uint64_t count() = 0;

  /// Whether the format can hold several images in a file.
  virtual bool may_hold_several() const { return false; }

  /// Whether the file as a whole is compressed.
  virtual bool is_compressed() const { return false; }

  /// How its images can be delivered undecoded: raw where they cannot.
  virtual encoding code() const { return encoding::raw; }

  /// Whether read_encoded() delivers what decodes to pixels of this type.
  virtual bool is_encoded_as(encoding /*code*/, pixel_type /*type*/) const { return false; }

  /// Its bytes as they are encoded, without a header. Only where is_encoded_as(). Returns and throws as read_pixels();
  /// that the bytes decode is not seen to.
  virtual frame_status read_encoded(std::uint64_t index, bool verify, frame_buffer& bytes);

  /// What the header states of an image in numbers.
  virtual header_fields fields(std::uint64_t /*index*/) { return {}; }

  /// Throws where there is no such image, or it cannot be decoded.
  virtual image read(std::uint64_t index) = 0;

  /// The bytes that are read for it.
  virtual std::uint64_t stored_bytes(std::uint64_t /*index*/) { return layout_.bytes(); }

  /// Its pixels in a type that frames have, row by row. With `verify` a checksum that the file states is compared
  /// first. Returns ok, corrupt (it does not decode, or a value does not fit the type), truncated, lying_header or
  /// wrong_checksum; throws where the file cannot be read any more.
  virtual frame_status read_pixels(std::uint64_t index, pixel_type type, bool verify, frame_buffer& pixels);

 protected:
  explicit image_reader(image_layout const& layout) : layout_(layout) {}
  image_reader(image_reader const&) = delete;
  image_reader& operator=(image_reader const&) = delete;

  image_layout layout_;
};

/// Opens a file of the format that its first bytes say, and reads its first header. It may be compressed as a whole by
/// gzip or bzip2, whatever its name.
std::unique_ptr<image_reader> open_images(std::string const& path);
/// The same of a file that is no longer than `limit` bytes if it has to be decompressed first.
std::unique_ptr<image_reader> open_images(std::string const& path, std::uint64_t limit);

/// Whether a file begins as one of the formats that open_images() reads. False where it cannot be read at all.
bool is_image_file(std::string const& path);

}  // namespace xrdct
