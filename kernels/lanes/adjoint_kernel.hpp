#pragma once
/// \file The adjoint of projection: for every pixel, the rays that meet it, with channels in lanes.
///
/// Nothing is added to memory by several at a time: a group has a pixel, and looks for its rays, the lanes for those of
/// 32 rotations together. What they find is listed in shared memory in the order of rotations, and summed up by all,
/// for 128 channels. Sums are made over parts of the rotations, and of parts in a binary tree (see rotation_set). A
/// block has 4 × 4 pixels, which share most rays.
///
/// Count for an H200, 2,048 channels × 300² pixels × 300 rotations of rays one pixel apart: 2.5 rays meet a pixel.
/// 432·10⁶ times (a pixel at a rotation for 128 channels) 10 fused multiply-adds, 2.5 loads of 16 bytes a lane:
/// first-level cache, 128 bytes a cycle: 11 cycles, 21 ms: the limit; and a lane's search of some 150 instructions for
/// 32 of them. Second level: some 7 rays for the 16 pixels of a block, 97 GB, 18 ms at 5.5 TB/s. Nothing of this was
/// measured on a device yet.

#include "kernels/lanes/channels.hpp"
#include "kernels/lanes/engine.hpp"
#include "kernels/lanes/ray_table.hpp"
#include "kernels/lanes/rotation_run.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace xrdct::lanes {

/// The sum of parts as a binary tree has it: (0+1)+(2+3)… What is part of a pair yet to be completed waits.
class part_tree {
 public:
  XRDCT_HOST_DEVICE part_tree() {
    clear(whole_);
    XRDCT_UNROLL
    for (int l = 0; l < levels; ++l) clear(waiting_[l]);
  }
  /// Takes the sum of part number i; parts come one after the other.
  XRDCT_HOST_DEVICE void take(std::uint32_t i, four sum) {
    bool open = true;
    XRDCT_UNROLL
    for (int l = 0; l < levels; ++l) {
      bool const completes = (i >> l & 1) != 0;
      if (open && !completes) waiting_[l] = sum;
      open = open && completes;
      if (open) add(sum, waiting_[l]);
    }
    whole_ = sum;
  }
  /// Of all parts, if they were a power of two of them.
  XRDCT_HOST_DEVICE four const& whole() const { return whole_; }

 private:
  static constexpr int levels = 4;
  static_assert(projection_parts == 1 << levels);
  four waiting_[levels];
  four whole_;
};

/// Pixels of an image ← sums over the rays that meet them.
struct adjoint_projection {
  static constexpr std::uint32_t edge = 4;  // pixels of a block
  static constexpr std::uint32_t groups = edge * edge;
  static constexpr int phases = 1;
  static constexpr std::uint32_t most_hits = 256;  // what is listed at a time: of 32 rotations 80 in a usual scan

  four const* sinogram;
  four* image;
  ray_line const* lines;  ///< ray_table::sorted
  double const* middles;
  ray_bundle const* bundles;
  std::uint32_t const* first_bundle;
  rotation_run rotations;
  std::uint32_t translations, size, vectors;

  XRDCT_HOST_DEVICE std::uint32_t tiles_across() const { return (size + edge - 1) / edge; }
  XRDCT_HOST_DEVICE std::size_t tiles() const { return std::size_t{tiles_across()} * tiles_across(); }
  std::size_t blocks() const { return tiles() * channel_tile::count_of(vectors); }
  std::size_t shared_bytes() const { return groups * sizeof(group_memory); }

