#pragma once
/// \file Back-projection with channels in lanes.
///
/// A block does a tile of 8 × 8 pixels for 128 channels, a group a line of 8 of them at a time: rows of pixels for the
/// angles at which the meeting with the translations moves slowly along rows, then, behind a barrier, columns for the
/// others. Neighbours then have the same lower sample or the next one, which is in a register already: 9 samples are
/// loaded for 8 pixels. Where the pixels meet the translations is computed by the lanes for 16 angles together, in
/// double, and read back by all from shared memory. Sums over 16 angles begin at zero, in registers, and are then added
/// to those in shared memory: fewer roundings than one by one.
///
/// Count for an H200 (132 multiprocessors, 1.76 GHz), 2,048 channels × 300² pixels × 300 angles: 432·10⁶ times (a pixel
/// at an angle for 128 channels, a group together) 8 fused multiply-adds, 1.1 loads of 16 bytes a lane, one load of 16
/// bytes for all, 4 selections and some 4 instructions of addresses and loops. Instructions: 18 of four a cycle, 8 ms.
/// First-level cache and shared memory, 128 bytes a cycle: 5.5 cycles, 10 ms: the limit. Second level: a tile meets
/// some 11 samples of every angle, 512 bytes each, that the first level does not have: 38 GB, some 7 ms at 5.5 TB/s.
/// Device memory: the sinogram of 128 channels is 46 MB and is read by all tiles before the next, 0.7 GB in all, and as
/// much is written. Nothing of this was measured on a device yet.

#include "kernels/lanes/angle_table.hpp"
#include "kernels/lanes/channels.hpp"
#include "kernels/lanes/engine.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace xrdct::lanes {

/// Where a pixel's ray meets the translations.
struct alignas(16) meeting {
  std::uint32_t sample;  ///< k, among those of all rotations
  float left;            ///< weight of sample k, or of its variance
  float right;           ///< of sample k + 1
  float both;            ///< of their covariance
};

/// Adds to rows of an image the interpolated samples, or their variances.
template <bool variance>
struct back_projection {
  static constexpr std::uint32_t edge = 8;  // pixels of a tile
  static constexpr std::uint32_t groups = edge;
  static constexpr int phases = 2;

  four const* samples;
  four const* crossed;  ///< covariances with the next sample; of variances only
  angle_entry const* angles;
  angle_run const* runs;
  std::uint32_t column_runs, all_runs;
  std::uint32_t translations, vectors;
  std::uint32_t next_sample;  ///< vectors from a sample to the next one; 0 where there is but one
  double centre;
  std::uint32_t size, first_row, rows;
  four* image;  ///< its row 0 is row `first_row` of the tomogram

  XRDCT_HOST_DEVICE std::uint32_t tiles_across() const { return (size + edge - 1) / edge; }
  XRDCT_HOST_DEVICE std::size_t tiles() const { return std::size_t{(rows + edge - 1) / edge} * tiles_across(); }
  std::size_t blocks() const { return tiles() * channel_tile::count_of(vectors); }
  std::size_t shared_bytes() const { return groups * (meeting_bytes + edge * tile * sizeof(four)); }

  template <int phase, class G>
  XRDCT_HOST_DEVICE void run(G const& lanes, block_place at, std::byte* shared) const {
    auto const number = static_cast<std::uint32_t>(at.block % tiles());
    pixel_line line;
    line.by_columns = phase == 0;
    line.row = number / tiles_across() * edge + (line.by_columns ? at.group : 0);
    line.column = number % tiles_across() * edge + (line.by_columns ? 0 : at.group);
    line.first_sum = line.by_columns ? at.group * edge : at.group;
    channel_tile const some(static_cast<std::uint32_t>(at.block / tiles()), vectors);
    auto* const meetings = reinterpret_cast<meeting*>(shared + at.group * meeting_bytes);
    auto* const sums = reinterpret_cast<four*>(shared + groups * meeting_bytes);
    // As many lanes as a tile has vectors take one turn.
    for (std::uint32_t first = 0; first < tile && first < some.count; first += lanes.size()) {
      std::uint32_t const lane = first + lanes.rank();
      std::uint32_t const v = some.first + (lane < some.count ? lane : 0);
      if constexpr (phase == 0) clear_sums(line, sums + lane);
      XRDCT_ROLLED
      for (std::uint32_t r = phase == 0 ? 0 : column_runs; r < (phase == 0 ? column_runs : all_runs); ++r)
        add_run(lanes, line, runs[r], v, meetings, sums + lane);
      if constexpr (phase == 1) {
        if (lane < some.count) add_to_image(line, sums + lane, v);
      }
    }
  }

