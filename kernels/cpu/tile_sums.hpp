#pragma once
/// \file Sums over rays for the pixels of a tile, for some blocks of channels.

#include "kernels/cpu/aligned_buffer.hpp"
#include "kernels/cpu/blocked_field.hpp"
#include "kernels/cpu/ray_bundles.hpp"
#include "kernels/cpu/rotation_run.hpp"
#include "kernels/cpu/weighted_rows.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace xrdct::cpu {

// Lists, samples and sums of a part of the rotations fit the second-level cache: 24 took a fifth longer where all
// samples fit the third-level cache, and as long where they do not.
inline constexpr int summed_tile_edge = 16;
// Blocks of channels that share lists of lines: one alone took half as long again.
inline constexpr int most_summed_blocks = 4;

/// A tile begins at a row and column that are multiples of summed_tile_edge.
struct summed_tile {
  int row = 0;
  int column = 0;
  std::int64_t first_block = 0;
  int blocks = 0;  ///< of channels, at most most_summed_blocks
};

/// Has memory of its own: one a thread.
class tile_sums {
 public:
  tile_sums();

  /// The pixels of a tile of `image` ← sums over the rays of a set, of `sinogram`, in the order that rotation_set
  /// tells.
  void sum(ray_bundles const& bundles, blocked_field const& sinogram, rotation_set const& which,
           summed_tile const& tile, blocked_field& image);

 private:
  struct part;
  /// Lines of a bundle that meet the tile.
  struct crossing_lines {
    ray_bundle const* bundle;
    std::span<ray_line const> lines;
  };

  void find_lines(ray_bundles const& bundles, rotation_run const& rotations, part const& sum);
  void add_part(part& sum, rotation_run const& next, ray_bundles const& bundles);
  void sum_up(part& sum, bool is_last);
  pixel_lists lists();
  void clear_lists();
  float* level(int block, int number);

  aligned_buffer<weighted_row> rows_;
  std::vector<weighted_row*> ends_;
  std::vector<crossing_lines> found_;
  std::vector<row_range> samples_;  ///< of the lines found, nearly
  std::vector<row_range> present_;  ///< of those in the lists
  aligned_buffer<float> levels_;    ///< [block][level][row][column][channel]
};

}  // namespace xrdct::cpu
