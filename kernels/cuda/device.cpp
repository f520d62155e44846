#include "kernels/cuda/device.hpp"

#include "kernels/cuda/devices.hpp"

#include <string>

namespace xrdct::cuda {
namespace {

class gpu : public device {
 public:
  explicit gpu(gpu_share on) : on_(on) {}

  std::string description() const override {
    constexpr double gib = 1024.0 * 1024.0 * 1024.0;
    auto const tenths = static_cast<long>(static_cast<double>(on_.memory) / gib * 10);
    return "cuda (" + std::string(describe_device(on_.number).name) + ", " + std::to_string(tenths / 10) + "." +
           std::to_string(tenths % 10) + " GiB of it)";
  }
  std::unique_ptr<frame_reducer> make_reducer(reduction const& what, frame_format const& format) override {
    return make_frame_reducer(on_, what, format);
  }
  void make_tables(reduction const& what, frame_format const& format, table_memory const& memory) override {
    make_frame_tables(on_, what, format, memory);
  }
  std::unique_ptr<frame_reducer> make_reducer(std::span<std::byte const> tables) override {
    return make_frame_reducer(on_, tables);
  }
  std::unique_ptr<tomograph> make_tomograph(scan_geometry const& geometry) override {
    return cuda::make_tomograph(on_, geometry);
  }
  std::unique_ptr<projector> make_projector(ray_list const& rays) override { return cuda::make_projector(on_, rays); }

 private:
  gpu_share on_;
};

}  // namespace

std::unique_ptr<device> make_device(gpu_share on) { return std::make_unique<gpu>(on); }

}  // namespace xrdct::cuda
