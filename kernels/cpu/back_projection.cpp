#include "kernels/cpu/back_projection.hpp"

// The kernel keeps vectors in arrays, which types of unknown size cannot be; and SSE4 is as old as SSSE3.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/back_projection.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>  // compiles what follows once for every instruction set
#include <hwy/highway.h>

#include "kernels/cpu/meetings-inl.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

HWY_BEFORE_NAMESPACE();
namespace xrdct::cpu::HWY_NAMESPACE {

using tag = hn::CappedTag<float, 16>;
using floats = hn::Vec<tag>;

// The sums of a strip are in registers at a time, for some vectors of channels.
constexpr int vectors = hn::MaxLanes(tag()) == 16 || HWY_ARCH_ARM_A64 ? 4 : 2;
static_assert(tile_edge % strip == 0 && angles_a_run <= angle_slots);

/// Keeps the compiler from loading a value again for its second use, as loads are what there is most of.
HWY_INLINE void keep_in_register([[maybe_unused]] floats& value) {
#if HWY_ARCH_X86 && (HWY_COMPILER_GCC || HWY_COMPILER_CLANG) && HWY_TARGET < HWY_SSE4
  asm("" : "+v"(value.raw));
#endif
}

/// Sums of a strip, for some vectors of channels.
using strip_sums = floats[strip][vectors];

/// Whether the lower sample of a pixel is not that of the pixel before.
constexpr bool begins_interval(strip_moves moves, int pixel) { return pixel == 0 || (moves >> (pixel - 1) & 1) != 0; }

/// Where the upper sample of a pixel is, from the lower one of the first.
constexpr int next_sample(strip_moves moves, int pixel) {
  int sample = 1;
  for (int p = 1; p <= pixel; ++p) sample += begins_interval(moves, p) ? 1 : 0;
  return sample;
}

/// The pixel that is interpolated by two products, the others by a difference and one product: additions and products
/// are then about equal in number, and processors that have units for each do them at the same time. It is the first
/// one that has a pair of samples for itself, where there is one, as this then needs no difference.
constexpr int pixel_of_products(strip_moves moves) {
  for (int p = 0; p < strip; ++p) {
    if (begins_interval(moves, p) && (p + 1 == strip || begins_interval(moves, p + 1))) return p;
  }
  return 0;
}

/// Adds what an angle contributes to a strip all of whose moves are known; `row` is the lower sample of its first
/// pixel.
template <strip_moves moves>
HWY_INLINE void add_values(meetings const& at, int angle, float const* row, strip_sums& sums) {
  tag const d;
  constexpr int of_products = pixel_of_products(moves);
  floats right[strip];
#pragma GCC unroll 8
  for (int p = 0; p < strip; ++p) right[p] = hn::Set(d, at.right[p][angle]);
  floats const left = hn::Sub(hn::Set(d, 1.0F), right[of_products]);
#pragma GCC unroll 8
  for (int v = 0; v < vectors; ++v, row += hn::Lanes(d)) {
    floats low = hn::Load(d, row);
    keep_in_register(low);
    floats high = low;
    floats difference = low;
#pragma GCC unroll 8
    for (int p = 0; p < strip; ++p) {
      if (begins_interval(moves, p)) {
        low = high;
        high = hn::Load(d, row + next_sample(moves, p) * channel_block);
        keep_in_register(high);
        difference = hn::Sub(high, low);
      }
      if (p == of_products) {
        sums[p][v] = hn::MulAdd(right[p], high, hn::MulAdd(left, low, sums[p][v]));
      } else {
        sums[p][v] = hn::MulAdd(right[p], difference, hn::Add(sums[p][v], low));
      }
    }
  }
}

/// The same for variances: all terms are products of their own, so that nothing cancels but what must.
template <strip_moves moves>
HWY_INLINE void add_variances(meetings const& at, int angle, float const* row, float const* crossed, strip_sums& sums) {
  tag const d;
#pragma GCC unroll 8
  for (int v = 0; v < vectors; ++v, row += hn::Lanes(d), crossed += hn::Lanes(d)) {
    floats low = hn::Load(d, row);
    keep_in_register(low);
    floats high = low;
    floats cross = low;
#pragma GCC unroll 8
    for (int p = 0; p < strip; ++p) {
      if (begins_interval(moves, p)) {
        low = high;
        high = hn::Load(d, row + next_sample(moves, p) * channel_block);
        cross = hn::Load(d, crossed + (next_sample(moves, p) - 1) * channel_block);
        keep_in_register(high);
        keep_in_register(cross);
      }
      sums[p][v] = hn::MulAdd(hn::Set(d, at.left[p][angle]), low, sums[p][v]);
      sums[p][v] = hn::MulAdd(hn::Set(d, at.right[p][angle]), high, sums[p][v]);
      sums[p][v] = hn::MulAdd(hn::Set(d, at.both[p][angle]), cross, sums[p][v]);
    }
  }
}

/// Where the samples of a run are, some channels of them: of angle a at samples + first[a].
struct run_samples {
  float const* samples;
  float const* crossed;  ///< of variances; else the same as `samples`, and not used
  std::ptrdiff_t const* first;
};

/// Adds to the sums of a strip what those angles contribute at which its moves are these.
template <bool variance, strip_moves moves>
HWY_INLINE void add_alike(meetings const& at, run_samples const& of, strip_sums& sums) {
  for (std::uint32_t angles = at.alike[moves]; angles != 0; angles &= angles - 1) {
    auto const a = static_cast<int>(hwy::Num0BitsBelowLS1Bit_Nonzero32(angles));
    std::ptrdiff_t const begin = of.first[a] + static_cast<std::ptrdiff_t>(at.lower[a]) * channel_block;
    float const* const row = of.samples + begin;
    if constexpr (variance) {
      add_variances<moves>(at, a, row, of.crossed + begin, sums);
    } else {
      add_values<moves>(at, a, row, sums);
    }
  }
}

/// Moves by moves, as jumps between them cost more than all else that is not arithmetic.
template <bool variance, std::size_t... moves>
HWY_INLINE void add_inside(meetings const& at, run_samples const& of, strip_sums& sums, std::index_sequence<moves...>) {
  (add_alike<variance, static_cast<strip_moves>(moves)>(at, of, sums), ...);
}

/// Adds to a strip's memory, one pixel every `step` values, what the angles of a run contribute to some of its channels
/// where all pixels are inside.
template <bool variance>
HWY_INLINE void add_inside(meetings const& at, run_samples const& of, float* memory, std::ptrdiff_t step) {
  tag const d;
  strip_sums sums;
#pragma GCC unroll 8
  for (int p = 0; p < strip; ++p) {
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) sums[p][v] = hn::Zero(d);
  }
  add_inside<variance>(at, of, sums, std::make_index_sequence<all_moves>());
#pragma GCC unroll 8
  for (int p = 0; p < strip; ++p) {
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) {
      float* const sum = memory + p * step + v * static_cast<int>(hn::Lanes(d));
      hn::Store(hn::Add(hn::Load(d, sum), sums[p][v]), d, sum);
    }
  }
}

