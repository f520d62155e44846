#include "tests/fuzz/read_images.hpp"

#include "kernels/common/decode.hpp"
#include "tests/fuzz/input.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/codec/numbers.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace xrdct::fuzz {
namespace {

constexpr std::uint64_t most_images = 4;

/// What is delivered undecoded decodes to what is delivered decoded.
void decode_image(image_reader& from, std::uint64_t index, frame_status status, frame_buffer const& pixels) {
  auto const type = frame_type(from.layout().type).value_or(pixel_type::i32);
  if (!from.is_encoded_as(from.code(), type)) return;
  frame_buffer encoded;
  auto const read = from.read_encoded(index, true, encoded);
  if (read != frame_status::ok) {
    require(read == status, "what cannot be read undecoded cannot be read decoded");
    return;
  }
  frame_buffer decoded(from.layout().rows * from.layout().columns * bytes_of(type));
  auto const code = chunk_encoding{from.code(), bytes_of(type), 0, type == pixel_type::i32};
  require(decode_chunk(encoded, code, decoded) == status, "decoding says the same here and there");
  require(status != frame_status::ok || decoded == pixels, "pixels are the same undecoded and decoded");
}

/// Floats that are not numbers may differ in their bits: becoming doubles makes them quiet.
bool are_same(frame_buffer const& a, frame_buffer const& b, pixel_type type) {
  if (type != pixel_type::f32 || a.size() != b.size()) return a == b;
  for (std::size_t at = 0; at + sizeof(float) <= a.size(); at += sizeof(float)) {
    float x = 0, y = 0;
    std::memcpy(&x, a.data() + at, sizeof x);
    std::memcpy(&y, b.data() + at, sizeof y);
    if (x != y && !(std::isnan(x) && std::isnan(y))) return false;
  }
  return true;
}

void read_fields(image_reader& from, std::uint64_t index) {
  auto const fields = from.fields(index);
  for (auto const& field : fields) {
    require(std::isfinite(field.value), "numbers of a header are finite");
    require(find_field(fields, field.name) != nullptr, "numbers of a header are found by their names");
  }
}

void read_image(image_reader& from, std::uint64_t index) {
  auto const& layout = from.layout();
  auto const frames = frame_type(layout.type).value_or(pixel_type::i32);
  frame_buffer pixels;
  auto const unverified = from.read_pixels(index, frames, false, pixels);
  auto const verified = from.read_pixels(index, frames, true, pixels);
  require(verified == unverified || verified == frame_status::wrong_checksum, "a checksum is all that verifying adds");
  decode_image(from, index, verified, pixels);
  read_fields(from, index);
  image const numbers = from.read(index);
  require(numbers.rows > 0 && numbers.columns > 0 && static_cast<std::uint64_t>(numbers.rows) == layout.rows &&
              static_cast<std::uint64_t>(numbers.columns) == layout.columns &&
              numbers.values.size() == layout.rows * layout.columns,
          "an image has the shape that its layout states");
  if (verified != frame_status::ok) return;
  frame_buffer expected;
  require(from_doubles(numbers.values, frames, expected) && are_same(pixels, expected, frames),
          "frames and numbers are the same");
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
