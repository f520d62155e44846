#pragma once
/// \file Weighted sums of pixels along rays, and of rays over pixels, for a block of channels. Both are sums of rows of
/// `channel_block` values, aligned to 64 bytes, each with a weight; lists say which.

#include "kernels/cpu/ray_bundles.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace xrdct::cpu {

/// A row of `channel_block` values by its number, in the lower half, and what it is multiplied with, a float32 in the
/// upper.
using weighted_row = std::uint64_t;

/// Pixels of an image along an axis: its lines are followed along one, and meet pixels of the other.
struct pixel_range {
  int first = 0;
  int count = 0;
  std::ptrdiff_t stride = 0;  ///< from one to the next, in whatever is counted
};

/// Rows that follow one another.
struct row_range {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

/// Rows that are asked for while others are summed up, to be in the second-level cache when their turn comes.
struct next_rows {
  float const* rows = nullptr;  ///< of the first block of channels
  std::span<row_range const> ranges{};
  int blocks = 1;
  std::ptrdiff_t stride = 0;  ///< values from one block to the next

  std::size_t count() const {
    std::size_t sum = 0;
    for (auto const& range : ranges) sum += range.count;
    return sum;
  }
};

/// Lines are followed for at most this many pixels at a time.
inline constexpr int longest_run = 32;

/// The most entries of a list: what a part of 300 rotations gives a pixel. Lists are an odd number of cache lines
/// apart, so that they do not all compete for the same places of a cache.
inline constexpr int list_capacity = 72;

/// The lists of a tile: what every pixel, and every pixel beside the tile, is made of.
struct pixel_lists {
  weighted_row* rows;   ///< list_capacity of each; of the tile's first pixel
  weighted_row** ends;  ///< of the lists, one each
};

/// Appends to the list of every pixel the lines that meet it. `first_row` is the row of translation 0; strides count
/// lists, `across` has a list more on both sides, and `along` has at most longest_run.
void list_lines(std::span<ray_line const> lines, std::uint32_t first_row, pixel_range const& along,
                pixel_range const& across, int size, pixel_lists const& lists);

/// Makes lists of pixels equally long, two by two `along` an axis, as sum_lists() takes them.
void even_lists(pixel_lists const& lists, pixel_range const& along, pixel_range const& across);

/// Where the values of pixels are, from those of the first on: values from one pixel to the next.
struct plane {
  std::ptrdiff_t along = 0;
  std::ptrdiff_t across = 0;

  std::ptrdiff_t at(int k, int i) const { return k * along + i * across; }
};

/// to[pixel] ← what its list says, to which others[0][pixel] is added, then others[1][pixel] and so on. Pixels are
/// taken two by two `along` one axis.
void sum_lists(float const* rows, pixel_lists const& lists, pixel_range const& along, pixel_range const& across,
               std::span<float const* const> others, plane const& of_others, float* to, plane const& of_to,
               next_rows const& next);

/// Lines, and where their sums are: at sums[translation].
struct line_group {
  std::span<ray_line const> lines;
  float* sums;
};

inline constexpr std::size_t most_groups = 64;

/// Blocks of channels of an image, with the strides, in values, from one to the next.
struct image_blocks {
  float const* first;
  int count;
  std::ptrdiff_t stride;
  std::ptrdiff_t sums_stride;
};

/// Adds to the sums of lines the pixels that they meet `along` a run, for lines that are between `across.first` and
/// `across.first + across.count` in the middle of the image. Strides of ranges count rows of an image, the first of
/// which is pixel (0, 0). At most most_groups groups, with lines each. `next` is what will be summed up afterwards.
void sum_along_lines(std::span<line_group const> groups, pixel_range const& along, pixel_range const& across, int size,
                     image_blocks const& images, std::span<row_range const> next);

}  // namespace xrdct::cpu
