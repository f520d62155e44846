#include "kernels/cpu/tomograph.hpp"

#include "kernels/cpu/aligned_buffer.hpp"
#include "kernels/cpu/back_projection.hpp"
#include "kernels/cpu/field_space.hpp"
#include "kernels/cpu/filtering.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <stdexcept>

namespace xrdct::cpu {
namespace {

void require(bool condition, char const* otherwise) {
  if (!condition) throw std::invalid_argument(otherwise);
}

/// tap(d) = h(d)²: what filtering does to variances.
toeplitz square_matrix(filter_taps const& filter, int size) {
  std::vector<double> taps;
  for (int d = 1 - size; d < size; ++d) {
    double const tap = filter.taps[static_cast<std::size_t>(std::abs(d))];
    taps.push_back(tap * tap);
  }
  return toeplitz(taps);
}

/// tap(d) = h(d)·h(d+1): the covariance of a filtered sample with its right neighbour. The last sample has none, and
/// h(size) is not needed.
toeplitz cross_matrix(filter_taps const& filter, int size) {
  std::vector<double> taps;
  for (int d = 1 - size; d < size; ++d) {
    int const next = std::abs(d + 1);
    taps.push_back(next < size ? filter.taps[static_cast<std::size_t>(std::abs(d))] *
                                     filter.taps[static_cast<std::size_t>(next)]
                               : 0.0);
  }
  return toeplitz(taps);
}

/// Adds the sums of a tile to pixels of a field, of which `image` is the first and rows are `stride` values apart.
void add_tile(pixel_tile const& tile, float const* sums, float* image, std::size_t stride) {
  sums += first_sum_row(tile) * tile_edge * channel_block;
  for (int row = 0; row < tile.rows; ++row, sums += tile_edge * channel_block, image += stride) {
    for (int i = 0; i < tile.columns * channel_block; ++i) image[i] += sums[i];
  }
}

// A block's channels of entries that follow one another are far apart where there are many channels, and processors do
// not foresee them: asking for them so far ahead makes reading 1,024 channels 2.4 times as fast.
constexpr std::size_t entries_ahead = 16;

struct worker_memory {
  aligned_buffer<float> tile;
  aligned_buffer<float> rotation;  // and a row more, as filter_by_halves() may need
};

/// A rotation of a block of channels, read into memory of a worker's own.
using rotation_source = std::function<void(std::int64_t block, std::size_t angle, float* rotation)>;
/// What is done with the sums of a tile.
using tile_target = std::function<void(std::int64_t block, pixel_tile const& tile, float const* sums)>;

class threaded_tomograph final : public threaded_fields<tomograph> {
 public:
  threaded_tomograph(scan_geometry const& geometry, thread_pool& threads)
      : threaded_fields(threads), rays_(prepare(geometry)), size_(geometry.size) {
    for (int worker = 0; worker < threads.threads(); ++worker) {
      scratch_.push_back(
          {aligned_buffer<float>(tile_values), aligned_buffer<float>(rotation_values() + channel_block)});
    }
  }

  void filter(field const& sinogram, filter_taps const& taps, std::span<double const> weights,
              field& filtered) override {
    blocked_field const& source = own(sinogram);
    require_sinogram(source);
    require(own(filtered).extents == source.extents, "the filtered sinogram must have the shape of the sinogram");
    filter(rotations_of(source), taps, weights, own(filtered));
  }

  void filter(view<float const> sinogram, filter_taps const& taps, std::span<double const> weights,
              field& filtered) override {
    require_sinogram(own(filtered));
    require_entries(sinogram, own(filtered).extents[2]);
    filter(rotations_of(sinogram), taps, weights, own(filtered));
  }

  void back_project(field const& filtered, std::int64_t first_row, field& image) override {
    blocked_field const& source = own(filtered);
    blocked_field& into = own(image);
    require_sinogram(source);
    require(into.extents[1] == size_ && into.extents[2] == source.extents[2], "sinogram and tomogram must be alike");
    back_project(source, first_row, into.extents[0], add_to(into, first_row));
  }

  void back_project(field const& filtered, std::int64_t first_row, view<float> image) override {
    blocked_field const& source = own(filtered);
    require_sinogram(source);
    back_project(source, first_row, rows_of(image, source.extents[2]), put_into(image, first_row));
  }

  void back_project_variance(field const& variance, filter_taps const& taps, std::span<double const> weights,
                             std::int64_t first_row, field& image) override {
    blocked_field const& source = own(variance);
    blocked_field& into = own(image);
    require_sinogram(source);
    require(into.extents[1] == size_ && into.extents[2] == source.extents[2], "sinogram and tomogram must be alike");
    back_project_variance(rotations_of(source), taps, weights, first_row, into.extents[0], into.blocks,
                          add_to(into, first_row));
  }

