#pragma once
/// \file Sums over rays for the pixels of a tile, for some blocks of channels.

#include "kernels/cpu/aligned_buffer.hpp"
#include "kernels/cpu/blocked_field.hpp"
#include "kernels/cpu/ray_bundles.hpp"
#include "kernels/cpu/rotation_run.hpp"
#include "kernels/cpu/weighted_rows.hpp"

#include <cstdint>
#include <vector>

namespace xrdct::cpu {

// Larger tiles need fewer lists of lines for a pixel and read samples fewer times, until lists and sums are beyond the
// second-level cache: 16 took a tenth longer, 32 as long.
inline constexpr int summed_tile_edge = 24;
// Blocks of channels that share lists of lines: one alone took a quarter longer.
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

  void add_part(ray_bundles const& bundles, rotation_run const& rotations, part& sum);
  void sum_up(part& sum, bool is_last);
  pixel_lists lists();
  void clear_lists();
  float* level(int block, int number);

  aligned_buffer<weighted_row> rows_;
  std::vector<weighted_row*> ends_;
  std::vector<row_range> samples_;  ///< that are in the lists, nearly
  aligned_buffer<float> levels_;    ///< [block][level][row][column][channel]
};

}  // namespace xrdct::cpu
