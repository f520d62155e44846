// A file of any image format as a stack of frames, by its first bytes.
#include "xrdct/io/image_stack.hpp"
#include "tests/fuzz/input.hpp"
#include "xrdct/base/error.hpp"

#include <algorithm>

namespace xrdct::fuzz {
namespace {

void read_stack(std::string const& path) {
  auto const stack = open_image_stack(path, true);
  require(stack.stored_bytes.size() == stack.frames, "every frame has a length");
  image_frames frames;
  std::vector<std::byte> bytes;
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(stack.frames + 1, 3); ++i) {
    auto const status = frames.read(path, i, stack.format, true, bytes);
    require(i < stack.frames || status == frame_status::unreadable, "there is no frame behind the last");
    require(status != frame_status::ok || bytes.size() == stack.format.bytes(), "a frame is as long as its pixels");
  }
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
