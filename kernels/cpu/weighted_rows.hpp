#pragma once
/// \file Weighted sums of pixels along rays, and of rays over pixels, for a block of channels. Both are sums of rows of
/// `channel_block` values, aligned to 64 bytes, each with a weight; lists say which.

#include "kernels/cpu/ray_bundles.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace xrdct::cpu {

/// A row of `channel_block` values, by its number, and what it is multiplied with.
struct weighted_row {
  std::uint32_t row;
  float weight;
};

/// Pixels of an image along an axis: its lines are followed along one, and meet pixels of the other.
struct pixel_range {
  int first = 0;
  int count = 0;
  std::ptrdiff_t stride = 0;  ///< from one to the next, in whatever is counted
};

/// Lines are followed for at most this many pixels at a time.
inline constexpr int longest_run = 32;

/// A list is as long as this, and has as many cache lines as spread lists evenly over a cache.
inline constexpr int list_capacity = 72;
/// The lists of a tile: what every pixel, and every pixel beside the tile, is made of.
struct pixel_lists {
  weighted_row* rows;     ///< list_capacity of each; of the tile's first pixel
  std::uint32_t* counts;  ///< one each
};

/// Appends to the list of every pixel the lines that meet it. `first_row` is the row of translation 0; strides count
/// lists, `across` has a list more on both sides, and `along` has at most longest_run.
void list_lines(std::span<ray_line const> lines, std::uint32_t first_row, pixel_range const& along,
                pixel_range const& across, int size, pixel_lists const& lists);

/// sums[i] ← or += what the list of pixel i says. Pixels are taken `along` the one axis first, two at a time. The sums
/// have the strides `along_values` and `across_values`. Lists of pixels of a pair become equally long.
void sum_lists(float const* rows, pixel_lists const& lists, pixel_range const& along, pixel_range const& across,
               std::ptrdiff_t along_values, std::ptrdiff_t across_values, bool add, float* sums);

/// sums[translation] += Σ of pixels that the lines meet, for lines that are between `across.first` and `across.first +
/// across.count` in the middle of the run. Strides count rows of `image`, the first of which is pixel (0, 0).
void sum_along_lines(std::span<ray_line const> lines, pixel_range const& along, pixel_range const& across, int size,
                     float const* image, float* sums);

}  // namespace xrdct::cpu
