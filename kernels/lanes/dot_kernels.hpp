#pragma once
/// \file Σ x·y of every channel, in double and in a fixed order: over the columns of a row, then over rows.

#include "kernels/lanes/channels.hpp"
#include "kernels/lanes/engine.hpp"

#include <cstddef>
#include <cstdint>

namespace xrdct::lanes {

/// sums[row][channel] ← Σ x·y over the columns of a row. A group does a tile of channels of a row.
struct dot_of_rows {
  static constexpr std::uint32_t groups = 8;
  static constexpr int phases = 1;

  four const* x;  ///< of the first row
  four const* y;
  std::size_t rows;
  std::uint32_t columns, vectors;
  double* sums;

  std::size_t tasks() const { return rows * channel_tile::count_of(vectors); }
  std::size_t blocks() const { return (tasks() + groups - 1) / groups; }
  std::size_t shared_bytes() const { return 0; }
  template <int phase, class G>
  XRDCT_HOST_DEVICE void run(G const& lanes, block_place at, std::byte*) const {
    std::size_t const task = at.block * groups + at.group;
    std::uint32_t const tiles = channel_tile::count_of(vectors);
    if (task >= rows * tiles) return;
    std::size_t const row = task / tiles;
    channel_tile const some(static_cast<std::uint32_t>(task % tiles), vectors);
    for (std::uint32_t v = some.first + lanes.rank(); v < some.first + some.count; v += lanes.size()) {
      double sum[channels_a_lane] = {0, 0, 0, 0};
      XRDCT_UNROLL_4  // values are asked for before those before them are there
          for (std::uint32_t column = 0; column < columns; ++column) {
        std::size_t const i = (row * columns + column) * vectors + v;
        four const one = x[i], other = y[i];
        XRDCT_UNROLL  // products of floats are exact in double
            for (std::uint32_t c = 0; c < channels_a_lane; ++c) sum[c] +=
            static_cast<double>(one.at[c]) * static_cast<double>(other.at[c]);
      }
      double* const to = sums + (row * vectors + v) * channels_a_lane;
      XRDCT_UNROLL
      for (std::uint32_t c = 0; c < channels_a_lane; ++c) to[c] = sum[c];
    }
  }
};

/// total[i] ← Σ sums[row][i] over rows, i < count.
struct sum_of_rows {
  static constexpr std::uint32_t groups = 1;
  static constexpr int phases = 1;

  double const* sums;
  std::size_t rows;
  std::size_t count;
  double* total;

  std::size_t blocks() const { return (count + tile - 1) / tile; }
  std::size_t shared_bytes() const { return 0; }
  template <int phase, class G>
  XRDCT_HOST_DEVICE void run(G const& lanes, block_place at, std::byte*) const {
    std::size_t const first = at.block * tile;
    for (std::size_t i = first + lanes.rank(); i < first + tile && i < count; i += lanes.size()) {
      double sum = 0;
      XRDCT_UNROLL_4
      for (std::size_t row = 0; row < rows; ++row) sum += sums[row * count + i];
      total[i] = sum;
    }
  }
};

}  // namespace xrdct::lanes
