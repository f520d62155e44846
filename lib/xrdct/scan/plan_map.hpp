#pragma once
/// \file Which position of a scan has how many frames, to be looked at.

#include "xrdct/scan/plan.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace xrdct {

/// Numbers of frames in [row][column], made smaller so that each cell stands for a block of positions of one layer: it
/// has the most unusual number of its block, which is 0 where any of its positions has no frame, or else the one
/// furthest from what most positions have. So a single missing frame is still seen.
struct frame_map {
  std::size_t rows = 0;     ///< of rotations
  std::size_t columns = 0;  ///< of translations
  std::vector<std::uint32_t> frames;

  std::uint32_t at(std::size_t row, std::size_t column) const { return frames[row * columns + column]; }
  /// What part of an axis of `positions` a row or column of `cells` stands for: [first, end).
  static std::size_t edge(std::size_t cell, std::size_t cells, std::size_t positions) {
    return cell * positions / cells;
  }
};

frame_map map_frames(scan_plan const& plan, std::size_t layer, std::size_t most_rows, std::size_t most_columns);

/// The map of a layer for a terminal, of at most 72 columns and 24 rows: rotations downwards, translations to the
/// right;
/// '.' no frame, '1' … '9', '+' more. Throws std::out_of_range for a layer that is none.
std::string ascii_map(scan_plan const& plan, std::size_t layer);

/// The layer with the most positions without a frame: the one to look at. The first of equals.
std::size_t poorest_layer(scan_plan const& plan);

}  // namespace xrdct