/// Adds what an angle contributes to the pixels that meet the translations, of a strip with others that do not.
template <bool variance>
void add_partly(run_rays const& rays, strip_place const& place, int angle, float const* samples, float const* crossed,
                float* memory, std::ptrdiff_t step) {
  tag const d;
  double const last = rays.last;
  for (int p = 0; p < strip; ++p, memory += step) {
    double const t = rays.meet(place.x, place.y, angle) + p * rays.step[angle];
    if (!(t >= -outside_tolerance && t <= last + outside_tolerance)) continue;
    double const within = std::clamp(t, 0.0, last);
    double const k = std::min(std::floor(within), std::max(last - 1, 0.0));
    auto const right = static_cast<float>(within - k);
    float const left = 1 - right;
    std::ptrdiff_t const row = static_cast<std::ptrdiff_t>(k) * channel_block;
    for (int c = 0; c < channel_block; c += static_cast<int>(hn::Lanes(d))) {
      auto sum = hn::Load(d, memory + c);
      auto const low = hn::Load(d, samples + row + c);
      auto const high = hn::Load(d, samples + row + channel_block + c);
      if constexpr (variance) {
        sum = hn::MulAdd(hn::Set(d, 2 * left * right), hn::Load(d, crossed + row + c), sum);
        sum = hn::MulAdd(hn::Set(d, left * left), low, sum);
        sum = hn::MulAdd(hn::Set(d, right * right), high, sum);
      } else {
        sum = hn::MulAdd(hn::Set(d, right), high, hn::MulAdd(hn::Set(d, left), low, sum));
      }
      hn::Store(sum, d, memory + c);
    }
  }
}

/// Asks for the samples that a tile needs of a run, some at a time, so that they are in the second-level cache when
/// their turn comes.
class sample_prefetch {
 public:
  sample_prefetch(ray_geometry const& rays, pixel_tile const& tile, std::ptrdiff_t stride)
      : rays_(rays),
        x_(tile.column + (tile.columns - 1) / 2.0 - rays.centre),
        y_(tile.row + (tile.rows - 1) / 2.0 - rays.centre),
        half_width_((tile.columns - 1) / 2.0),
        half_height_((tile.rows - 1) / 2.0),
        stride_(stride) {}

