#pragma once
/// \file What ranks hold into the result file, collectively and in bands of rows.

#include "xrdct/comm/band_exchange.hpp"
#include "xrdct/io/result_file.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace xrdct {

/// Collective. Opens a file that was laid out. Throws agreed_error.
std::unique_ptr<slab_writer> open_slabs(std::string const& path, communicator const& ranks, chunk_compression how);

/// A dataset [layer][sector][row][column][channel], or one without the axes of what there is but one of, that ranks
/// hold by bins; of several layers, one of them.
struct sectored_array {
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
  bin_layout bins;                       ///< all there are, as `slabs` number them
  frame_range channels;                  ///< of every sector: those that the dataset has
  std::vector<channel_slab> slabs;       ///< of every rank
  std::optional<std::uint64_t> layer{};  ///< none: the dataset has no axis of layers

  /// One sector, or the undivided whole.
  slab_array part(std::uint64_t index) const {
    return {rows, columns, channels.count, slabs_within(slabs, bins.in_part(index, channels))};
  }
  /// The first indices of a part in the dataset.
  std::vector<std::uint64_t> place_of(std::uint64_t index) const {
    std::vector<std::uint64_t> place;
    if (layer) place.push_back(*layer);
    if (bins.sectors > 0) place.push_back(index);
    return place;
  }
  /// The rows that a rank holds, in any sector.
  frame_range rows_of(int rank) const { return part(0).rows_of(rank); }
};

/// Collective. The dataset gets all rows (of the layer), sector by sector; `mine` holds this rank's (shape.rows_of),
/// [row][column][bin of its slab that the dataset has]. Throws agreed_error on all ranks when one of them fails.
void write_slabs(slab_writer& file, communicator const& ranks, std::string const& dataset, sectored_array const& shape,
                 std::span<float const> mine);

/// Makes a row of mine, counted from 0.
using row_maker = std::function<void(std::uint64_t row, std::span<float> into)>;

/// Collective. The dataset, whose shape is [row][…], gets the rows `mine` of every rank, made by several threads as
/// they are written. Throws agreed_error on all ranks when one of them fails.
void write_rows(slab_writer& file, communicator const& ranks, std::string const& dataset,
                std::span<std::uint64_t const> shape, frame_range mine, int threads, row_maker const& make);

}  // namespace xrdct
