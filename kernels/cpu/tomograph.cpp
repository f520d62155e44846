#include "kernels/cpu/tomograph.hpp"

#include "kernels/cpu/aligned_buffer.hpp"
#include "kernels/cpu/back_projection.hpp"
#include "kernels/cpu/field_space.hpp"
#include "kernels/cpu/filtering.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <stdexcept>

namespace xrdct::cpu {
namespace {

void require(bool condition, char const* otherwise) {
  if (!condition) throw std::invalid_argument(otherwise);
}

/// The symmetric filter itself.
toeplitz filter_matrix(filter_taps const& filter, int size) {
  std::vector<double> taps;
  for (int d = 1 - size; d < size; ++d) taps.push_back(filter.taps[static_cast<std::size_t>(std::abs(d))]);
  return toeplitz(taps);
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

struct worker_memory {
  aligned_buffer<float> tile;
  aligned_buffer<float> rotation;
};

class threaded_tomograph final : public threaded_fields<tomograph> {
 public:
  threaded_tomograph(scan_geometry const& geometry, thread_pool& threads)
      : threaded_fields(threads), rays_(prepare(geometry)), size_(geometry.size) {
    for (int worker = 0; worker < threads.threads(); ++worker) {
      scratch_.push_back({aligned_buffer<float>(tile_values), aligned_buffer<float>(rotation_values())});
    }
  }

  void filter(field const& sinogram, filter_taps const& taps, std::span<double const> weights,
              field& filtered) override {
    blocked_field const& source = own(sinogram);
    blocked_field& into = own(filtered);
    require_sinogram(source);
    require(into.extents == source.extents, "the filtered sinogram must have the shape of the sinogram");
    require_filter(taps, weights);
    toeplitz const matrix = filter_matrix(taps, rays_.translations);
    threads().run(static_cast<std::size_t>(source.blocks) * angles(), [&](std::size_t task, int worker) {
      auto const block = static_cast<std::int64_t>(task / angles());
      auto const angle = static_cast<std::int64_t>(task % angles());
      std::memcpy(rotation_scratch(worker), source.row(block, angle), rotation_values() * sizeof(float));
      filter_differences(matrix, weights[task % angles()], rotation_scratch(worker), into.row(block, angle));
    });
  }

  void back_project(field const& filtered, std::int64_t first_row, field& image) override {
    blocked_field const& source = own(filtered);
    require_sinogram(source);
    blocked_field& into = own(image);
    require_rows(first_row, into, source);
    for_tiles(first_row, into, 0, into.blocks, [&](std::int64_t block, pixel_tile const& tile, int worker) {
      back_project_tile(rays_, source.row(block, 0), tile, tile_scratch(worker),
                        first_pixel(into, block, first_row, tile), into.row_stride);
    });
  }

  void back_project_variance(field const& variance, filter_taps const& taps, std::span<double const> weights,
                             std::int64_t first_row, field& image) override {
    blocked_field const& source = own(variance);
    require_sinogram(source);
    require_filter(taps, weights);
    blocked_field& into = own(image);
    require_rows(first_row, into, source);
    toeplitz const squares = square_matrix(taps, rays_.translations);
    toeplitz const products = cross_matrix(taps, rays_.translations);
    // Few blocks at a time, as each takes two more blocks of the sinogram.
    std::int64_t const at_once =
        std::clamp<std::int64_t>(threads().threads() / 4, 1, std::max<std::int64_t>(into.blocks, 1));
    huge_buffer<float> square(static_cast<std::size_t>(at_once) * source.block_stride);
    huge_buffer<float> crossed(static_cast<std::size_t>(at_once) * source.block_stride);
    clear(threads(), square);
    clear(threads(), crossed);
    for (std::int64_t first = 0; first < into.blocks; first += at_once) {
      std::int64_t const some = std::min(at_once, into.blocks - first);
      threads().run(static_cast<std::size_t>(some) * angles(), [&](std::size_t task, int) {
        std::size_t const angle = task % angles();
        float const* const in =
            source.row(first + static_cast<std::int64_t>(task / angles()), static_cast<std::int64_t>(angle));
        std::size_t const at = task / angles() * source.block_stride + angle * source.row_stride;
        double const weight = weights[angle] * weights[angle];
        filter_positive(squares, weight, in, square.data() + at);
        filter_positive(products, weight, in, crossed.data() + at);
      });
      for_tiles(first_row, into, first, some, [&](std::int64_t block, pixel_tile const& tile, int worker) {
        std::size_t const at = static_cast<std::size_t>(block - first) * source.block_stride;
        back_project_variance_tile(rays_, square.data() + at, crossed.data() + at, tile, tile_scratch(worker),
                                   first_pixel(into, block, first_row, tile), into.row_stride);
      });
    }
  }

 private:
  std::size_t angles() const { return rays_.angles(); }
  std::size_t rotation_values() const { return static_cast<std::size_t>(rays_.translations) * channel_block; }
  float* tile_scratch(int worker) { return scratch_[static_cast<std::size_t>(worker)].tile.data(); }
  float* rotation_scratch(int worker) { return scratch_[static_cast<std::size_t>(worker)].rotation.data(); }

  void require_sinogram(blocked_field const& sinogram) const {
    require(sinogram.extents[0] == static_cast<std::int64_t>(angles()) && sinogram.extents[1] == rays_.translations,
            "a sinogram must have the rotations and translations of the geometry");
  }

  void require_filter(filter_taps const& taps, std::span<double const> weights) const {
    require(taps.taps.size() >= static_cast<std::size_t>(rays_.translations),
            "a filter needs a tap for every translation");
    require(weights.size() == angles(), "every rotation needs a weight");
  }

  void require_rows(std::int64_t first_row, blocked_field const& image, blocked_field const& sinogram) const {
    require(image.extents[1] == size_ && first_row >= 0 && image.extents[0] <= size_ - first_row,
            "the rows must be rows of the tomogram");
    require(image.extents[2] == sinogram.extents[2], "sinogram and tomogram must have the same channels");
  }

  /// Calls work(block, tile, worker) for all tiles of an image, all of one block's tiles before those of the next.
  template <class Work>
  void for_tiles(std::int64_t first_row, blocked_field const& image, std::int64_t first_block, std::int64_t blocks,
                 Work work) {
    auto const rows = static_cast<int>(image.extents[0]);
    std::size_t const down = static_cast<std::size_t>((rows + tile_edge - 1) / tile_edge);
    std::size_t const across = static_cast<std::size_t>((size_ + tile_edge - 1) / tile_edge);
    threads().run(static_cast<std::size_t>(blocks) * down * across, [&](std::size_t task, int worker) {
      int const y = static_cast<int>(task / across % down) * tile_edge;
      int const x = static_cast<int>(task % across) * tile_edge;
      pixel_tile const tile{static_cast<int>(first_row) + y, x, std::min(tile_edge, rows - y),
                            std::min(tile_edge, size_ - x)};
      work(first_block + static_cast<std::int64_t>(task / (down * across)), tile, worker);
    });
  }

  static float* first_pixel(blocked_field& image, std::int64_t block, std::int64_t first_row, pixel_tile const& tile) {
    return image.row(block, tile.row - first_row) + static_cast<std::ptrdiff_t>(tile.column) * channel_block;
  }

  ray_geometry rays_;
  int size_;
  std::vector<worker_memory> scratch_;  // one a thread
};

}  // namespace

std::unique_ptr<tomograph> make_tomograph(scan_geometry const& geometry, thread_pool& threads) {
  return std::make_unique<threaded_tomograph>(geometry, threads);
}

}  // namespace xrdct::cpu
