#include "kernels/cpu/back_projection.hpp"

// The kernel keeps vectors in arrays, which types of unknown size cannot be; and SSE4 is as old as SSSE3.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/back_projection.cpp"
#include <hwy/foreach_target.h>  // compiles what follows once for every instruction set
#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace xrdct::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using tag = hn::CappedTag<float, 16>;
using floats = hn::Vec<tag>;

// A group is a small rectangle of neighbouring pixels, whose sums are in registers at a time, for some vectors of
// channels; samples of one pixel are then in the first-level cache for the next.
constexpr int group_columns = 3;
constexpr int group_rows = 2;
constexpr int group_pixels = group_columns * group_rows;
constexpr int vectors = hn::MaxLanes(tag()) == 16 || HWY_ARCH_ARM_A64 ? 4 : 2;

// Sums over this many angles begin at zero and are then added to the pixel: fewer roundings than one by one, and the
// samples of a tile for so many angles fit the second-level cache beside its pixels.
constexpr int angle_block = 15;

/// Where the pixels of a group meet the translations at one angle, a pixel a slot.
constexpr int slots = 8;
struct alignas(64) meeting {
  float left[slots];           // weight of sample k, or of its variance
  float right[slots];          // of sample k + 1
  float both[slots];           // of their covariance
  std::int32_t offset[slots];  // of sample k from the first, in values
};

/// Positions of the pixels of a group, relative to the rotation axis.
struct alignas(64) group_position {
  double x[slots];
  double y[slots];
};

group_position place(ray_geometry const& rays, int row, int column) {
  group_position group;
  for (int p = 0; p < slots; ++p) {
    int const pixel = std::min(p, group_pixels - 1);
    group.x[p] = static_cast<double>(column + pixel % group_columns) - rays.centre;
    group.y[p] = static_cast<double>(row + pixel / group_columns) - rays.centre;
  }
  return group;
}

/// Pixels that meet no translation are sent to the rows of zeros behind the last.
template <bool variance>
HWY_INLINE void meet(ray_geometry const& rays, group_position const& group, std::size_t angle, meeting& into) {
  hn::CappedTag<double, slots> const d;
  hn::Rebind<float, decltype(d)> const as_float;
  hn::Rebind<std::int32_t, decltype(d)> const as_int;
  auto const zero = hn::Zero(d);
  auto const one = hn::Set(d, 1.0);
  auto const last = hn::Set(d, rays.translations - 1.0);
  auto const last_left = hn::Set(d, std::max(rays.translations - 2.0, 0.0));
  auto const outside = hn::Set(d, static_cast<double>(rays.translations));
  auto const tolerance = hn::Set(d, 1e-6);
  for (int p = 0; p < slots; p += static_cast<int>(hn::Lanes(d))) {
    auto const across = hn::MulAdd(hn::Load(d, group.x + p), hn::Set(d, rays.cosines[angle]), hn::Set(d, rays.axis));
    auto const t = hn::NegMulAdd(hn::Load(d, group.y + p), hn::Set(d, rays.sines[angle]), across);
    auto const inside = hn::And(hn::Ge(t, hn::Neg(tolerance)), hn::Le(t, hn::Add(last, tolerance)));
    auto const within = hn::Min(hn::Max(t, zero), last);
    auto const k = hn::Min(hn::Floor(within), last_left);
    auto const w1 = hn::Sub(within, k);
    auto const w0 = hn::Sub(one, w1);
    auto const left = variance ? hn::Mul(w0, w0) : w0;
    auto const right = variance ? hn::Mul(w1, w1) : w1;
    hn::Store(hn::DemoteTo(as_float, hn::IfThenElseZero(inside, left)), as_float, into.left + p);
    hn::Store(hn::DemoteTo(as_float, hn::IfThenElseZero(inside, right)), as_float, into.right + p);
    if constexpr (variance) {
      auto const both = hn::Mul(hn::Add(w0, w0), w1);
      hn::Store(hn::DemoteTo(as_float, hn::IfThenElseZero(inside, both)), as_float, into.both + p);
    }
    auto const index = hn::DemoteTo(as_int, hn::IfThenElse(inside, k, outside));
    hn::Store(hn::Mul(index, hn::Set(as_int, channel_block)), as_int, into.offset + p);
  }
}