 private:
  static constexpr std::size_t meeting_bytes = angles_a_run * edge * sizeof(meeting);

  /// Pixels that a group walks along.
  struct pixel_line {
    std::uint32_t row, column;  ///< of the first one, in the image
    std::uint32_t first_sum;    ///< of the first pixel in the tile
    bool by_columns;
    bool backwards = false;

    XRDCT_HOST_DEVICE std::uint32_t sum_of(std::uint32_t pixel) const {
      return (first_sum + pixel * (by_columns ? 1 : edge)) * tile;
    }
  };

  XRDCT_HOST_DEVICE meeting meet(pixel_line const& line, std::uint32_t pixel, angle_entry const& angle) const {
    std::uint32_t const along = line.backwards ? edge - 1 - pixel : pixel;
    double const x = line.column + (line.by_columns ? along : 0) - centre;
    double const y = first_row + line.row + (line.by_columns ? 0 : along) - centre;
    double const t = fused(-y, angle.sine, fused(x, angle.cosine, angle.axis));
    double const last = translations - 1.0;
    double const within = fmin(fmax(t, 0.0), last);
    double const k = fmin(floor(within), fmax(last - 1, 0.0));
    bool const inside = t >= -1e-6 && t <= last + 1e-6;
    auto const right = static_cast<float>(within - k);
    float const left = 1 - right;
    meeting found{angle.rotation * translations + static_cast<std::uint32_t>(k), 0, 0, 0};
    if (!inside) return found;
    found.left = variance ? left * left : left;
    found.right = variance ? right * right : right;
    found.both = 2 * left * right;
    return found;
  }

  /// Adds what the angles of a run contribute to the sums of a line.
  template <class G>
  XRDCT_HOST_DEVICE void add_run(G const& lanes, pixel_line line, angle_run run, std::uint32_t v, meeting* meetings,
                                 four* sums) const {
    line.backwards = run.backwards != 0;
    lanes.sync();  // meetings of the run before have been read
    XRDCT_ROLLED
    for (std::uint32_t i = lanes.rank(); i < run.count * edge; i += lanes.size())
      meetings[i] = meet(line, i % edge, angles[run.first + i / edge]);
    lanes.sync();
    four part[edge];
    XRDCT_UNROLL
    for (std::uint32_t p = 0; p < edge; ++p) clear(part[p]);
    XRDCT_ROLLED
    for (std::uint32_t a = 0; a < run.count; ++a) add_angle(meetings + a * edge, v, part);
    XRDCT_UNROLL
    for (std::uint32_t p = 0; p < edge; ++p) add(sums[line.sum_of(line.backwards ? edge - 1 - p : p)], part[p]);
  }

  /// Along the line samples stay or move on by one.
  XRDCT_HOST_DEVICE void add_angle(meeting const* at, std::uint32_t v, four (&part)[edge]) const {
    four low = samples[std::size_t{at[0].sample} * vectors + v];
    four high = low;
    XRDCT_UNROLL
    for (std::uint32_t p = 0; p < edge; ++p) {
      meeting const here = at[p];
      std::size_t const i = std::size_t{here.sample} * vectors + v;
      if (p > 0 && here.sample != at[p - 1].sample) low = high;
      if constexpr (variance) add(part[p], here.both, crossed[i]);
      high = samples[i + next_sample];
      add(part[p], here.left, low);
      add(part[p], here.right, high);
    }
  }

  XRDCT_HOST_DEVICE static void clear_sums(pixel_line const& line, four* sums) {
    XRDCT_UNROLL
    for (std::uint32_t p = 0; p < edge; ++p) clear(sums[line.sum_of(p)]);
  }

  XRDCT_HOST_DEVICE void add_to_image(pixel_line const& line, four const* sums, std::uint32_t v) const {
    XRDCT_ROLLED
    for (std::uint32_t p = 0; p < edge; ++p) {
      std::uint32_t const row = line.row + p;
      if (row >= rows || line.column >= size) return;
      add(image[(std::size_t{row} * size + line.column) * vectors + v], sums[line.sum_of(p)]);
    }
  }
};

}  // namespace xrdct::lanes
