#include "kernels/cpu/cpu.hpp"
#include "kernels/cpu/frame_reducer.hpp"
#include "kernels/cpu/projector.hpp"
#include "kernels/cpu/simd.hpp"
#include "kernels/cpu/thread_pool.hpp"
#include "kernels/cpu/tomograph.hpp"

namespace xrdct::cpu {
namespace {

class cpu_device : public device {
 public:
  explicit cpu_device(int threads) : threads_(threads) {}

  std::string description() const override {
    auto const count = threads_.threads();
    return "cpu (" + simd::instruction_set() + ", " + std::to_string(count) + (count == 1 ? " thread)" : " threads)");
  }
  std::unique_ptr<frame_reducer> make_reducer(reduction const& what, frame_format const& format) override {
    return make_frame_reducer(what, format, threads_);
  }
  void make_tables(reduction const& what, frame_format const& format, table_memory const& memory) override {
    make_reducer_tables(what, format, threads_, memory);
  }
  std::unique_ptr<frame_reducer> make_reducer(std::span<std::byte const> tables) override {
    return make_frame_reducer(tables, threads_);
  }
  std::unique_ptr<tomograph> make_tomograph(scan_geometry const& geometry) override {
    return cpu::make_tomograph(geometry, threads_);
  }
  std::unique_ptr<projector> make_projector(ray_list const& rays) override {
    return cpu::make_projector(rays, threads_);
  }

 private:
  thread_pool threads_;
};

}  // namespace

std::unique_ptr<device> make_device(int threads) { return std::make_unique<cpu_device>(threads); }

}  // namespace xrdct::cpu
