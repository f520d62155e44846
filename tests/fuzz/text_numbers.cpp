// Numbers from text files.
#include "xrdct/io/text_numbers.hpp"
#include "tests/fuzz/input.hpp"
#include "xrdct/base/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  xrdct::fuzz::memory_file const file(data, size);
  try {
    auto const values = xrdct::read_text_numbers(file.path());
    xrdct::fuzz::require(!values.empty() && 2 * values.size() <= size + 1, "numbers have white space between them");
  } catch (xrdct::input_error const&) {
  }
  return 0;
}
