#include "xrdct/io/image_stack.hpp"

#include "xrdct/base/error.hpp"

namespace xrdct {
namespace {

bool all_fit(image_reader& images, pixel_type type) {
  std::vector<std::byte> pixels;
  for (std::uint64_t i = 0; i < images.count(); ++i)
    if (images.read_pixels(i, type, false, pixels) != frame_status::ok) return false;
  return true;
}

/// Integers of 64 bits are taken for shorter ones only after a look at all of them. Those without sign, too, are i32 if
/// they can be, so that the type's maximum, which marks dead pixels, is none of their values.
pixel_type type_of(image_reader& images, std::string const& file) {
  if (auto const type = frame_type(images.layout().type)) return *type;
  if (all_fit(images, pixel_type::i32)) return pixel_type::i32;
  bool const has_sign = images.layout().type == number_type::i64;
  if (!has_sign && all_fit(images, pixel_type::u32)) return pixel_type::u32;
  throw input_error("'" + file + "' holds 64-bit integers " + (has_sign ? "with" : "without") +
                    " sign, and some of them do not fit 32 bits; convert it");
}

bool is_of(image_layout const& layout, frame_format const& format) {
  return layout.rows == static_cast<std::uint64_t>(format.rows) &&
         layout.columns == static_cast<std::uint64_t>(format.columns);
}

}  // namespace

frame_stack open_image_stack(std::string const& file, bool verify) {
  auto const images = open_images(file);
  auto const& layout = images->layout();
  frame_stack stack;
  stack.name = file;
  stack.verify = verify;
  stack.format.type = type_of(*images, file);
  stack.format.rows = static_cast<int>(layout.rows);  // count_pixels() has seen that they are few enough
  stack.format.columns = static_cast<int>(layout.columns);
  stack.frames = images->count();
  stack.segments.push_back({.first = 0,
                            .count = stack.frames,
                            .file = file,
                            .dataset = "",
                            .source_first = 0,
                            .present = true,
                            .image = true});
  for (std::uint64_t i = 0; i < stack.frames; ++i) stack.stored_bytes.push_back(images->stored_bytes(i));
  return stack;
}

frame_status image_frames::read(std::string const& file, std::uint64_t index, frame_format const& format, bool verify,
                                std::vector<std::byte>& bytes) {
  try {
    if (!open_ || file_ != file) {
      open_ = open_images(file);
      file_ = file;
    }
  } catch (input_error const&) {
    return frame_status::unreadable;
  }
  try {
    if (!is_of(open_->layout(), format) || index >= open_->count()) return frame_status::unreadable;
    return open_->read_pixels(index, format.type, verify, bytes);
  } catch (input_error const&) {
    return frame_status::corrupt;
  }
}

}  // namespace xrdct
