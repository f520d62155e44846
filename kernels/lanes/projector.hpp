#pragma once
/// \file Projection along rays and its adjoint on a device with lanes.

#include "kernels/common/check_rays.hpp"
#include "kernels/lanes/adjoint_kernel.hpp"
#include "kernels/lanes/field_space.hpp"
#include "kernels/lanes/projection_kernel.hpp"
#include "kernels/lanes/ray_table.hpp"
#include "kernels/lanes/rotation_run.hpp"
#include "xrdct/kernels/projector.hpp"

#include <cstdint>
#include <memory>
#include <utility>

namespace xrdct::lanes {

template <engine E>
class lane_projector final : public lane_fields<projector, E> {
 public:
  lane_projector(E on, ray_list const& rays) : lane_projector(std::move(on), rays, make_ray_table(rays)) {}

  void project(field const& image, rotation_set const& which, field& sinogram) override {
    auto const named = this->place().on().range("xrdct: projection");
    auto const& from = this->own(image);
    auto& to = this->own(sinogram);
    check_call(which, from, to);
    projection work;
    work.image = from.data();
    work.sinogram = to.data();
    work.lines = lines_.data();
    work.rotations = rotation_run(which, rotations_);
    set_sizes(work, to.vectors);
    if (work.blocks() > 0) this->queue().launch(work.blocks(), work);
  }

  void back_project(field const& sinogram, rotation_set const& which, field& image) override {
    auto const named = this->place().on().range("xrdct: adjoint projection");
    auto const& from = this->own(sinogram);
    auto& to = this->own(image);
    check_call(which, to, from);
    adjoint_projection work;
    work.sinogram = from.data();
    work.image = to.data();
    work.lines = sorted_.data();
    work.middles = middles_.data();
    work.bundles = bundles_.data();
    work.first_bundle = first_bundle_.data();
    work.rotations = rotation_run(which, rotations_);
    set_sizes(work, to.vectors);
    if (work.blocks() > 0) this->queue().launch(work.blocks(), work);
  }

 private:
  template <class T>
  using array = typename E::template array<T>;

  lane_projector(E on, ray_list const& rays, ray_table const& table)
      : lane_fields<projector, E>(std::move(on)),
        rotations_(rays.rotations),
        translations_(rays.translations),
        size_(rays.size),
        lines_(this->on_device(table.lines)),
        sorted_(this->on_device(table.sorted)),
        middles_(this->on_device(table.middles)),
        bundles_(this->on_device(table.bundles)),
        first_bundle_(this->on_device(table.first_bundle)),
        before_going_(this->shared_place()) {}

  template <class Kernel>
  void set_sizes(Kernel& work, std::uint32_t vectors) const {
    work.translations = static_cast<std::uint32_t>(translations_);
    work.size = static_cast<std::uint32_t>(size_);
    work.vectors = vectors;
  }

  void check_call(rotation_set const& which, lane_field<E> const& image, lane_field<E> const& sinogram) const {
    check_projection({rotations_, translations_, size_}, which, image.extents, sinogram.extents);
  }

  int rotations_;
  int translations_;
  int size_;
  array<ray_line> lines_;  // of all entries
  array<ray_line> sorted_;
  array<double> middles_;
  array<ray_bundle> bundles_;
  array<std::uint32_t> first_bundle_;
  last_wait<E> before_going_;
};

}  // namespace xrdct::lanes
