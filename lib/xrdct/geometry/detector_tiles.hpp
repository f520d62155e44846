#pragma once
/// \file The integration matrix, made tile by tile: what is measured of pixels on the way takes little memory, and
/// threads share the tiles out.

#include "xrdct/base/parallel.hpp"
#include "xrdct/geometry/bin_axis.hpp"
#include "xrdct/geometry/pixel_geometry.hpp"
#include "xrdct/kernels/integration_matrix.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace xrdct {

/// Of some pixels, along both axes. The azimuthal one stays empty where nobody asks for it.
struct pixel_extent {
  interval radial, azimuthal;

  void include(pixel_extent const& other) {
    radial.include(other.radial.lower, other.radial.upper);
    azimuthal.include(other.azimuthal.lower, other.azimuthal.upper);
  }
};

/// Rows of a detector, some at a time. What is made of them is the same, to the bit, for any number of threads.
class detector_tiles {
 public:
  /// `mask` is empty or has a value a pixel (not 0: excluded); it and the pixels outlive the tiles.
  detector_tiles(pixel_geometry const& pixels, std::span<std::uint8_t const> mask, int threads)
      : pixels_(pixels), mask_(mask), threads_(threads) {}

  std::size_t count() const;
  static std::size_t index_of(row_range tile);
  /// The tiles that so many pixels fill.
  std::size_t count_of(std::size_t pixels) const;

  /// The extent of all tiles: extent_of(rows, mask of them) is that of one.
  template <class extents>
  pixel_extent extent(extents const& extent_of) const {
    std::vector<pixel_extent> of_tiles(count());
    in_parallel(threads_, count(), [&](std::size_t tile) { of_tiles[tile] = extent_of(rows(tile), mask_of(tile)); });
    pixel_extent all;
    for (auto const& one : of_tiles) all.include(one);
    return all;
  }

  /// measure(rows, excluded) measures the pixels of a tile, may exclude more of them, and returns share(pixel, visit),
  /// which calls visit(bin, coefficient) for the bins of a pixel, counted from the tile's first. Throws usage_error
  /// for more than 2³² entries.
  template <class measures>
  integration_matrix matrix(std::size_t bins, measures const& measure) const {
    integration_matrix made;
    made.rows = pixels_.rows();
    made.columns = pixels_.columns();
    made.bins = static_cast<std::uint32_t>(bins);
    made.offsets.resize(made.pixels() + 1);
    auto const entries_of = std::span(made.offsets).subspan(1);  // of every pixel, at first
    std::atomic<std::uint64_t> entries{0};
    auto const visit = [&](std::size_t tile, auto const& take) {
      std::vector<std::uint8_t> excluded = excluded_of(tile);
      auto const share = measure(rows(tile), std::span(excluded));
      std::uint64_t in_tile = 0;
      for (std::size_t pixel = 0; pixel < excluded.size(); ++pixel) {
        std::uint32_t of_pixel = 0;
        if (excluded[pixel] == 0)
          share(pixel, [&](std::uint32_t bin, double coefficient) {
            take(bin, coefficient);
            ++of_pixel;
          });
        entries_of[first_pixel(tile) + pixel] = of_pixel;
        in_tile += of_pixel;
      }
      require_room(entries += in_tile, bins);
    };
    // Where a pixel may reach over very many bins, entries are counted before memory is taken.
    if (bins > many_bins) {
      in_parallel(threads_, count(), [&](std::size_t tile) { visit(tile, [](std::uint32_t, double) {}); });
      entries = 0;
    }
    std::vector<tile_entries> tiles(count());
    in_parallel(threads_, count(), [&](std::size_t tile) {
      auto& into = tiles[tile];
      into.reserve(pixels_.pixels_in(rows(tile)) * usual_entries);
      visit(tile, [&](std::uint32_t bin, double coefficient) { into.add(bin, static_cast<float>(coefficient)); });
      into.trim();
    });
    join(tiles, entries, made);
    return made;
  }

 private:
  static constexpr std::size_t many_bins = std::size_t{1} << 16;
  static constexpr std::size_t usual_entries = 2;  // of a pixel

  struct tile_entries {
    std::vector<std::uint32_t> bin;
    std::vector<float> coefficient;

    void reserve(std::size_t entries) {
      bin.reserve(entries);
      coefficient.reserve(entries);
    }
    void add(std::uint32_t to, float share) {
      bin.push_back(to);
      coefficient.push_back(share);
    }
    void trim() {
      bin.shrink_to_fit();
      coefficient.shrink_to_fit();
    }
  };

  row_range rows(std::size_t tile) const;
  std::size_t first_pixel(std::size_t tile) const;
  std::span<std::uint8_t const> mask_of(std::size_t tile) const;
  std::vector<std::uint8_t> excluded_of(std::size_t tile) const;
  static void require_room(std::uint64_t entries, std::size_t bins);
  /// Tiles give their memory back one by one.
  static void join(std::vector<tile_entries>& tiles, std::uint64_t entries, integration_matrix& into);

  pixel_geometry const& pixels_;
  std::span<std::uint8_t const> mask_;
  int threads_;
};

/// What was measured of tiles for their extent, kept until the matrix is made of it: measuring takes longer than all
/// the rest. Entries of the matrix take its place tile by tile. Of large detectors a part is kept, for the sake of
/// memory.
template <class measures>
class measured_tiles {
 public:
  measured_tiles(detector_tiles const& tiles, measures measure)
      : measure_(std::move(measure)), kept_(std::min(tiles.count(), tiles.count_of(most_pixels))) {}

  /// What `see` makes of a tile. Different threads ask for different tiles.
  template <class sees>
  auto look_at(row_range tile, sees const& see) {
    auto made = measure_(tile);
    auto const seen = see(std::as_const(made));
    if (auto const i = detector_tiles::index_of(tile); i < kept_.size()) kept_[i].emplace(std::move(made));
    return seen;
  }
  /// Measured now where it was not kept.
  auto take(row_range tile) {
    auto const i = detector_tiles::index_of(tile);
    if (i >= kept_.size() || !kept_[i]) return measure_(tile);
    return *std::exchange(kept_[i], std::nullopt);
  }

 private:
  static constexpr std::size_t most_pixels = std::size_t{1} << 22;  // 16 to 48 bytes each

  measures measure_;
  std::vector<std::optional<std::invoke_result_t<measures, row_range>>> kept_;
};

}  // namespace xrdct
