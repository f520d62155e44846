#pragma once
/// \file A slab taken apart along the chunks of its dataset.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace xrdct {

using extents = std::vector<unsigned long long>;

/// Calls `put(first, count, values)` for the part of every chunk that lies in rows [first, first + count) of the
/// slowest dimension of a dataset, with that part's values one after the other, until `put` returns false. `slab` holds
/// the rows, whole. Chunks come in their order in the file.
void for_each_chunk(extents const& extent, extents const& chunk, std::uint64_t first, std::uint64_t count,
                    std::span<float const> slab,
                    std::function<bool(extents const&, extents const&, std::span<float const>)> const& put);

}  // namespace xrdct
