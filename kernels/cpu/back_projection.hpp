#pragma once
/// \file The back-projection of a tile of pixels, for a block of channels.

#include "kernels/cpu/channel_block.hpp"
#include "kernels/cpu/ray_geometry.hpp"

#include <cstddef>

namespace xrdct::cpu {

/// Pixels of a tomogram: rows [row, row + rows), columns [column, column + columns), which are between multiples of
/// tile_edge. The first column is one.
struct pixel_tile {
  int row = 0;
  int column = 0;
  int rows = 0;
  int columns = 0;
};
inline constexpr int tile_edge = 30;
/// Where a tile's first row is in its sums: these begin with a strip.
constexpr int first_sum_row(pixel_tile const& tile) { return tile.row % strip; }
/// Values of the sums of a tile: [row][column][channel of the block], tile_edge columns a row.
inline constexpr std::size_t tile_values = static_cast<std::size_t>(tile_edge) * tile_edge * channel_block;

/// Samples are rows of `channel_block` values, aligned to 64 bytes, each set of `translations` rows followed by
/// `padding_rows` of zeros; one set follows the other.
///
/// Writes the sums of interpolated samples over all angles into `sums`, which is aligned to 64 bytes. Its values beyond
/// the tile's rows and columns mean nothing.
void back_project_tile(ray_geometry const& rays, float const* samples, pixel_tile const& tile, float* sums);

/// The same for variances: w0²·squares[k] + w1²·squares[k+1] + 2·w0·w1·crossed[k].
void back_project_variance_tile(ray_geometry const& rays, float const* squares, float const* crossed,
                                pixel_tile const& tile, float* sums);

/// Some channels of pixels in a caller's memory: the first pixel of a tile, and how many values the next one of its row
/// and the next row are from it.
struct pixel_memory {
  float* first = nullptr;
  std::size_t pixel_stride = 0;
  std::size_t row_stride = 0;
  std::size_t channels = 0;  ///< at most channel_block
};

/// Writes the sums of a tile there.
void put_tile(pixel_tile const& tile, float const* sums, pixel_memory const& image);

}  // namespace xrdct::cpu
