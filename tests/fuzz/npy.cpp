// NumPy's .npy.
#include "tests/fuzz/read_images.hpp"
#include "xrdct/codec/image_formats.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  xrdct::fuzz::read_images(data, size, xrdct::open_npy);
  return 0;
}