  /// Begins anew with the angles of a run, to be asked for in `steps` steps.
  void begin(angle_run const& run, int steps) {
    angle_ = run.first;
    end_ = run.first + run.count;
    row_ = last_row_ = 0;
    rows_a_step_ = 1 + run.count * static_cast<int>(2 * (half_width_ + half_height_)) / std::max(steps, 1);
  }

  /// One step, of samples in `some` and, where there are any, in `more`.
  void step(float const* some, float const* more) {
    for (int i = 0; i < rows_a_step_; ++i, ++row_) {
      if (row_ == last_row_ && !next_angle()) return;
      std::ptrdiff_t const at = first_ + row_ * channel_block;
      for (int c = 0; c < channel_block; c += 16) {
        __builtin_prefetch(some + at + c, 0, 2);
        if (more != nullptr) __builtin_prefetch(more + at + c, 0, 2);
      }
    }
  }

 private:
  bool next_angle() {
    while (angle_ < end_) {
      auto const a = static_cast<std::size_t>(angle_++);
      double const middle = rays_.axes[a] + x_ * rays_.cosines[a] - y_ * rays_.sines[a];
      double const half = half_width_ * std::abs(rays_.cosines[a]) + half_height_ * std::abs(rays_.sines[a]);
      double const last = rays_.translations - 1.0;
      if (middle + half < 0 || middle - half > last) continue;
      row_ = static_cast<int>(std::max(middle - half, 0.0));
      last_row_ = static_cast<int>(std::min(middle + half, last)) + 2;
      first_ = static_cast<std::ptrdiff_t>(rays_.rotation[a]) * stride_;
      return true;
    }
    return false;
  }

  ray_geometry const& rays_;
  double x_;
  double y_;
  double half_width_;
  double half_height_;
  std::ptrdiff_t stride_;
  std::ptrdiff_t first_ = 0;
  int angle_ = 0;
  int end_ = 0;
  int row_ = 0;
  int last_row_ = 0;
  int rows_a_step_ = 0;
};

/// The strips of a tile at the angles of a run, one after the other.
template <bool variance>
class tile_strips {
 public:
  tile_strips(ray_geometry const& rays, angle_run const& run, pixel_tile const& tile, run_samples const& of)
      : rays_(rays, run), of_(of) {
    auto const stride = static_cast<std::ptrdiff_t>(rays.translations + padding_rows) * channel_block;
    for (int a = 0; a < run.count; ++a) {
      first_[a] = static_cast<std::ptrdiff_t>(rays.rotation[static_cast<std::size_t>(run.first + a)]) * stride;
      is_inside_ = is_inside_ && meets_inside(rays, tile, a);
    }
    of_.first = first_;
  }

  /// Where a strip meets the translations, in one of two places: that of the next strip is found before the sums of one
  /// are made, as these then need not wait for it.
  HWY_INLINE void find(strip_place const& place, int which) {
    places_[which] = place;
    if (is_inside_) {
      find_meetings<variance, false>(rays_, place, at_[which]);
    } else {
      find_meetings<variance, true>(rays_, place, at_[which]);
    }
  }

  /// Adds what the angles contribute to the strip found there, of which `memory` is the first pixel.
  HWY_INLINE void add(int which, float* memory, std::ptrdiff_t step) {
    meetings const& at = at_[which];
    for (int c = 0; c < channel_block && at.inside != 0; c += vectors * static_cast<int>(hn::Lanes(tag()))) {
      add_inside<variance>(at, {of_.samples + c, of_.crossed + c, first_}, memory + c, step);
    }
    if (at.partly != 0) add_partly(which, memory, step);
  }

 private:
  /// Whether all strips of a tile, which may stand over its ends, are between the first translation and the last.
  bool meets_inside(ray_geometry const& rays, pixel_tile const& tile, int angle) const {
    double const left = tile.column - rays.centre;
    double const top = tile.row - first_sum_row(tile) - rays.centre;
    for (int corner = 0; corner < 4; ++corner) {
      double const t = rays_.meet(left + corner % 2 * (tile_edge - 1), top + corner / 2 * (tile_edge - 1), angle);
      if (!(t > outside_tolerance && t < rays_.last - outside_tolerance)) return false;
    }
    return true;
  }

  HWY_NOINLINE void add_partly(int which, float* memory, std::ptrdiff_t step) {
    auto const& place = places_[which];
    for (std::uint32_t angles = at_[which].partly; angles != 0; angles &= angles - 1) {
      auto const a = static_cast<int>(hwy::Num0BitsBelowLS1Bit_Nonzero32(angles));
      HWY_NAMESPACE::add_partly<variance>(rays_, place, a, of_.samples + first_[a], of_.crossed + first_[a], memory,
                                          step);
    }
  }

