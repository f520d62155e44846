#include "kernels/cpu/projector.hpp"

#include "kernels/cpu/aligned_buffer.hpp"
#include "kernels/cpu/field_space.hpp"
#include "kernels/cpu/ray_bundles.hpp"
#include "kernels/cpu/weighted_rows.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <vector>

namespace xrdct::cpu {
namespace {

// Pixels of a tile, whose sums, with the samples of a part of the rotations and the lists, fit the second-level cache.
constexpr int tile_edge = 16;
constexpr int list_edge = tile_edge + 2;  // lists also of pixels beside a tile
constexpr int level_values = tile_edge * tile_edge * channel_block;
constexpr int most_levels = 5;  // of the tree over parts: partial sums that wait for others

// Rays are followed through strips of so many rows (or columns), some columns at a time: these pixels fit the
// second-level cache, and those of neighbouring rays the first.
constexpr int strip_rows = 16;
constexpr int strip_columns = 64;
// Rotations that are followed through a strip while it is there.
constexpr int rotations_at_once = 19;

void require(bool condition, char const* otherwise) {
  if (!condition) throw std::invalid_argument(otherwise);
}

/// The rotations first + k·step, k from `begin` to `end`.
struct rotation_run {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

struct tile_memory {
  aligned_buffer<weighted_row> rows{list_edge * list_edge * list_capacity};
  aligned_buffer<std::uint32_t> counts{list_edge * list_edge};
  aligned_buffer<float> sums{most_levels * level_values};

  pixel_lists lists() { return {rows.data() + (list_edge + 1) * list_capacity, counts.data() + list_edge + 1}; }
  float* level(int i) { return sums.data() + i * level_values; }
};

struct square_tile {
  int row, column, rows, columns;
};

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
    auto const all = rotations_of(which, which.first_part, which.parts);
    auto const blocks = static_cast<std::size_t>(to.blocks);
    auto const runs = static_cast<std::size_t>((all.end - all.begin + rotations_at_once - 1) / rotations_at_once);
    threads().run(blocks * runs, [&](std::size_t task, int) {
      rotation_run run;
      run.begin = all.begin + static_cast<std::int64_t>(task % runs) * rotations_at_once;
      run.end = std::min<std::int64_t>(run.begin + rotations_at_once, all.end);
      project_block(from, which, run, static_cast<std::int64_t>(task / runs), to);
    });
  }

  void back_project(field const& sinogram, rotation_set const& which, field& image) override {
    blocked_field const& from = own(sinogram);
    blocked_field& to = own(image);
    check_call(which, to, from);
    auto const edge = static_cast<std::size_t>((size_ + tile_edge - 1) / tile_edge);
    threads().run(static_cast<std::size_t>(to.blocks) * edge * edge, [&](std::size_t task, int worker) {
      int const row = static_cast<int>(task / edge % edge) * tile_edge;
      int const column = static_cast<int>(task % edge) * tile_edge;
      square_tile const tile{row, column, std::min(tile_edge, size_ - row), std::min(tile_edge, size_ - column)};
      back_project_tile(from, which, static_cast<std::int64_t>(task / (edge * edge)), tile,
                        scratch_[static_cast<std::size_t>(worker)], to);
    });
  }

 private:
  void check_call(rotation_set const& which, blocked_field const& image, blocked_field const& sinogram) const {
    require(which.first >= 0 && which.first < rotations_ && which.step > 0, "no such rotations");
    require(
        which.parts > 0 && which.parts <= projection_parts && std::has_single_bit(static_cast<unsigned>(which.parts)),
        "the number of parts must be a power of two, at most 16");
    require(which.first_part >= 0 && which.first_part <= projection_parts - which.parts &&
                which.first_part % which.parts == 0,
            "parts must begin at a multiple of their number");
    require(image.extents[0] == size_ && image.extents[1] == size_, "an image must have the size of the rays'");
    require(sinogram.extents[0] == rotations_ && sinogram.extents[1] == translations_,
            "a sinogram must have the rotations and translations of the rays");
    require(image.extents[2] == sinogram.extents[2], "sinogram and image must have the same channels");
  }

  rotation_run rotations_of(rotation_set const& which, int first_part, int parts) const {
    std::int64_t const n = (rotations_ - which.first + std::int64_t{which.step} - 1) / which.step;
    return {first_part * n / projection_parts, (first_part + parts) * n / projection_parts};
  }

