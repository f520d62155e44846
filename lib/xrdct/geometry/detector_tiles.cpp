#include "xrdct/geometry/detector_tiles.hpp"

#include "xrdct/base/error.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace xrdct {
namespace {

// Corners on the line between two tiles are computed twice: 1.6 % of them. A tile of 2,000 columns measures some 2 MB.
constexpr int tile_rows = 64;

}  // namespace

std::size_t detector_tiles::count() const {
  return static_cast<std::size_t>((pixels_.rows() + tile_rows - 1) / tile_rows);
}

std::size_t detector_tiles::index_of(row_range tile) { return static_cast<std::size_t>(tile.first / tile_rows); }

std::size_t detector_tiles::count_of(std::size_t pixels) const {
  return pixels / std::max<std::size_t>(1, pixels_.pixels_in({0, tile_rows}));
}

row_range detector_tiles::rows(std::size_t tile) const {
  int const first = static_cast<int>(tile) * tile_rows;
  return {first, std::min(tile_rows, pixels_.rows() - first)};
}

std::size_t detector_tiles::first_pixel(std::size_t tile) const { return pixels_.pixels_in({0, rows(tile).first}); }

std::span<std::uint8_t const> detector_tiles::mask_of(std::size_t tile) const {
  return mask_.empty() ? mask_ : mask_.subspan(first_pixel(tile), pixels_.pixels_in(rows(tile)));
}

std::vector<std::uint8_t> detector_tiles::excluded_of(std::size_t tile) const {
  auto const masked = mask_of(tile);
  std::vector<std::uint8_t> excluded(masked.begin(), masked.end());
  excluded.resize(pixels_.pixels_in(rows(tile)));
  return excluded;
}

void detector_tiles::require_room(std::uint64_t entries, std::size_t bins) {
  if (entries <= std::numeric_limits<std::uint32_t>::max()) return;
  throw usage_error("pixels split over " + std::to_string(bins) + " bins make too large a matrix; give fewer");
}

void detector_tiles::join(std::vector<tile_entries>& tiles, std::uint64_t entries, integration_matrix& into) {
  for (std::size_t pixel = 1; pixel < into.offsets.size(); ++pixel) into.offsets[pixel] += into.offsets[pixel - 1];
  into.bin.reserve(entries);
  into.coefficient.reserve(entries);
  for (auto& tile : tiles) {
    into.bin.insert(into.bin.end(), tile.bin.begin(), tile.bin.end());
    into.coefficient.insert(into.coefficient.end(), tile.coefficient.begin(), tile.coefficient.end());
    tile = {};
  }
}

}  // namespace xrdct
