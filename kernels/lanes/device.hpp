#pragma once
/// \file A backend on an engine.

#include "kernels/lanes/frame_reducer.hpp"
#include "kernels/lanes/projector.hpp"
#include "kernels/lanes/tomograph.hpp"
#include "xrdct/kernels/device.hpp"

#include <memory>
#include <string>
#include <utility>

namespace xrdct::lanes {

template <engine E>
class lane_device : public device {
 public:
  explicit lane_device(E on) : on_(std::move(on)) {}
  lane_device(lane_device const&) = delete;
  lane_device& operator=(lane_device const&) = delete;

  std::string description() const override { return on_.description(); }
  std::unique_ptr<frame_reducer> make_reducer(reduction const& what, frame_format const& format) override {
    return make_frame_reducer(on_, what, format);
  }
  void make_tables(reduction const& what, frame_format const& format, table_memory const& memory) override {
    make_frame_tables(what, format, memory);
  }
  std::unique_ptr<frame_reducer> make_reducer(std::span<std::byte const> tables) override {
    return make_frame_reducer(on_, tables);
  }
  std::unique_ptr<tomograph> make_tomograph(scan_geometry const& geometry) override {
    return std::make_unique<lane_tomograph<E>>(on_, geometry);
  }
  std::unique_ptr<projector> make_projector(ray_list const& rays) override {
    return std::make_unique<lane_projector<E>>(on_, rays);
  }

 private:
  E on_;
};

}  // namespace xrdct::lanes
