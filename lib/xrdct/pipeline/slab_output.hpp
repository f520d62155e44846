#pragma once
/// \file What ranks hold into the result file, collectively and in bands of rows.

#include "xrdct/comm/band_exchange.hpp"
#include "xrdct/io/result_file.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>

namespace xrdct {

/// Collective. Opens a file that was laid out. Throws agreed_error.
std::unique_ptr<slab_writer> open_slabs(std::string const& path, communicator const& ranks);

/// Collective. The dataset [row][column][channel] gets all rows; `mine` holds this rank's (shape.rows_of) in the
/// channels of its slab. Throws agreed_error on all ranks when one of them fails.
void write_slabs(slab_writer& file, communicator const& ranks, std::string const& dataset, slab_array const& shape,
                 std::span<float const> mine);

/// Makes a row of mine, counted from 0.
using row_maker = std::function<void(std::uint64_t row, std::span<float> into)>;

/// Collective. The dataset [row][channel] gets the rows `mine` of every rank, made as they are written. Throws
/// agreed_error on all ranks when one of them fails.
void write_rows(slab_writer& file, communicator const& ranks, std::string const& dataset, frame_range mine,
                std::uint64_t channels, row_maker const& make);

}  // namespace xrdct