  void back_project_variance(view<float const> variance, filter_taps const& taps, std::span<double const> weights,
                             std::int64_t first_row, view<float> image) override {
    auto const channels = static_cast<std::int64_t>(variance.columns);
    require_entries(variance, channels);
    back_project_variance(rotations_of(variance), taps, weights, first_row, rows_of(image, channels),
                          (channels + channel_block - 1) / channel_block, put_into(image, first_row));
  }

  /// One block of the sinogram fits a third-level cache, and has tasks for eight threads.
  std::int64_t channels_at_once() const override {
    return channel_block * std::max<std::int64_t>(threads().threads() / 8, 1);
  }

 private:
  void filter(rotation_source const& source, filter_taps const& taps, std::span<double const> weights,
              blocked_field& into) {
    require_filter(taps, weights);
    symmetric_filter const filter(taps.taps, rays_.translations);
    threads().run(static_cast<std::size_t>(into.blocks) * angles(), [&](std::size_t task, int worker) {
      auto const block = static_cast<std::int64_t>(task / angles());
      std::size_t const angle = task % angles();
      float* const rotation = scratch(worker).rotation.data();
      source(block, angle, rotation);
      filter_by_halves(filter, weights[angle], rotation, into.row(block, static_cast<std::int64_t>(angle)));
    });
  }

  void back_project(blocked_field const& source, std::int64_t first_row, std::int64_t rows, tile_target const& target) {
    require_rows(first_row, rows);
    for_tiles(first_row, rows, 0, source.blocks, [&](std::int64_t block, pixel_tile const& tile, int worker) {
      float* const sums = scratch(worker).tile.data();
      back_project_tile(rays_, source.row(block, 0), tile, sums);
      target(block, tile, sums);
    });
  }

  void back_project_variance(rotation_source const& source, filter_taps const& taps, std::span<double const> weights,
                             std::int64_t first_row, std::int64_t rows, std::int64_t blocks,
                             tile_target const& target) {
    require_filter(taps, weights);
    require_rows(first_row, rows);
    // Few blocks at a time, as each takes two blocks of samples.
    std::int64_t const at_once = std::min(channels_at_once() / channel_block, blocks);
    if (at_once == 0) return;
    blocked_field& squares = samples_for(squares_, at_once);
    blocked_field& crossed = samples_for(crossed_, at_once);
    toeplitz const square = square_matrix(taps, rays_.translations);
    toeplitz const cross = cross_matrix(taps, rays_.translations);
    for (std::int64_t first = 0; first < blocks; first += at_once) {
      std::int64_t const some = std::min(at_once, blocks - first);
      threads().run(static_cast<std::size_t>(some) * angles(), [&](std::size_t task, int worker) {
        auto const block = static_cast<std::int64_t>(task / angles());
        std::size_t const angle = task % angles();
        float* const rotation = scratch(worker).rotation.data();
        source(first + block, angle, rotation);
        double const weight = weights[angle] * weights[angle];
        filter_plainly(square, weight, rotation, squares.row(block, static_cast<std::int64_t>(angle)));
        filter_plainly(cross, weight, rotation, crossed.row(block, static_cast<std::int64_t>(angle)));
      });
      for_tiles(first_row, rows, first, some, [&](std::int64_t block, pixel_tile const& tile, int worker) {
        float* const sums = scratch(worker).tile.data();
        back_project_variance_tile(rays_, squares.row(block - first, 0), crossed.row(block - first, 0), tile, sums);
        target(block, tile, sums);
      });
    }
  }

  std::size_t angles() const { return rays_.angles(); }
  std::size_t rotation_values() const { return static_cast<std::size_t>(rays_.translations) * channel_block; }
  worker_memory& scratch(int worker) { return scratch_[static_cast<std::size_t>(worker)]; }

  /// Memory for filtered samples that is kept from call to call.
  blocked_field& samples_for(std::unique_ptr<blocked_field>& kept, std::int64_t blocks) {
    if (!kept || kept->blocks < blocks) {
      kept.reset();
      kept = make_field(threads(), {static_cast<std::int64_t>(angles()), rays_.translations, blocks * channel_block});
    }
    return *kept;
  }

  rotation_source rotations_of(blocked_field const& source) const {
    return [this, &source](std::int64_t block, std::size_t angle, float* rotation) {
      std::memcpy(rotation, source.row(block, static_cast<std::int64_t>(angle)), rotation_values() * sizeof(float));
    };
  }

