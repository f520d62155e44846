#include "kernels/cpu/tile_sums.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace xrdct::cpu {
namespace {

constexpr int edge = summed_tile_edge;
constexpr int list_edge = edge + 2;  // lists also of pixels beside a tile
constexpr int lists_of_tile = list_edge * list_edge;
constexpr int level_values = edge * edge * channel_block;
// Sums that wait for others: the tree over 2ⁿ parts needs n of them and one more.
constexpr int most_levels = std::bit_width(static_cast<unsigned>(projection_parts));
static_assert(edge <= longest_run && ray_bundles::most_hits <= list_capacity);

/// The row of translation 0.
std::uint32_t first_sample(blocked_field const& sinogram, ray_bundle const& bundle) {
  return static_cast<std::uint32_t>(bundle.rotation) * static_cast<std::uint32_t>(sinogram.extents[1] + padding_rows);
}

}  // namespace

/// The sum over a part of the rotations. Where it completes pairs of the tree, it is added to what waits in the levels
/// below.
struct tile_sums::part {
  blocked_field const& sinogram;
  summed_tile const& tile;
  blocked_field& image;
  pixel_range down;        ///< rows of the tile, in lists
  pixel_range right;       ///< its columns
  int level = 0;           ///< where the sum is made
  int completed = 0;       ///< pairs
  bool is_whole = false;   ///< the sum goes to the image
  bool has_begun = false;  ///< some of the sum is in its level
  int longest = 0;         ///< no list is longer
  int by_rows = 0;         ///< bundles in the lists that go by rows, less those that do not
};

tile_sums::tile_sums()
    : rows_(std::size_t{lists_of_tile} * list_capacity),
      ends_(lists_of_tile),
      levels_(std::size_t{most_summed_blocks} * most_levels * level_values) {}

void tile_sums::sum(ray_bundles const& bundles, blocked_field const& sinogram, rotation_set const& which,
                    summed_tile const& tile, blocked_field& image) {
  auto const size = static_cast<int>(image.extents[0]);
  pixel_range const down{tile.row, std::min(edge, size - tile.row), list_edge};
  pixel_range const right{tile.column, std::min(edge, size - tile.column), 1};
  auto const rotations = [&](int i) { return rotations_of(which, which.first_part + i, 1, sinogram.extents[0]); };
  find_lines(bundles, rotations(0), part{sinogram, tile, image, down, right});
  for (int i = 0; i < which.parts; ++i) {
    part sum{sinogram, tile, image, down, right};
    sum.level = std::popcount(static_cast<unsigned>(i));
    sum.completed = std::countr_one(static_cast<unsigned>(i));
    sum.is_whole = i + 1 == which.parts;
    add_part(sum, sum.is_whole ? rotation_run() : rotations(i + 1), bundles);
  }
}

void tile_sums::find_lines(ray_bundles const& bundles, rotation_run const& rotations, part const& sum) {
  found_.clear();
  samples_.clear();
  for (std::int64_t k = 0; k < rotations.count; ++k) {
    for (auto const& bundle : bundles.of_rotation(rotations[k])) {
      auto const& along = bundle.by_rows ? sum.down : sum.right;
      auto const& across = bundle.by_rows ? sum.right : sum.down;
      auto const lines = bundles.lines_within(bundle, along.first, along.first + along.count - 1, across.first - 1.0,
                                              across.first + across.count);
      if (lines.empty()) continue;
      found_.push_back({&bundle, lines});
      auto const [low, high] = std::minmax(lines.front().translation, lines.back().translation);
      samples_.push_back({first_sample(sum.sinogram, bundle) + low, high - low + 1});
    }
  }
}

/// The lines of the part have been found; those of the next one are afterwards.
void tile_sums::add_part(part& sum, rotation_run const& next, ray_bundles const& bundles) {
  auto const size = static_cast<int>(sum.image.extents[0]);
  clear_lists();
  for (auto const& [bundle, lines] : found_) {
    if (sum.longest + bundle->hits > list_capacity) sum_up(sum, false);
    auto const& along = bundle->by_rows ? sum.down : sum.right;
    auto const& across = bundle->by_rows ? sum.right : sum.down;
    list_lines(lines, first_sample(sum.sinogram, *bundle), along, across, size, lists());
    sum.longest += bundle->hits;
    sum.by_rows += bundle->by_rows ? 1 : -1;
  }
  present_.swap(samples_);
  find_lines(bundles, next, sum);
  sum_up(sum, true);
}

/// Sums up what the lists say, which are then empty.
void tile_sums::sum_up(part& sum, bool is_last) {
  bool const to_image = is_last && sum.is_whole;
  auto along = sum.down;
  auto across = sum.right;
  plane of_levels{edge * channel_block, channel_block};
  plane of_image{static_cast<std::ptrdiff_t>(sum.image.row_stride), channel_block};
  if (sum.by_rows < 0) {  // neighbours along the lines share most samples
    std::swap(along, across);
    std::swap(of_levels.along, of_levels.across);
    std::swap(of_image.along, of_image.across);
  }
  even_lists(lists(), along, across);
  for (int b = 0; b < sum.tile.blocks; ++b) {
    auto const block = sum.tile.first_block + b;
    float const* others[most_levels];
    std::size_t count = 0;
    if (sum.has_begun) others[count++] = level(b, sum.level);
    for (int i = 1; is_last && i <= sum.completed; ++i) others[count++] = level(b, sum.level - i);
    float* const to = to_image ? sum.image.row(block, sum.tile.row) + std::ptrdiff_t{sum.tile.column} * channel_block
                               : level(b, is_last ? sum.level - sum.completed : sum.level);
    next_rows next;
    if (is_last && b + 1 < sum.tile.blocks) next = {sum.sinogram.row(block + 1, 0), present_};
    if (is_last && b + 1 == sum.tile.blocks) next = {sum.sinogram.row(sum.tile.first_block, 0), samples_};
    sum_lists(sum.sinogram.row(block, 0), lists(), along, across, {others, count}, of_levels, to,
              to_image ? of_image : of_levels, next);
  }
  clear_lists();
  sum.has_begun = true;
  sum.longest = sum.by_rows = 0;
}

pixel_lists tile_sums::lists() {
  constexpr int first_pixel = list_edge + 1;
  return {rows_.data() + first_pixel * list_capacity, ends_.data() + first_pixel};
}

void tile_sums::clear_lists() {
  for (std::size_t i = 0; i < ends_.size(); ++i) ends_[i] = rows_.data() + i * list_capacity;
}

float* tile_sums::level(int block, int number) {
  return levels_.data() + std::ptrdiff_t{block * most_levels + number} * level_values;
}

}  // namespace xrdct::cpu
