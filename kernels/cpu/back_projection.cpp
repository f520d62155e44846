#include "kernels/cpu/back_projection.hpp"

// The kernel keeps vectors in arrays, which types of unknown size cannot be; and SSE4 is as old as SSSE3.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/back_projection.cpp"
#include <hwy/foreach_target.h>  // compiles what follows once for every instruction set
#include <hwy/highway.h>

#include "kernels/cpu/meetings-inl.hpp"

#include <algorithm>
#include <cmath>

HWY_BEFORE_NAMESPACE();
namespace xrdct::cpu::HWY_NAMESPACE {

using tag = hn::CappedTag<float, 16>;
using floats = hn::Vec<tag>;

// The sums of a strip are in registers at a time, for some vectors of channels.
constexpr int vectors = hn::MaxLanes(tag()) == 16 || HWY_ARCH_ARM_A64 ? 4 : 2;
static_assert(tile_edge % strip == 0);

/// Keeps the compiler from loading a value again for its second use, as loads are what there is most of.
HWY_INLINE void keep_in_register([[maybe_unused]] floats& value) {
#if HWY_ARCH_X86 && (HWY_COMPILER_GCC || HWY_COMPILER_CLANG) && HWY_TARGET < HWY_SSE4
  asm("" : "+v"(value.raw));
#endif
}

HWY_INLINE hn::Mask<tag> mask_of(moved_bits const& moved) {
#if HWY_TARGET <= HWY_AVX3 && HWY_ARCH_X86
  return hn::LoadMaskBits(tag(), reinterpret_cast<std::uint8_t const*>(&moved));
#else
  return hn::MaskFromVec(hn::BitCast(tag(), hn::Set(hn::RebindToSigned<tag>(), moved)));
#endif
}

/// Adds to the sums of a strip, one pixel every `step` values, what `angles` angles contribute to some of its channels.
template <bool variance>
HWY_INLINE void add_angles(meetings const& at, int angles, float const* samples, float const* crossed, float* sums,
                           std::ptrdiff_t step) {
  tag const d;
  int const lanes = static_cast<int>(hn::Lanes(d));
  floats part[strip][vectors];
#pragma GCC unroll 8
  for (int p = 0; p < strip; ++p) {
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) part[p][v] = hn::Zero(d);
  }
  for (int a = 0; a < angles; ++a) {
    float const* const of_angle = samples + at.first[a];
    floats low[vectors];
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) {
      low[v] = hn::Load(d, of_angle + at.offset[0][a] + v * lanes);
      keep_in_register(low[v]);
    }
#pragma GCC unroll 8
    for (int p = 0; p < strip; ++p) {
      floats const left = hn::Set(d, at.left[p][a]);
      floats const right = hn::Set(d, at.right[p][a]);
      float const* const above = of_angle + at.offset[p][a] + channel_block;
      auto const moved = mask_of(at.moved[p + 1 < strip ? p + 1 : p][a]);
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) {
        floats high = hn::Load(d, above + v * lanes);
        keep_in_register(high);
        part[p][v] = hn::MulAdd(right, high, hn::MulAdd(left, low[v], part[p][v]));
        if (p + 1 < strip) low[v] = hn::IfThenElse(moved, high, low[v]);
      }
      if constexpr (variance) {
        floats const both = hn::Set(d, at.both[p][a]);
        float const* const cross = crossed + at.first[a] + at.offset[p][a];
#pragma GCC unroll 8
        for (int v = 0; v < vectors; ++v) part[p][v] = hn::MulAdd(both, hn::Load(d, cross + v * lanes), part[p][v]);
      }
    }
  }
#pragma GCC unroll 8
  for (int p = 0; p < strip; ++p) {
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) {
      float* const sum = sums + p * step + v * lanes;
      hn::Store(hn::Add(hn::Load(d, sum), part[p][v]), d, sum);
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

/// Adds what the angles of a run contribute to the sums of a tile. Strips may stand over its end.
template <bool variance>
void add_run(ray_geometry const& rays, angle_run const& run, float const* samples, float const* crossed,
             pixel_tile const& tile, sample_prefetch& ahead, float* sums) {
  meetings at;
  int const vector_step = vectors * static_cast<int>(hn::Lanes(tag()));
  auto const stride = static_cast<std::ptrdiff_t>(rays.translations + padding_rows) * channel_block;
  std::ptrdiff_t const along = (run.by_column ? 1 : tile_edge) * channel_block;
  std::ptrdiff_t const across = (run.by_column ? tile_edge : 1) * channel_block;
  int const length = run.by_column ? tile.columns : tile.rows;
  int const lines = run.by_column ? tile.rows : tile.columns;
  double const step = run.backwards ? -1 : 1;
  for (int begin = 0; begin < length; begin += strip) {
    int const first = run.backwards ? begin + strip - 1 : begin;
    for (int line = 0; line < lines; ++line) {  // neighbours share samples that are in the first-level cache
      strip_place const place{tile.column + (run.by_column ? first : line) - rays.centre,
                              tile.row + (run.by_column ? line : first) - rays.centre, run.by_column ? step : 0,
                              run.by_column ? 0 : step};
      int const angles = find_meetings<variance>(rays, place, run, stride, at);
      for (int channel = 0; channel < channel_block && angles > 0; channel += vector_step) {
        add_angles<variance>(at, angles, samples + channel, variance ? crossed + channel : nullptr,
                             sums + first * along + line * across + channel, run.backwards ? -along : along);
      }
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

}  // namespace xrdct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xrdct::cpu {

HWY_EXPORT(values);
HWY_EXPORT(variances);

void back_project_tile(ray_geometry const& rays, float const* samples, pixel_tile const& tile, float* sums) {
  HWY_DYNAMIC_DISPATCH(values)(rays, samples, tile, sums);
}

void back_project_variance_tile(ray_geometry const& rays, float const* squares, float const* crossed,
                                pixel_tile const& tile, float* sums) {
  HWY_DYNAMIC_DISPATCH(variances)(rays, squares, crossed, tile, sums);
}

}  // namespace xrdct::cpu
#endif
