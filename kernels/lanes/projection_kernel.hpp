#pragma once
/// \file Projection along rays with channels in lanes.
///
/// A group follows four rays through the image, of one translation at four neighbouring rotations, and a block does so
/// for 8 neighbouring translations: some 12 pixels of a row then serve 32 rays. Where the rays are in 32 rows is
/// computed by the lanes, in double, and read back by all from shared memory. Sums over 32 rows begin at zero, in
/// registers, and are then added up.
///
/// Count for an H200, 2,048 channels × 300 rotations × 300 translations × 300 rows: 432·10⁶ times (a ray in a row for
/// 128 channels) 8 fused multiply-adds, 2 loads of 16 bytes a lane and one of 16 bytes for all. First-level cache, 128
/// bytes a cycle: 9 cycles, 17 ms: the limit. Second level: 12 pixels of 512 bytes for 32 rays in a row, 83 GB, 15 ms
/// at 5.5 TB/s. Nothing of this was measured on a device yet.

#include "kernels/lanes/channels.hpp"
#include "kernels/lanes/engine.hpp"
#include "kernels/lanes/ray_line.hpp"
#include "kernels/lanes/rotation_run.hpp"

#include <cstddef>
#include <cstdint>

namespace xrdct::lanes {

/// Entries of the sinogram that belong to some rotations ← sums of an image along their rays.
struct projection {
  static constexpr std::uint32_t groups = 8;
  static constexpr int phases = 1;
  static constexpr std::uint32_t rays_of_group = 4;  // of one translation, at so many rotations
  static constexpr std::uint32_t rows_at_once = 32;

  four const* image;
  four* sinogram;
  ray_line const* lines;  ///< ray_table::lines
  rotation_run rotations;
  std::uint32_t translations, size, vectors;

  XRDCT_HOST_DEVICE std::size_t tasks_of_tile() const {
    std::uint32_t const count = rotations.end() - rotations.begin();
    return std::size_t{(count + rays_of_group - 1) / rays_of_group} * translations;
  }
  XRDCT_HOST_DEVICE std::size_t tasks() const { return tasks_of_tile() * channel_tile::count_of(vectors); }
  std::size_t blocks() const { return (tasks() + groups - 1) / groups; }
  std::size_t shared_bytes() const { return groups * group_bytes; }

  template <int phase, class G>
  XRDCT_HOST_DEVICE void run(G const& lanes, block_place at, std::byte* shared) const {
    std::size_t const task = at.block * groups + at.group;
    if (task >= tasks()) return;
    channel_tile const some(static_cast<std::uint32_t>(task / tasks_of_tile()), vectors);
    std::size_t const of_tile = task % tasks_of_tile();
    auto const translation = static_cast<std::uint32_t>(of_tile % translations);
    auto const k = rotations.begin() + static_cast<std::uint32_t>(of_tile / translations) * rays_of_group;
    std::uint32_t const left = rotations.end() - k;
    std::uint32_t const rays = left < rays_of_group ? left : rays_of_group;
    auto* const crossings = reinterpret_cast<crossing*>(shared + at.group * group_bytes);
    for (std::uint32_t first = 0; first < tile && first < some.count; first += lanes.size()) {
      std::uint32_t const lane = first + lanes.rank();
      four const* const from = image + some.first + (lane < some.count ? lane : 0);
      four sums[rays_of_group];
      XRDCT_UNROLL
      for (std::uint32_t r = 0; r < rays_of_group; ++r) clear(sums[r]);
      for (std::uint32_t row = 0; row < size; row += rows_at_once) {
        std::uint32_t const rows = size - row < rows_at_once ? size - row : rows_at_once;
        lanes.sync();  // crossings of the rows before have been read
        for (std::uint32_t i = lanes.rank(); i < rows * rays_of_group; i += lanes.size())
          crossings[i] = cross(k, i % rays_of_group, rays, translation, row + i / rays_of_group);
        lanes.sync();
        add_rows(crossings, rows, from, sums);
      }
      if (lane < some.count) store(sums, k, rays, translation, some.first + lane);
    }
  }

 private:
  /// The two pixels of a row that a ray's sum takes a share of.
  struct alignas(16) crossing {
    std::uint32_t before, behind;
    float of_before, of_behind;
  };
  static constexpr std::size_t group_bytes = rows_at_once * rays_of_group * sizeof(crossing);

  XRDCT_HOST_DEVICE std::size_t entry(std::uint32_t k, std::uint32_t translation) const {
    return std::size_t{rotations.rotation(k)} * translations + translation;
  }

  XRDCT_HOST_DEVICE crossing cross(std::uint32_t k, std::uint32_t ray, std::uint32_t rays, std::uint32_t translation,
                                   std::uint32_t row) const {
    crossing found{0, 0, 0, 0};
    if (ray >= rays) return found;
    ray_line const line = lines[entry(k + ray, translation)];
    row_share const share = share_in_row(line, row, size);
    std::uint32_t const of_row = line.by_rows != 0 ? row * size : row;
    std::uint32_t const step = line.by_rows != 0 ? 1 : size;
    if (share.before >= 0) {
      found.before = of_row + static_cast<std::uint32_t>(share.before) * step;
      found.of_before = share.of_before;
    }
    auto const behind = static_cast<std::uint32_t>(share.before + 1);
    if (behind < size) {
      found.behind = of_row + behind * step;
      found.of_behind = share.of_behind;
    }
    return found;
  }

  XRDCT_HOST_DEVICE void add_rows(crossing const* crossings, std::uint32_t rows, four const* from,
                                  four (&sums)[rays_of_group]) const {
    four part[rays_of_group];
    XRDCT_UNROLL
    for (std::uint32_t r = 0; r < rays_of_group; ++r) clear(part[r]);
    XRDCT_ROLLED
    for (std::uint32_t row = 0; row < rows; ++row, crossings += rays_of_group) {
      XRDCT_UNROLL
      for (std::uint32_t r = 0; r < rays_of_group; ++r) {
        crossing const at = crossings[r];
        add(part[r], at.of_before, from[std::size_t{at.before} * vectors]);
        add(part[r], at.of_behind, from[std::size_t{at.behind} * vectors]);
      }
    }
    XRDCT_UNROLL
    for (std::uint32_t r = 0; r < rays_of_group; ++r) add(sums[r], part[r]);
  }

  XRDCT_HOST_DEVICE void store(four const (&sums)[rays_of_group], std::uint32_t k, std::uint32_t rays,
                               std::uint32_t translation, std::uint32_t v) const {
    XRDCT_UNROLL
    for (std::uint32_t r = 0; r < rays_of_group; ++r) {
      if (r < rays) sinogram[entry(k + r, translation) * vectors + v] = sums[r];
    }
  }
};

}  // namespace xrdct::lanes
