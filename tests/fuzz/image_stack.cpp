// A file of any image format as a stack of frames, by its first bytes.
#include "xrdct/io/image_stack.hpp"
#include "kernels/common/decode.hpp"
#include "tests/fuzz/input.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/io/frame_stream.hpp"

#include <algorithm>

namespace xrdct::fuzz {
namespace {

void read_frame(frame_reader& reader, frame_stack const& stack, std::uint64_t index) {
  frame_buffer bytes;
  std::uint32_t filter_mask = 0;
  if (reader.read(index, bytes, filter_mask) != frame_status::ok) {
    require(bytes.empty(), "a bad frame has no bytes");
    return;
  }
  auto const& format = stack.format;
  bool const is_raw = (filter_mask & 1) != 0 || format.code == encoding::raw;
  require(!is_raw || bytes.size() == format.bytes(), "a raw frame is as long as its pixels");
  std::vector<std::byte> pixels(format.bytes());
  if (!is_raw) decode_chunk(bytes, {format.code, bytes_of(format.type), 0, format.type == pixel_type::i32}, pixels);
}

void read_stack(std::string const& path) {
  auto const stack = open_image_stack(path, true);
  require(stack.frames > 0 && stack.stored_bytes.size() == stack.frames, "every frame has a length");
  frame_reader reader(stack);
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(stack.frames, 3); ++i) read_frame(reader, stack, i);
}

}  // namespace
}  // namespace xrdct::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  xrdct::fuzz::memory_file const file(data, size);
  try {
    xrdct::fuzz::read_stack(file.path());
  } catch (xrdct::input_error const&) {
  }
  return 0;
}