  template <int phase, class G>
  XRDCT_HOST_DEVICE void run(G const& lanes, block_place at, std::byte* shared) const {
    auto const number = static_cast<std::uint32_t>(at.block % tiles());
    pixel_place const pixel{number / tiles_across() * edge + at.group / edge,
                            number % tiles_across() * edge + at.group % edge};
    if (pixel.row >= size || pixel.column >= size) return;
    channel_tile const some(static_cast<std::uint32_t>(at.block / tiles()), vectors);
    auto& memory = *reinterpret_cast<group_memory*>(shared + at.group * sizeof(group_memory));
    for (std::uint32_t first = 0; first < tile && first < some.count; first += lanes.size()) {
      std::uint32_t const lane = first + lanes.rank();
      std::uint32_t const v = some.first + (lane < some.count ? lane : 0);
      four const sum = sum_up(lanes, pixel, v, memory);
      if (lane < some.count) image[(std::size_t{pixel.row} * size + pixel.column) * vectors + v] = sum;
    }
  }

 private:
  struct pixel_place {
    std::uint32_t row, column;
  };
  /// Lines of the bundles of a rotation that may meet a pixel.
  struct alignas(16) line_ranges {
    std::uint32_t first[2], count[2];
  };
  struct hit {
    std::uint32_t entry;
    float weight;
  };
  struct alignas(16) group_memory {
    line_ranges ranges[tile];
    hit hits[most_hits];
    std::uint32_t hits_before[tile + 1];  ///< of every rotation, and of all
  };

  /// Sums that are made while rotations go by.
  struct progress {
    part_tree tree;
    four sum;                ///< of the part at hand
    std::uint32_t part = 0;  ///< its number
  };

  template <class G>
  XRDCT_HOST_DEVICE four sum_up(G const& lanes, pixel_place const& pixel, std::uint32_t v, group_memory& memory) const {
    progress done;
    clear(done.sum);
    std::uint32_t const end = rotations.end();
    XRDCT_ROLLED
    for (std::uint32_t k = rotations.begin(); k < end; k += tile) {
      std::uint32_t const count = end - k < tile ? end - k : tile;
      std::uint32_t const total = find_lines(lanes, pixel, k, count, memory);
      std::uint32_t summed = 0;
      XRDCT_ROLLED
      for (std::uint32_t first = 0; first == 0 || first < total; first += most_hits) {
        list_hits(lanes, pixel, k, count, first, memory);
        std::uint32_t const listed = total - first < most_hits ? total : first + most_hits;
        add_hits(memory, k, count, first, listed, v, summed, done);
      }
    }
    return done.tree.whole();
  }

  /// Finds the lines of rotations k to k + count that may meet a pixel, and how many there are before each.
  template <class G>
  XRDCT_HOST_DEVICE std::uint32_t find_lines(G const& lanes, pixel_place const& pixel, std::uint32_t k,
                                             std::uint32_t count, group_memory& memory) const {
    lanes.sync();  // what was listed before has been read
    std::uint32_t before = 0;
    if (lanes.rank() == 0) memory.hits_before[0] = 0;
    for (std::uint32_t first = 0; first < tile; first += lanes.size()) {
      std::uint32_t const i = first + lanes.rank();
      line_ranges& found = memory.ranges[i];
      found = {{0, 0}, {0, 0}};
      std::uint32_t hits = 0;
      if (i < count) {
        std::uint32_t const rotation = rotations.rotation(k + i);
        std::uint32_t const begin = first_bundle[rotation], end = first_bundle[rotation + 1];
        for (std::uint32_t b = begin; b < end; ++b)
          hits += find_near(bundles[b], pixel, found.first[b - begin], found.count[b - begin]);
      }
      std::uint32_t const up_to = before + inclusive_sum(lanes, hits);
      memory.hits_before[i + 1] = up_to;
      before = lanes.shuffle(up_to, lanes.size() - 1);
    }
    lanes.sync();
    return before;
  }

  /// Lines of a bundle that may be less than 1 from a pixel: in the middle row they are no farther than slopes differ.
  XRDCT_HOST_DEVICE std::uint32_t find_near(ray_bundle const& bundle, pixel_place const& pixel, std::uint32_t& first,
                                            std::uint32_t& count) const {
    double const along = bundle.by_rows != 0 ? pixel.row : pixel.column;
    double const across = bundle.by_rows != 0 ? pixel.column : pixel.row;
    double const way = along - (size - 1) / 2.0;
    double const reach = 1 + 1e-6 + bundle.spread * fabs(way);
    double const centre = across - bundle.slope * way;
    double const* const at = middles + bundle.first;
    std::uint32_t const begin = first_above(at, bundle.count, bundle.density, centre - reach);
    std::uint32_t end = begin;
    while (end < bundle.count && at[end] < centre + reach) ++end;
    first = bundle.first + begin;
    return count = end - begin;
  }

