// Set-ups of pyFAI as options.
#include "apps/pyfai_config.hpp"
#include "tests/fuzz/input.hpp"
#include "xrdct/base/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  xrdct::fuzz::memory_file const file(data, size);
  try {
    xrdct::app::is_pyfai_config(file.path());
    auto const setup = xrdct::app::read_pyfai_config(file.path());
    for (auto const& option : setup.options) xrdct::fuzz::require(!option.name.empty(), "an option has a name");
  } catch (xrdct::input_error const&) {
  } catch (xrdct::usage_error const&) {
  }
  return 0;
}
