#include "xrdct/io/image_stack.hpp"

#include "xrdct/codec/image_source.hpp"
#include "xrdct/io/file_sizes.hpp"

#include <algorithm>
#include <utility>

namespace xrdct {
namespace {

bool all_fit(image_reader& images, pixel_type type) {
  frame_buffer pixels;
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

[[noreturn]] void refuse_absent(file_list const& files, std::string const& name) {
  if (files.size() == 1) throw input_error("cannot read image " + files[0] + ": there is no such file");
  throw input_error(name + ": none of its " + std::to_string(files.size()) + " image files exists, as for instance " +
                    files[0]);
}

/// How many images each file has. Formats that hold one have one; others as many as the first if they are as large,
/// else they are opened. Compressed files differ in size anyhow: where the first holds one image, so, it is taken, do
/// the others, and a reader that meets another one says so.
std::vector<std::uint64_t> images_of_files(file_list const& files, std::vector<std::uint64_t> const& sizes,
                                           image_reader& first, std::uint64_t size_of_first) {
  auto const usual = first.count();
  std::vector<std::uint64_t> images(files.size(), usual);
  if (!first.may_hold_several() || (first.is_compressed() && usual == 1)) return images;
  for_each_file(files.size(), [&](std::uint64_t i) {
    if (sizes[i] == absent_file || sizes[i] == size_of_first) return;
    try {
      images[i] = open_images(files[i])->count();
    } catch (input_error const&) {
      images[i] = usual;  // which cannot be read
    }
  });
  return images;
}

constexpr std::uint64_t most_frames = 1'000'000'000;

/// One segment for files that have as many images.
void add_frames(frame_stack& stack, std::vector<std::uint64_t> const& images, std::vector<std::uint64_t> const& sizes) {
  for (std::uint64_t i = 0; i < images.size(); ++i) {
    if (stack.segments.empty() || stack.segments.back().images_a_file != images[i])
      stack.segments.push_back({.first = stack.frames,
                                .count = 0,
                                .file = "",
                                .dataset = "",
                                .source_first = 0,
                                .present = true,
                                .image = true,
                                .first_file = i,
                                .images_a_file = images[i]});
    if (images[i] > most_frames || stack.frames > most_frames)
      throw input_error(stack.name + ": more than " + std::to_string(most_frames) + " frames are too many");
    stack.segments.back().count += images[i];
    stack.frames += images[i];
    auto const bytes = sizes[i] == absent_file ? 0 : std::max<std::uint64_t>(1, sizes[i] / images[i]);
    stack.stored_bytes.insert(stack.stored_bytes.end(), images[i], bytes);
  }
}

}  // namespace

frame_stack open_image_stack(std::string const& file, bool verify) {
  file_list one;
  one.add(file);
  return open_image_stack(one, file, verify);
}

frame_stack open_image_stack(file_list const& files, std::string const& name, bool verify) {
  auto const sizes = sizes_of(files);
  auto const present = std::ranges::find_if(sizes, [](auto size) { return size != absent_file; });
  if (present == sizes.end()) refuse_absent(files, name);
  auto const first_name = files[static_cast<std::uint64_t>(present - sizes.begin())];
  auto const first = open_images(first_name);
  frame_stack stack;
  stack.name = name;
  stack.verify = verify;
  stack.files = files;
  stack.format.type = type_of(*first, first_name);
  if (first->is_encoded_as(first->code(), stack.format.type)) stack.format.code = first->code();
  stack.format.rows = static_cast<int>(first->layout().rows);  // count_pixels() has seen that they are few enough
  stack.format.columns = static_cast<int>(first->layout().columns);
  add_frames(stack, images_of_files(files, sizes, *first, *present), sizes);
  return stack;
}

frame_status image_frames::open(std::string const& file, frame_format const& format, std::uint64_t files_images) {
  if (open_ && file_ == file) return frame_status::ok;
  // A pixel takes 15 bytes at most, in byte offset.
  std::uint64_t const longest = (format.pixels() * 16 + (std::uint64_t{1} << 20U)) * files_images;
  open_.reset();
  auto opened = open_images(file, longest);
  if (opened->count() != files_images) return frame_status::unreadable;
  if (opened->layout().rows != static_cast<std::uint64_t>(format.rows) ||
      opened->layout().columns != static_cast<std::uint64_t>(format.columns))
    return frame_status::lying_header;
  open_ = std::move(opened);
  file_ = file;
  return frame_status::ok;
}

frame_status image_frames::read(frame_place const& from, std::uint64_t files_images, frame_format const& format,
                                bool verify, frame_buffer& bytes, std::uint32_t& filter_mask) {
  filter_mask = format.code == encoding::raw ? 0 : 1;
  try {
    if (auto const status = open(from.file, format, files_images); status != frame_status::ok) return status;
  } catch (image_error const& e) {
    return e.status;
  } catch (input_error const&) {
    return frame_status::unreadable;
  }
  try {
    if (!open_->is_encoded_as(format.code, format.type))
      return open_->read_pixels(from.index, format.type, verify, bytes);
    filter_mask = 0;
    return open_->read_encoded(from.index, verify, bytes);
  } catch (image_error const& e) {
    return e.status == frame_status::unreadable ? frame_status::corrupt : e.status;
  } catch (input_error const&) {
    return frame_status::corrupt;
  }
}

}  // namespace xrdct
