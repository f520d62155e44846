#pragma once
/// \file Channel slabs become bands of whole rows: what is spread over ranks by channels is gathered by rows, to be
/// written.

#include "xrdct/comm/communicator.hpp"
#include "xrdct/comm/layout.hpp"
#include "xrdct/kernels/view.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace xrdct {

/// An array [row][column][channel] in the making. Every rank holds some of its rows in the channels of its slab: its
/// share (share_of) of the rows among the members of that slab.
struct slab_array {
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
  std::uint64_t channels = 0;
  std::vector<channel_slab> slabs;  ///< of every rank; their channels count from 0 to `channels`

  /// The rows that a rank holds.
  frame_range rows_of(int rank) const;
};

/// The rows that are brought together at a time: about 256 MB over all ranks, but 16 rows for every rank (those of
/// a chunk with many columns and channels), so that all of them write, unless these alone have more than 256 MB.
std::uint64_t rows_a_band(slab_array const& shape);

/// The rows of band [first, first + count) that a rank gets, in multiples of 16.
frame_range band_share(std::uint64_t first, std::uint64_t count, int rank, int ranks);

/// Collective. `mine` holds this rank's rows, [row · column][channel of slab]; `into` gets its share of the band with
/// all channels, [row][column][channel], and must have just that length: ranks agree beforehand that all have the
/// memory.
void gather_band(communicator const& ranks, slab_array const& shape, frame_range band, view<float const> mine,
                 std::span<float> into);

}  // namespace xrdct
