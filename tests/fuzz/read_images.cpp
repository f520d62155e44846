#include "tests/fuzz/read_images.hpp"

#include "tests/fuzz/input.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/codec/numbers.hpp"

#include <algorithm>

namespace xrdct::fuzz {
namespace {

constexpr std::uint64_t most_images = 4;

void read_image(image_reader& from, std::uint64_t index) {
  auto const& layout = from.layout();
  auto const frames = frame_type(layout.type).value_or(pixel_type::i32);
  std::vector<std::byte> pixels;
  auto const unverified = from.read_pixels(index, frames, false, pixels);
  auto const verified = from.read_pixels(index, frames, true, pixels);
  require(verified == unverified || verified == frame_status::wrong_checksum, "a checksum is all that verifying adds");
  image const numbers = from.read(index);
  require(numbers.rows > 0 && numbers.columns > 0 && static_cast<std::uint64_t>(numbers.rows) == layout.rows &&
              static_cast<std::uint64_t>(numbers.columns) == layout.columns &&
              numbers.values.size() == layout.rows * layout.columns,
          "an image has the shape that its layout states");
  if (verified != frame_status::ok) return;
  std::vector<std::byte> expected;
  require(from_doubles(numbers.values, frames, expected) && pixels == expected, "frames and numbers are the same");
}

}  // namespace

void read_images(std::uint8_t const* data, std::size_t size, std::unique_ptr<image_reader> (*open)(image_source)) {
  memory_file const file(data, size);
  try {
    auto const reader = open(image_source(file.path()));
    read_image(*reader, 0);
    auto const count = reader->count();
    require(count > 0, "a file that opens has an image");
    for (std::uint64_t i = 0; i < std::min(count, most_images); ++i) {
      reader->stored_bytes(i);
      read_image(*reader, i);
    }
  } catch (input_error const&) {
  }
}

}  // namespace xrdct::fuzz
