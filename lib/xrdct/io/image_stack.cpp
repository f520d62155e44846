#include "xrdct/io/image_stack.hpp"

#include "xrdct/base/error.hpp"

namespace xrdct {
namespace {

/// Integers of 64 bits are taken for shorter ones only after a look at all of them.
pixel_type type_of(image_reader& images, std::string const& file) {
  if (auto const type = frame_type(images.layout().type)) return *type;
  std::vector<std::byte> pixels;
  for (std::uint64_t i = 0; i < images.count(); ++i)
    if (images.read_pixels(i, pixel_type::i32, false, pixels) != frame_status::ok)
      throw input_error("'" + file + "' holds 64-bit integers, and some of them do not fit 32 bits; convert it");
  return pixel_type::i32;
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
  stack.segments.push_back({0, stack.frames, file, "", 0, true, true});
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