  rotation_source rotations_of(view<float const> source) const {
    return [this, source](std::int64_t block, std::size_t angle, float* rotation) {
      auto const translations = static_cast<std::size_t>(rays_.translations);
      std::size_t const channel = static_cast<std::size_t>(block) * channel_block;
      std::size_t const channels = std::min<std::size_t>(channel_block, source.columns - channel);
      float const* entry = source.data + angle * translations * source.stride + channel;
      for (std::size_t t = 0; t < translations; ++t, entry += source.stride, rotation += channel_block) {
        if (t + entries_ahead < translations) {
          for (std::size_t c = 0; c < channels; c += 16) __builtin_prefetch(entry + entries_ahead * source.stride + c);
        }
        std::memcpy(rotation, entry, channels * sizeof(float));
        std::fill(rotation + channels, rotation + channel_block, 0.0F);
      }
    };
  }

  static tile_target add_to(blocked_field& image, std::int64_t first_row) {
    return [&image, first_row](std::int64_t block, pixel_tile const& tile, float const* sums) {
      add_tile(tile, sums,
               image.row(block, tile.row - first_row) + static_cast<std::ptrdiff_t>(tile.column) * channel_block,
               image.row_stride);
    };
  }

  tile_target put_into(view<float> image, std::int64_t first_row) const {
    return [this, image, first_row](std::int64_t block, pixel_tile const& tile, float const* sums) {
      auto const size = static_cast<std::size_t>(size_);
      auto const row = static_cast<std::size_t>(tile.row - first_row);
      std::size_t const channel = static_cast<std::size_t>(block) * channel_block;
      float* const first = image.data + (row * size + static_cast<std::size_t>(tile.column)) * image.stride + channel;
      put_tile(
          tile, sums,
          {first, image.stride, image.stride * size, std::min<std::size_t>(channel_block, image.columns - channel)});
    };
  }

  void require_sinogram(blocked_field const& sinogram) const {
    require(sinogram.extents[0] == static_cast<std::int64_t>(angles()) && sinogram.extents[1] == rays_.translations,
            "a sinogram must have the rotations and translations of the geometry");
  }

  void require_entries(view<float const> sinogram, std::int64_t channels) const {
    require(sinogram.rows == angles() * static_cast<std::size_t>(rays_.translations) &&
                sinogram.columns == static_cast<std::size_t>(channels),
            "a sinogram must have the rotations and translations of the geometry, and the channels of the field");
  }

  void require_filter(filter_taps const& taps, std::span<double const> weights) const {
    require(taps.taps.size() >= static_cast<std::size_t>(rays_.translations),
            "a filter needs a tap for every translation");
    require(weights.size() == angles(), "every rotation needs a weight");
  }

  /// How many rows of pixels an image holds.
  std::int64_t rows_of(view<float> image, std::int64_t channels) const {
    require(image.columns == static_cast<std::size_t>(channels), "sinogram and tomogram must have the same channels");
    require(image.rows % static_cast<std::size_t>(size_) == 0, "the rows of an image must be whole");
    return static_cast<std::int64_t>(image.rows / static_cast<std::size_t>(size_));
  }

  void require_rows(std::int64_t first_row, std::int64_t rows) const {
    require(first_row >= 0 && rows <= size_ - first_row, "the rows must be rows of the tomogram");
  }

  /// Calls work(block, tile, worker) for all tiles of some rows, all of one block's tiles before those of the next.
  template <class Work>
  void for_tiles(std::int64_t first_row, std::int64_t row_count, std::int64_t first_block, std::int64_t blocks,
                 Work work) {
    auto const first = static_cast<int>(first_row);
    auto const end = static_cast<int>(first_row + row_count);
    int const top =
        first / tile_edge;  // tiles are where they are in the whole tomogram, so that their sums are the same
    auto const down = static_cast<std::size_t>((end + tile_edge - 1) / tile_edge - top);
    auto const across = static_cast<std::size_t>((size_ + tile_edge - 1) / tile_edge);
    threads().run(static_cast<std::size_t>(blocks) * down * across, [&](std::size_t task, int worker) {
      int const y = (top + static_cast<int>(task / across % down)) * tile_edge;
      int const x = static_cast<int>(task % across) * tile_edge;
      int const row = std::max(y, first);
      pixel_tile const tile{row, x, std::min(y + tile_edge, end) - row, std::min(tile_edge, size_ - x)};
      work(first_block + static_cast<std::int64_t>(task / (down * across)), tile, worker);
    });
  }

  ray_geometry rays_;
  int size_;
  std::vector<worker_memory> scratch_;      // one a thread
  std::unique_ptr<blocked_field> squares_;  // of back_project_variance()
  std::unique_ptr<blocked_field> crossed_;
};

}  // namespace

std::unique_ptr<tomograph> make_tomograph(scan_geometry const& geometry, thread_pool& threads) {
  return std::make_unique<threaded_tomograph>(geometry, threads);
}

}  // namespace xrdct::cpu