/// Adds to the sums of a group ([pixel][channel]) what `angles` angles contribute to some of its channels.
template <bool variance>
HWY_INLINE void add_angles(meeting const* meetings, int angles, std::ptrdiff_t stride, float const* samples,
                           float const* crossed, float* sums) {
  tag const d;
  int const lanes = static_cast<int>(hn::Lanes(d));
  floats part[group_pixels][vectors];
#pragma GCC unroll 8
  for (int p = 0; p < group_pixels; ++p) {
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) part[p][v] = hn::Zero(d);
  }
  for (int a = 0; a < angles; ++a, samples += stride) {
    meeting const& at = meetings[a];
#pragma GCC unroll 8
    for (int p = 0; p < group_pixels; ++p) {
      float const* const row = samples + at.offset[p];
      floats const left = hn::Set(d, at.left[p]);
      floats const right = hn::Set(d, at.right[p]);
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) part[p][v] = hn::MulAdd(left, hn::Load(d, row + v * lanes), part[p][v]);
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) {
        part[p][v] = hn::MulAdd(right, hn::Load(d, row + channel_block + v * lanes), part[p][v]);
      }
      if constexpr (variance) {
        floats const both = hn::Set(d, at.both[p]);
        float const* const cross = crossed + at.offset[p];
#pragma GCC unroll 8
        for (int v = 0; v < vectors; ++v) part[p][v] = hn::MulAdd(both, hn::Load(d, cross + v * lanes), part[p][v]);
      }
    }
    if constexpr (variance) crossed += stride;
  }
#pragma GCC unroll 8
  for (int p = 0; p < group_pixels; ++p) {
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) {
      float* const sum = sums + p * channel_block + v * lanes;
      hn::Store(hn::Add(hn::Load(d, sum), part[p][v]), d, sum);
    }
  }
}

/// Adds the sums of a tile ([group][pixel of the group][channel]) to the image.
void add_to_image(pixel_tile const& tile, float const* sums, float* image, std::size_t image_stride) {
  tag const d;
  int const lanes = static_cast<int>(hn::Lanes(d));
  for (int row = 0; row < tile.rows; row += group_rows) {
    for (int column = 0; column < tile.columns; column += group_columns) {
      for (int p = 0; p < group_pixels; ++p, sums += channel_block) {
        int const y = row + p / group_columns;
        int const x = column + p % group_columns;
        if (y >= tile.rows || x >= tile.columns) continue;
        float* const pixel =
            image + static_cast<std::size_t>(y) * image_stride + static_cast<std::size_t>(x) * channel_block;
        for (int c = 0; c < channel_block; c += lanes) {
          hn::Store(hn::Add(hn::Load(d, pixel + c), hn::Load(d, sums + c)), d, pixel + c);
        }
      }
    }
  }
}

template <bool variance>
void project_tile(ray_geometry const& rays, float const* samples, float const* crossed, pixel_tile const& tile,
                  float* scratch, float* image, std::size_t image_stride) {
  meeting meetings[angle_block];
  int const step = vectors * static_cast<int>(hn::Lanes(tag()));
  auto const stride = static_cast<std::ptrdiff_t>(rays.translations + padding_rows) * channel_block;
  auto const angles = static_cast<int>(rays.cosines.size());
  std::fill_n(scratch, tile_values, 0.0F);
  for (int first = 0; first < angles; first += angle_block) {
    int const some = std::min(angle_block, angles - first);
    float* sums = scratch;
    for (int row = 0; row < tile.rows; row += group_rows) {
      for (int column = 0; column < tile.columns; column += group_columns) {
        group_position const group = place(rays, tile.row + row, tile.column + column);
        for (int a = 0; a < some; ++a) meet<variance>(rays, group, static_cast<std::size_t>(first + a), meetings[a]);
        for (int channel = 0; channel < channel_block; channel += step) {
          add_angles<variance>(meetings, some, stride, samples + first * stride + channel,
                               variance ? crossed + first * stride + channel : nullptr, sums + channel);
        }
        sums += group_pixels * channel_block;
      }
    }
  }
  add_to_image(tile, scratch, image, image_stride);
}

void values(ray_geometry const& rays, float const* samples, pixel_tile const& tile, float* scratch, float* image,
            std::size_t image_stride) {
  project_tile<false>(rays, samples, nullptr, tile, scratch, image, image_stride);
}

void variances(ray_geometry const& rays, float const* squares, float const* crossed, pixel_tile const& tile,
               float* scratch, float* image, std::size_t image_stride) {
  project_tile<true>(rays, squares, crossed, tile, scratch, image, image_stride);
}

}  // namespace xrdct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xrdct::cpu {

HWY_EXPORT(values);
HWY_EXPORT(variances);

void back_project_tile(ray_geometry const& rays, float const* samples, pixel_tile const& tile, float* scratch,
                       float* image, std::size_t image_stride) {
  HWY_DYNAMIC_DISPATCH(values)(rays, samples, tile, scratch, image, image_stride);
}

void back_project_variance_tile(ray_geometry const& rays, float const* squares, float const* crossed,
                                pixel_tile const& tile, float* scratch, float* image, std::size_t image_stride) {
  HWY_DYNAMIC_DISPATCH(variances)(rays, squares, crossed, tile, scratch, image, image_stride);
}

}  // namespace xrdct::cpu
#endif
