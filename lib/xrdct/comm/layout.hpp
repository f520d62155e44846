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

/// How the bins of a pattern are numbered: its channels, or those of its first azimuthal sector, of its second, and so
/// on.
struct bin_layout {
  std::uint64_t channels = 0;  ///< of a sector
  std::uint64_t sectors = 0;   ///< 0: not divided into any; then arrays have no axis of sectors

  /// Parts that are written one by one: sectors, or the undivided whole.
  std::uint64_t parts() const { return sectors > 0 ? sectors : 1; }
  std::uint64_t count() const { return parts() * channels; }
  /// Where `chosen` channels of a sector are among all bins.
  frame_range in_part(std::uint64_t part, frame_range chosen) const {
    return {part * channels + chosen.first, chosen.count};
  }
  void fields(auto& archive) { archive(channels, sectors); }
};

/// One slab a rank: multiples of 64 channels (the last one may be ragged), shared out evenly, in the order of ranks.
std::vector<channel_slab> channel_layout(std::uint64_t channels, int ranks);

/// What of `range` is in every rank's slab, numbered from the start of `range`; members stay.
std::vector<channel_slab> slabs_within(std::vector<channel_slab> const& slabs, frame_range range);

/// Part `index` of `parts` equal parts of [first, first + count), cut at multiples of `unit` from `first`.
frame_range share_of(std::uint64_t first, std::uint64_t count, int index, int parts, std::uint64_t unit = 1);

}  // namespace xrdct
