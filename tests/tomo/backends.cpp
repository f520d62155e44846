#include "tests/tomo/backends.hpp"

#include "kernels/cpu/tomograph.hpp"
#include "kernels/reference/tomograph.hpp"

#include <stdexcept>

namespace xrdct::test {
namespace {

tomograph_backend cpu_of(int threads) {
  auto const pool = std::make_shared<cpu::thread_pool>(threads);
  return {"cpu_" + std::to_string(threads),
          [pool](scan_geometry const& geometry) { return cpu::make_tomograph(geometry, *pool); }, 1e-6};
}

}  // namespace

std::vector<tomograph_backend> const& tomograph_backends() {
  static std::vector<tomograph_backend> const all{
      {"reference", [](scan_geometry const& geometry) { return reference::make_tomograph(geometry); }, 1e-7},
      cpu_of(1),
      cpu_of(2),
      cpu_of(3),
  };
  return all;
}

tomograph_backend const& tomograph_backend_named(std::string const& name) {
  for (auto const& one : tomograph_backends()) {
    if (one.name == name) return one;
  }
  throw std::invalid_argument("no backend " + name);
}

}  // namespace xrdct::test
