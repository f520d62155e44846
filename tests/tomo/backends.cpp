#include "tests/tomo/backends.hpp"

#include "kernels/cpu/filtering.hpp"
#include "kernels/cpu/tomograph.hpp"
#include "kernels/reference/tomograph.hpp"
#include "tests/devices/gpu.hpp"
#include "tests/tomo/lanes_device.hpp"

#include <hwy/targets.h>

#include <cstdlib>
#include <stdexcept>

namespace xrdct::test {
namespace {

tomograph_backend cpu_of(int threads) {
  auto const pool = std::make_shared<cpu::thread_pool>(threads);
  return {"cpu_" + std::to_string(threads),
          [pool](scan_geometry const& geometry) { return cpu::make_tomograph(geometry, *pool); }, 1e-6};
}

/// Leaves out instruction sets above the one that the environment variable XRDCT_TEST_SIMD names, so that the
/// narrower variants of the kernels are tested on machines that have the wide ones.
void limit_instructions() {
  char const* const most = std::getenv("XRDCT_TEST_SIMD");  // NOLINT(concurrency-mt-unsafe)
  if (most == nullptr) return;
  std::int64_t const targets = HWY_ATTAINABLE_TARGETS;
  for (std::int64_t better = 1; better <= targets && better > 0; better <<= 1) {
    if ((targets & better) == 0 || std::string(most) != hwy::TargetName(better)) continue;
    hwy::DisableTargets(better - 1);  // lower bits stand for wider vectors
    return;
  }
  throw std::invalid_argument(std::string("XRDCT_TEST_SIMD names no instruction set: ") + most);
}

std::vector<tomograph_backend> make_backends() {
  std::vector<tomograph_backend> all{
      {"reference", [](scan_geometry const& geometry) { return reference::make_tomograph(geometry); }, 1e-7},
      cpu_of(1),
      cpu_of(2),
      cpu_of(3),
      {"lanes_1", [](scan_geometry const& geometry) { return make_lanes_device()->make_tomograph(geometry); }, 1e-6},
  };
  if (has_gpu()) {  // tests/devices/gpu_test.cpp says why not
    std::shared_ptr<device> const gpu = make_gpu();
    all.push_back({"cuda", [gpu](scan_geometry const& geometry) { return gpu->make_tomograph(geometry); }, 1e-6});
  }
  return all;
}

}  // namespace

std::vector<tomograph_backend> const& tomograph_backends() {
  static bool const limited = (limit_instructions(), true);
  static_cast<void>(limited);
  static auto const all = make_backends();
  return all;
}

tomograph_backend const& tomograph_backend_named(std::string const& name) {
  for (auto const& one : tomograph_backends()) {
    if (one.name == name) return one;
  }
  throw std::invalid_argument("no backend " + name);
}

std::string tomograph_instructions() {
  static_cast<void>(tomograph_backends());
  return cpu::tomograph_instruction_set();
}

}  // namespace xrdct::test