  void project_block(blocked_field const& image, rotation_set const& which, rotation_run run, std::int64_t block,
                     blocked_field& sinogram) const {
    for (auto k = run.begin; k < run.end; ++k)
      std::fill_n(sinogram.row(block, which.first + k * which.step), translations_ * channel_block, 0.0F);
    std::ptrdiff_t const row = size_ + padding_rows;
    for (bool const by_rows : {true, false}) {
      for (int first = 0; first < size_; first += strip_rows) {
        pixel_range const along{first, std::min(strip_rows, size_ - first), by_rows ? row : 1};
        // Lines that are beside the image in the middle of a strip may be in it elsewhere.
        for (int begin = -longest_run; begin < size_ + longest_run; begin += strip_columns) {
          pixel_range const across{begin, strip_columns, by_rows ? 1 : row};
          double const middle = along.first + (along.count - 1) / 2.0;
          for (auto k = run.begin; k < run.end; ++k) {
            auto const rotation = which.first + k * which.step;
            for (auto const& bundle : bundles_.of_rotation(rotation)) {
              if (bundle.by_rows != by_rows) continue;
              sum_along_lines(bundles_.lines_within(bundle, middle, middle, begin, begin + strip_columns), along,
                              across, size_, image.row(block, 0), sinogram.row(block, rotation));
            }
          }
        }
      }
    }
  }

  void back_project_tile(blocked_field const& sinogram, rotation_set const& which, std::int64_t block,
                         square_tile const& tile, tile_memory& memory, blocked_field& image) const {
    for (int part = 0; part < which.parts; ++part) {
      int const top = std::popcount(static_cast<unsigned>(part));
      bool const merged = sum_part(sinogram, which, which.first_part + part, block, tile, memory, top, part % 2 == 1);
      int const ones = std::countr_one(static_cast<unsigned>(part));
      for (int i = merged ? 1 : 0; i < ones; ++i) {
        float* const into = memory.level(top - 1 - i);
        float const* const other = memory.level(top - i);
        for (int v = 0; v < level_values; ++v) into[v] += other[v];
      }
    }
    for (int y = 0; y < tile.rows; ++y)
      std::copy_n(memory.level(0) + y * tile_edge * channel_block, tile.columns * channel_block,
                  image.row(block, tile.row + y) + tile.column * channel_block);
  }

  /// Into level `top`; or, if that is possible, added to the level below, as the result says.
  bool sum_part(blocked_field const& sinogram, rotation_set const& which, int part, std::int64_t block,
                square_tile const& tile, tile_memory& memory, int top, bool may_merge) const {
    auto const lists = memory.lists();
    pixel_range const down{tile.row, tile.rows, list_edge};
    pixel_range const right{tile.column, tile.columns, 1};
    int bound = 0;
    int by_rows = 0;
    bool begun = false;
    auto const sum = [&](bool merge) {
      auto const row = std::ptrdiff_t{tile_edge} * channel_block;
      float* const to = memory.level(merge ? top - 1 : top);
      if (by_rows >= 0)
        sum_lists(sinogram.row(block, 0), lists, down, right, row, channel_block, begun || merge, to);
      else
        sum_lists(sinogram.row(block, 0), lists, right, down, channel_block, row, begun || merge, to);
      memory.counts.clear();
      bound = by_rows = 0;
    };
    memory.counts.clear();
    auto const run = rotations_of(which, part, 1);
    for (auto k = run.begin; k < run.end; ++k) {
      auto const rotation = which.first + k * which.step;
      for (auto const& bundle : bundles_.of_rotation(rotation)) {
        if (bound + bundle.hits > list_capacity) {
          sum(false);
          begun = true;
        }
        auto const& along = bundle.by_rows ? down : right;
        auto const& across = bundle.by_rows ? right : down;
        auto const lines = bundles_.lines_within(bundle, along.first, along.first + along.count - 1, across.first - 1.0,
                                                 across.first + across.count);
        list_lines(lines, static_cast<std::uint32_t>(rotation * (translations_ + padding_rows)), along, across, size_,
                   lists);
        bound += bundle.hits;
        by_rows += bundle.by_rows ? 1 : -1;
      }
    }
    bool const merge = may_merge && !begun;
    sum(merge);
    return merge;
  }

  ray_bundles bundles_;
  std::int64_t rotations_;
  std::int64_t translations_;
  int size_;
  std::vector<tile_memory> scratch_;  // one a thread
};

}  // namespace

std::unique_ptr<projector> make_projector(ray_list const& rays, thread_pool& threads) {
  return std::make_unique<threaded_projector>(rays, threads);
}

}  // namespace xrdct::cpu
