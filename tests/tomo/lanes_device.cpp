#include "tests/tomo/lanes_device.hpp"

#include "kernels/lanes/projector.hpp"
#include "kernels/lanes/tomograph.hpp"
#include "tests/kernels/lanes/host_engine.hpp"

#include <stdexcept>

namespace xrdct::test {
namespace {

class lanes_device final : public device {
 public:
  explicit lanes_device(bool threaded) : engine_(threaded) {}

  std::string description() const override { return "lanes (" + engine_.description() + ")"; }
  std::unique_ptr<frame_reducer> make_reducer(reduction const&, frame_format const&) override { return none(); }
  void make_tables(reduction const&, frame_format const&, table_memory const&) override { none(); }
  std::unique_ptr<frame_reducer> make_reducer(std::span<std::byte const>) override { return none(); }
  std::unique_ptr<tomograph> make_tomograph(scan_geometry const& geometry) override {
    return std::make_unique<lanes::lane_tomograph<host_engine>>(engine_, geometry);
  }
  std::unique_ptr<projector> make_projector(ray_list const& rays) override {
    return std::make_unique<lanes::lane_projector<host_engine>>(engine_, rays);
  }

 private:
  [[noreturn]] static std::unique_ptr<frame_reducer> none() {
    throw std::logic_error("tests of tomograms reduce no frames");
  }

  host_engine engine_;
};

}  // namespace

std::unique_ptr<device> make_lanes_device(bool threaded) { return std::make_unique<lanes_device>(threaded); }

}  // namespace xrdct::test