  run_rays rays_;
  run_samples of_;
  bool is_inside_ = true;
  std::ptrdiff_t first_[angle_slots];
  strip_place places_[2];
  meetings at_[2];
};

/// Adds what the angles of a run contribute to the sums of a tile. Strips may stand over its ends.
template <bool variance>
void add_run(ray_geometry const& rays, angle_run const& run, float const* samples, float const* crossed,
             pixel_tile const& tile, sample_prefetch& ahead, float* sums) {
  tile_strips<variance> strips(rays, run, tile, {samples, variance ? crossed : samples, nullptr});
  std::ptrdiff_t const along = (run.by_column ? 1 : tile_edge) * channel_block;
  std::ptrdiff_t const across = (run.by_column ? tile_edge : 1) * channel_block;
  int const before = first_sum_row(tile);
  int const length = run.by_column ? tile.columns : before + tile.rows;
  int const first_line = run.by_column ? before : 0;
  int const end_line = run.by_column ? before + tile.rows : tile.columns;
  double const column = tile.column - rays.centre;
  double const row = tile.row - before - rays.centre;
  for (int begin = 0; begin < length; begin += strip) {
    int const first = run.backwards ? begin + strip - 1 : begin;
    auto const place = [&](int line) {
      return strip_place{column + (run.by_column ? first : line), row + (run.by_column ? line : first)};
    };
    strips.find(place(first_line), first_line & 1);
    for (int line = first_line; line < end_line; ++line) {  // neighbours share samples in the first-level cache
      strips.find(place(line + 1), (line + 1) & 1);
      strips.add(line & 1, sums + first * along + line * across, run.backwards ? -along : along);
      ahead.step(samples, crossed);
    }
  }
}

template <bool variance>
void project_tile(ray_geometry const& rays, float const* samples, float const* crossed, pixel_tile const& tile,
                  float* sums) {
  std::fill_n(sums, tile_values, 0.0F);
  sample_prefetch ahead(rays, tile, static_cast<std::ptrdiff_t>(rays.translations + padding_rows) * channel_block);
  int const steps = (tile.columns * tile.rows) / strip;
  for (std::size_t r = 0; r < rays.runs.size(); ++r) {
    ahead.begin(r + 1 < rays.runs.size() ? rays.runs[r + 1] : angle_run(), steps);
    add_run<variance>(rays, rays.runs[r], samples, crossed, tile, ahead, sums);
  }
}

void values(ray_geometry const& rays, float const* samples, pixel_tile const& tile, float* sums) {
  project_tile<false>(rays, samples, nullptr, tile, sums);
}

void variances(ray_geometry const& rays, float const* squares, float const* crossed, pixel_tile const& tile,
               float* sums) {
  project_tile<true>(rays, squares, crossed, tile, sums);
}

/// Past the caches, where memory allows: what is written is not soon read, and need not be read before.
void put(pixel_tile const& tile, float const* sums, pixel_memory const& image) {
  tag const d;
  bool const is_aligned = image.channels == channel_block && reinterpret_cast<std::uintptr_t>(image.first) % 64 == 0 &&
                          image.pixel_stride % 16 == 0 && image.row_stride % 16 == 0;
  sums += first_sum_row(tile) * tile_edge * channel_block;
  for (int row = 0; row < tile.rows; ++row) {
    float* pixel = image.first + static_cast<std::size_t>(row) * image.row_stride;
    float const* sum = sums + row * tile_edge * channel_block;
    for (int column = 0; column < tile.columns; ++column, pixel += image.pixel_stride, sum += channel_block) {
      if (!is_aligned) {
        std::memcpy(pixel, sum, static_cast<std::size_t>(image.channels) * sizeof(float));
        continue;
      }
      for (int c = 0; c < channel_block; c += static_cast<int>(hn::Lanes(d))) {
        hn::Stream(hn::Load(d, sum + c), d, pixel + c);
      }
    }
  }
  if (is_aligned) hwy::FlushStream();
}

}  // namespace xrdct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xrdct::cpu {

HWY_EXPORT(values);
HWY_EXPORT(variances);
HWY_EXPORT(put);

void back_project_tile(ray_geometry const& rays, float const* samples, pixel_tile const& tile, float* sums) {
  HWY_DYNAMIC_DISPATCH(values)(rays, samples, tile, sums);
}

void back_project_variance_tile(ray_geometry const& rays, float const* squares, float const* crossed,
                                pixel_tile const& tile, float* sums) {
  HWY_DYNAMIC_DISPATCH(variances)(rays, squares, crossed, tile, sums);
}

void put_tile(pixel_tile const& tile, float const* sums, pixel_memory const& image) {
  HWY_DYNAMIC_DISPATCH(put)(tile, sums, image);
}

}  // namespace xrdct::cpu
#endif
