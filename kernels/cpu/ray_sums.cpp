#include "kernels/cpu/ray_sums.hpp"

#include "kernels/cpu/weighted_rows.hpp"

#include <algorithm>
#include <vector>

namespace xrdct::cpu {
namespace {

// Some lines, of some rotations, are followed all through the image, a strip of rows (or columns) at a time: their sums
// and the pixels of two strips fit the second-level cache. Going through all lines of a strip first took a tenth
// longer, as sums then came from further away.
constexpr int strip_rows = 16;
constexpr int lines_at_once = 32;
static_assert(strip_rows <= longest_run);

/// Pixels of the strip that begins at `first` which the lines meet, nearly.
void find_pixels(std::vector<line_group> const& groups, int first, bool by_rows, int size,
                 std::vector<row_range>& pixels) {
  pixels.clear();
  int const last = std::min(first + strip_rows, size) - 1;
  if (last < first) return;
  double low = size;
  double high = -1;
  for (auto const& group : groups) {
    for (auto const* const line : {&group.lines.front(), &group.lines.back()}) {
      for (int const end : {first, last}) {
        low = std::min(low, line->start + line->slope * end);
        high = std::max(high, line->start + line->slope * end);
      }
    }
  }
  auto const begin = static_cast<std::uint32_t>(std::clamp(low, 0.0, size - 1.0));
  auto const end = static_cast<std::uint32_t>(std::clamp(high + 1, 0.0, size - 1.0)) + 1;
  auto const row = static_cast<std::uint32_t>(size + padding_rows);
  auto const from = static_cast<std::uint32_t>(first);
  auto const count = static_cast<std::uint32_t>(last - first + 1);
  if (by_rows)
    for (auto k = from; k < from + count; ++k) pixels.push_back({k * row + begin, end - begin});
  else
    for (auto k = begin; k < end; ++k) pixels.push_back({k * row + from, count});
}

/// Those that go by rows, or by columns, and are near `begin` in the middle of the image.
void sum_along_lines_near(int begin, bool by_rows, ray_bundles const& bundles, blocked_field const& image,
                          block_range const& blocks, rotation_run const& rotations, blocked_field& sinogram) {
  auto const size = static_cast<int>(image.extents[0]);
  double const middle = (size - 1) / 2.0;
  std::vector<line_group> groups;
  for (std::int64_t k = 0; k < rotations.count; ++k) {
    for (auto const& bundle : bundles.of_rotation(rotations[k])) {
      if (bundle.by_rows != by_rows) continue;
      auto const lines = bundles.lines_within(bundle, middle, middle, begin, begin + lines_at_once);
      if (!lines.empty()) groups.push_back({lines, sinogram.row(blocks.first, rotations[k])});
    }
  }
  if (groups.empty()) return;
  std::ptrdiff_t const row = size + padding_rows;
  pixel_range const across{begin, lines_at_once, by_rows ? 1 : row};
  image_blocks const images{image.row(blocks.first, 0), blocks.count, static_cast<std::ptrdiff_t>(image.block_stride),
                            static_cast<std::ptrdiff_t>(sinogram.block_stride)};
  std::vector<row_range> next;
  for (int first = 0; first < size; first += strip_rows) {
    pixel_range const along{first, std::min(strip_rows, size - first), by_rows ? row : 1};
    find_pixels(groups, first + strip_rows, by_rows, size, next);
    for (std::size_t i = 0; i < groups.size(); i += most_groups)
      sum_along_lines(std::span(groups).subspan(i, std::min(most_groups, groups.size() - i)), along, across, size,
                      images, next);
  }
}

}  // namespace

void sum_along_rays(ray_bundles const& bundles, blocked_field const& image, block_range const& blocks,
                    rotation_run const& rotations, blocked_field& sinogram) {
  for (int b = 0; b < blocks.count; ++b)
    for (std::int64_t k = 0; k < rotations.count; ++k)
      std::fill_n(sinogram.row(blocks.first + b, rotations[k]), sinogram.extents[1] * channel_block, 0.0F);
  // Lines that are beside the image in the middle may be in it elsewhere; they have a slope of at most 1.
  auto const size = static_cast<int>(image.extents[0]);
  for (bool const by_rows : {true, false})
    for (int begin = -size / 2 - 1; begin <= size + size / 2; begin += lines_at_once)
      sum_along_lines_near(begin, by_rows, bundles, image, blocks, rotations, sinogram);
}

}  // namespace xrdct::cpu
