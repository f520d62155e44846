#include "tests/kernels/backends.hpp"

#include "kernels/cpu/cpu.hpp"
#include "kernels/lanes/device.hpp"
#include "kernels/reference/reference.hpp"
#include "tests/devices/gpu.hpp"
#include "tests/kernels/lanes/host_engine.hpp"

namespace xrdct::test {

std::unique_ptr<device> make_backend(std::string const& name) {
  if (name == "reference") return reference::make_device();
  if (name == "lanes") return std::make_unique<lanes::lane_device<host_engine>>(host_engine());
  if (name == "cuda") return make_gpu();
  return cpu::make_device(std::stoi(name.substr(3)));
}

std::vector<std::string> backend_names() {
  std::vector<std::string> names{"reference", "cpu1", "cpu3", "lanes"};
  if (has_gpu()) names.push_back("cuda");  // tests/devices/gpu_test.cpp says why not
  return names;
}

pattern_memory reduce(frame_reducer& by, std::vector<frame> const& frames, std::size_t bins) {
  pattern_memory found(frames.size(), bins);
  by.submit(frames, found.all())->wait();
  return found;
}

pattern_memory reduce(device& by, reduction_case const& given) {
  auto const reducer = by.make_reducer(given.what(), given.format);
  return reduce(*reducer, given.frames(), given.matrix.bins);
}

}  // namespace xrdct::test
