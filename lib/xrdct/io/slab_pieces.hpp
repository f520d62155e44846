#pragma once
/// \file A slab cut into pieces that one call may write.

#include <cstdint>
#include <vector>

namespace xrdct {

/// A box of a dataset whose values lie one after the other in the slab's memory.
struct slab_piece {
  std::vector<unsigned long long> first, count;  ///< of every dimension
  std::uint64_t offset = 0;                      ///< of its first value in the slab
  std::uint64_t values = 0;
};

/// Cuts rows [first, first + count) of the slowest dimension of a dataset of `extent` (none of it 0) into pieces of at
/// most `most_values` values, in the order of memory. A piece of several rows ends with a chunk where it can.
std::vector<slab_piece> cut_slab(std::vector<unsigned long long> const& extent, std::uint64_t first,
                                 std::uint64_t count, std::uint64_t most_values);

}  // namespace xrdct
