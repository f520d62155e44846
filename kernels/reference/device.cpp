#include "kernels/common/reduction_tables.hpp"
#include "kernels/reference/check_reduction.hpp"
#include "kernels/reference/frame_reducer.hpp"
#include "kernels/reference/projector.hpp"
#include "kernels/reference/reference.hpp"
#include "kernels/reference/tomograph.hpp"

namespace xrdct::reference {
namespace {

struct plain_device : device {
  std::string description() const override { return "reference (plain double precision, 1 thread)"; }
  std::unique_ptr<frame_reducer> make_reducer(reduction const& what, frame_format const& format) override {
    return make_frame_reducer(what, format);
  }
  void make_tables(reduction const& what, frame_format const& format, table_memory const& memory) override {
    check(what, format);
    write_reduction_tables(what, format, memory);
  }
  std::unique_ptr<frame_reducer> make_reducer(std::span<std::byte const> tables) override {
    auto const kept = read_reduction_tables(tables);
    return make_frame_reducer(kept.what(), kept.format);
  }
  std::unique_ptr<tomograph> make_tomograph(scan_geometry const& geometry) override {
    return reference::make_tomograph(geometry);
  }
  std::unique_ptr<projector> make_projector(ray_list const& rays) override { return reference::make_projector(rays); }
};

}  // namespace

std::unique_ptr<device> make_device() { return std::make_unique<plain_device>(); }

}  // namespace xrdct::reference