  /// The first of ascending values that is above a limit: among the neighbours of a guess, else among all.
  XRDCT_HOST_DEVICE static std::uint32_t first_above(double const* values, std::uint32_t count, double density,
                                                     double limit) {
    double const guess = fmin(fmax((limit - values[0]) * density, 0.0), count - 1.0);
    auto const near = static_cast<std::uint32_t>(guess);
    std::uint32_t begin = 0, end = count;
    std::uint32_t const low = near < 2 ? 0 : near - 2, high = count - near <= 2 ? count - 1 : near + 2;
    if (values[low] <= limit)
      begin = low + 1;
    else
      end = low;
    if (begin <= high && high < end) {
      if (values[high] <= limit)
        begin = high + 1;
      else
        end = high;
    }
    while (begin < end) {
      std::uint32_t const middle = begin + (end - begin) / 2;
      if (values[middle] <= limit)
        begin = middle + 1;
      else
        end = middle;
    }
    return begin;
  }

  /// Lists the hits first, first + 1, … of those that were found, as many as there is room for.
  template <class G>
  XRDCT_HOST_DEVICE void list_hits(G const& lanes, pixel_place const& pixel, std::uint32_t k, std::uint32_t count,
                                   std::uint32_t first, group_memory& memory) const {
    if (first > 0) lanes.sync();  // the hits before have been read
    for (std::uint32_t i = lanes.rank(); i < count; i += lanes.size()) {
      line_ranges const found = memory.ranges[i];
      std::uint32_t number = memory.hits_before[i];
      std::uint32_t const first_entry = rotations.rotation(k + i) * translations;
      for (int b = 0; b < 2; ++b)
        for (std::uint32_t l = 0; l < found.count[b]; ++l, ++number) {
          if (number < first || number - first >= most_hits) continue;
          ray_line const line = lines[found.first[b] + l];
          memory.hits[number - first] = {first_entry + line.translation, weight_of(line, pixel)};
        }
    }
    lanes.sync();
  }

  XRDCT_HOST_DEVICE float weight_of(ray_line const& line, pixel_place const& pixel) const {
    row_share const share = share_in_row(line, line.by_rows != 0 ? pixel.row : pixel.column, size);
    auto const across = static_cast<std::int32_t>(line.by_rows != 0 ? pixel.column : pixel.row);
    return share.before == across ? share.of_before : share.before + 1 == across ? share.of_behind : 0.0F;
  }

  /// Adds hits, `summed` of which are summed up already, until there are none in the list or no rotations.
  XRDCT_HOST_DEVICE void add_hits(group_memory const& memory, std::uint32_t k, std::uint32_t count, std::uint32_t first,
                                  std::uint32_t listed, std::uint32_t v, std::uint32_t& summed, progress& done) const {
    XRDCT_ROLLED
    while (done.part < rotations.parts) {
      std::uint32_t const end = rotations.begin_of(done.part + 1) - k;  // rotations of the part and those before it
      std::uint32_t const stop = memory.hits_before[end < count ? end : count];
      std::uint32_t const up_to = stop < listed ? stop : listed;
      XRDCT_UNROLL_4
      for (; summed < up_to; ++summed) {
        hit const one = memory.hits[summed - first];
        add(done.sum, one.weight, sinogram[std::size_t{one.entry} * vectors + v]);
      }
      if (stop > listed || end > count) return;
      done.tree.take(done.part++, done.sum);
      clear(done.sum);
    }
  }
};

}  // namespace xrdct::lanes
