#pragma once
/// \file Who has which channels, and which rows.

#include "xrdct/scan/plan.hpp"

#include <cstdint>
#include <vector>

namespace xrdct {

/// The channels of a rank: [first, first + count). With more ranks than slabs, `members` ranks share one slab, each of
/// them has all of its sinogram, and `member` (of 0 … members − 1) says which of them this is.
struct channel_slab {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  int member = 0;
  int members = 1;
};

/// One slab a rank: multiples of 64 channels (the last one may be ragged), shared out evenly, in the order of ranks.
std::vector<channel_slab> channel_layout(std::uint64_t channels, int ranks);

/// Part `index` of `parts` equal parts of [first, first + count), cut at multiples of `unit` from `first`.
frame_range share_of(std::uint64_t first, std::uint64_t count, int index, int parts, std::uint64_t unit = 1);

}  // namespace xrdct
