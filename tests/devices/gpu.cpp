#include "tests/devices/gpu.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/devices/device_team.hpp"
#include "xrdct/devices/plugin.hpp"

#include <optional>

namespace xrdct::test {
namespace {

struct gpu {
  std::optional<device_plugin> plugin;
  std::string about;

  gpu() {
    try {
      device_plugin opened(plugin_file());
      about = opened.devices().front().name;
      opened.open(0);
      plugin = opened;
    } catch (runtime_failure const& e) {
      about = e.what();
    }
  }
};

gpu const& the_gpu() {
  static gpu const found;
  return found;
}

}  // namespace

std::unique_ptr<device> make_gpu() {
  auto const& found = the_gpu().plugin;
  return found ? found->make(0, share_of_memory(found->memory(0).free, 1)) : nullptr;
}

bool has_gpu() { return the_gpu().plugin.has_value(); }

std::string about_gpu() { return the_gpu().about; }

}  // namespace xrdct::test
