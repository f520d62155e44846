// A target with a fault, which the driver has to find.
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  xrdct::fuzz::require(size == 0 || data[0] < 0x80, "the first byte is a letter");
  return 0;
}
