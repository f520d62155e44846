#include "xrdct/io/slab_chunks.hpp"

#include <algorithm>

namespace xrdct {
namespace {

/// Copies a box out of the slab, whose first row is row `first_row` of the dataset.
void pack(extents const& extent, std::uint64_t first_row, extents const& first, extents const& count,
          std::span<float const> slab, std::vector<float>& into) {
  into.clear();
  auto const rank = extent.size();
  auto const run = static_cast<std::size_t>(count[rank - 1]);
  extents at(rank, 0);  // in the box
  for (;;) {
    std::uint64_t from = first[0] - first_row + at[0];
    for (std::size_t d = 1; d < rank; ++d) from = from * extent[d] + first[d] + at[d];
    auto const line = slab.subspan(from, run);
    into.insert(into.end(), line.begin(), line.end());
    std::size_t d = rank - 1;
    while (d > 0 && ++at[d - 1] == count[d - 1]) at[--d] = 0;
    if (d == 0) return;
  }
}

}  // namespace

void for_each_chunk(extents const& extent, extents const& chunk, std::uint64_t first, std::uint64_t count,
                    std::span<float const> slab,
                    std::function<bool(extents const&, extents const&, std::span<float const>)> const& put) {
  auto const rank = extent.size();
  if (count == 0) return;
  extents low(rank, 0);
  extents high = extent;
  low[0] = first;
  high[0] = first + count;
  extents corner(rank, 0);  // of a chunk
  corner[0] = first / chunk[0] * chunk[0];
  extents const start = corner;
  extents at(rank);
  extents size(rank);
  std::vector<float> values;
  for (;;) {
    for (std::size_t d = 0; d < rank; ++d) {
      at[d] = std::max(corner[d], low[d]);
      size[d] = std::min(corner[d] + chunk[d], high[d]) - at[d];
    }
    pack(extent, first, at, size, slab, values);
    if (!put(at, size, values)) return;
    std::size_t d = rank;
    while (d > 0 && (corner[d - 1] += chunk[d - 1]) >= high[d - 1]) {
      --d;
      corner[d] = start[d];
    }
    if (d == 0) return;
  }
}

}  // namespace xrdct
