#include "kernels/cpu/projector.hpp"

#include "kernels/common/check_rays.hpp"
#include "kernels/cpu/field_space.hpp"
#include "kernels/cpu/ray_bundles.hpp"
#include "kernels/cpu/ray_sums.hpp"
#include "kernels/cpu/tile_sums.hpp"

#include <algorithm>
#include <vector>

namespace xrdct::cpu {
namespace {

class threaded_projector final : public threaded_fields<projector> {
 public:
  threaded_projector(ray_list const& rays, thread_pool& threads)
      : threaded_fields(threads),
        bundles_(rays),
        rotations_(rays.rotations),
        translations_(rays.translations),
        size_(rays.size),
        scratch_(static_cast<std::size_t>(threads.threads())) {}

  void project(field const& image, rotation_set const& which, field& sinogram) override {
    blocked_field const& from = own(image);
    blocked_field& to = own(sinogram);
    check_call(which, from, to);
    auto const all = rotations_of(which, which.first_part, which.parts, rotations_);
    int const at_once = share(to.blocks * all.count, rotations_at_once);
    auto const runs = static_cast<std::size_t>((all.count + at_once - 1) / at_once);
    int const together = share(to.blocks * static_cast<std::int64_t>(runs), most_projected_blocks);
    auto const groups = static_cast<std::size_t>((to.blocks + together - 1) / together);
    threads().run(groups * runs, [&](std::size_t task, int) {
      auto const rotations = all.some(static_cast<std::int64_t>(task % runs) * at_once, at_once);
      sum_along_rays(bundles_, from, some_blocks(task / runs, together, to), rotations, to);
    });
  }

  void back_project(field const& sinogram, rotation_set const& which, field& image) override {
    blocked_field const& from = own(sinogram);
    blocked_field& to = own(image);
    check_call(which, to, from);
    auto const edge = static_cast<std::size_t>((size_ + summed_tile_edge - 1) / summed_tile_edge);
    int const at_once = share(to.blocks * static_cast<std::int64_t>(edge * edge), most_summed_blocks);
    auto const groups = static_cast<std::size_t>((to.blocks + at_once - 1) / at_once);
    threads().run(groups * edge * edge, [&](std::size_t task, int worker) {
      summed_tile tile;
      tile.row = static_cast<int>(task / edge % edge) * summed_tile_edge;
      tile.column = static_cast<int>(task % edge) * summed_tile_edge;
      tile.first_block = static_cast<std::int64_t>(task / (edge * edge)) * at_once;
      tile.blocks = static_cast<int>(std::min<std::int64_t>(at_once, to.blocks - tile.first_block));
      scratch_[static_cast<std::size_t>(worker)].sum(bundles_, from, which, tile, to);
    });
  }

 private:
  void check_call(rotation_set const& which, blocked_field const& image, blocked_field const& sinogram) const {
    check_projection({rotations_, translations_, size_}, which, image.extents, sinogram.extents);
  }

  static block_range some_blocks(std::size_t group, int together, blocked_field const& of) {
    auto const first = static_cast<std::int64_t>(group) * together;
    return {first, static_cast<int>(std::min<std::int64_t>(together, of.blocks - first))};
  }

  /// How many of `all` make a task: `most`, or so few that no thread waits long for another.
  int share(std::int64_t all, int most) const {
    std::int64_t const tasks_a_thread = 8;
    return static_cast<int>(std::clamp<std::int64_t>(all / (tasks_a_thread * threads().threads()), 1, most));
  }

  ray_bundles bundles_;
  std::int64_t rotations_;
  std::int64_t translations_;
  int size_;
  std::vector<tile_sums> scratch_;  // one a thread
};

}  // namespace

std::unique_ptr<projector> make_projector(ray_list const& rays, thread_pool& threads) {
  return std::make_unique<threaded_projector>(rays, threads);
}

}  // namespace xrdct::cpu
