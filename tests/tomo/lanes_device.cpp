#include "tests/tomo/lanes_device.hpp"

#include "kernels/lanes/device.hpp"
#include "tests/kernels/lanes/host_engine.hpp"

namespace xrdct::test {

std::unique_ptr<device> make_lanes_device(bool threaded) {
  return std::make_unique<lanes::lane_device<host_engine>>(host_engine(threaded));
}

}  // namespace xrdct::test
