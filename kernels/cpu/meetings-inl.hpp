/// \file Where the pixels of a strip meet the translations; compiled once for every instruction set. No include guard:
/// Highway includes what includes this for every one.

#include "kernels/cpu/channel_block.hpp"
#include "kernels/cpu/ray_geometry.hpp"

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace xrdct::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Pixels of a strip.
constexpr int strip = 5;

/// Neighbouring pixels along the axis in which the detector moves by no more than 0.71 translations a pixel, towards
/// higher translations: the lower sample of a pixel is then that of the pixel before or the next one.
struct strip_place {
  double x = 0;  ///< of the first pixel, relative to the rotation axis
  double y = 0;
  double x_step = 0;  ///< from pixel to pixel
  double y_step = 0;
};

// What tells that a pixel's lower sample is not that of the pixel before, in the way that makes a mask fastest.
#if HWY_TARGET <= HWY_AVX3 && HWY_ARCH_X86
using moved_bits = std::int16_t;
template <class Moved>
HWY_INLINE auto as_bits(Moved moved) {
  return hn::DemoteTo(hn::Rebind<moved_bits, hn::CappedTag<double, 8>>(), moved);
}
#else
using moved_bits = std::int32_t;
template <class Moved>
HWY_INLINE auto as_bits(Moved moved) {
  return moved;
}
#endif

/// Where the pixels of a strip meet the translations at some angles, one a slot.
struct alignas(64) meetings {
  float left[strip][angle_slots];           ///< weight of sample k, or of its variance
  float right[strip][angle_slots];          ///< of sample k + 1
  float both[strip][angle_slots];           ///< of their covariance; of variances only
  std::int32_t offset[strip][angle_slots];  ///< of sample k from the first of the angle, in values
  moved_bits moved[strip][angle_slots];     ///< all bits or none; nothing for the first pixel
  std::ptrdiff_t first[angle_slots];        ///< of the first sample of the angle, in values
};

using position_tag = hn::CappedTag<double, 8>;
using positions = hn::Vec<position_tag>;

/// Of one pixel at the angles from `angle` on, as many as there are lanes.
HWY_INLINE positions meet(ray_geometry const& rays, strip_place const& place, int pixel, int angle) {
  position_tag const d;
  auto const x = hn::Set(d, place.x + pixel * place.x_step);
  auto const y = hn::Set(d, place.y + pixel * place.y_step);
  auto const across = hn::MulAdd(x, hn::LoadU(d, rays.cosines.data() + angle), hn::LoadU(d, rays.axes.data() + angle));
  return hn::NegMulAdd(y, hn::LoadU(d, rays.sines.data() + angle), across);
}

/// Whether no pixel meets the translations outside of them, or at their very end. Inner pixels of a strip are between
/// those at its ends.
HWY_INLINE bool all_inside(ray_geometry const& rays, strip_place const& place, angle_run const& run) {
  position_tag const d;
  auto const zero = hn::Zero(d);
  auto const last = hn::Set(d, rays.translations - 1.0);
  for (int a = 0; a < run.count; a += static_cast<int>(hn::Lanes(d))) {
    auto const low = hn::Ge(meet(rays, place, 0, run.first + a), zero);
    auto const high = hn::Lt(meet(rays, place, strip - 1, run.first + a), last);
    if (!hn::AllTrue(d, hn::And(low, high))) return false;
  }
  return true;
}

/// The meetings of all pixels at the angles of a run. Where `clipped` is not set, all must be inside. Weights outside
/// are zero, and the samples there those at the end.
template <bool variance, bool clipped>
HWY_INLINE void meet_all(ray_geometry const& rays, strip_place const& place, angle_run const& run, meetings& into) {
  position_tag const d;
  hn::Rebind<float, position_tag> const as_float;
  hn::Rebind<std::int32_t, position_tag> const as_int;
  auto const one = hn::Set(as_float, 1.0F);
  auto const tolerance = hn::Set(d, 1e-6);
  auto const last = hn::Set(d, rays.translations - 1.0);
  auto const last_left = hn::Set(d, std::max(rays.translations - 2.0, 0.0));
  for (int a = 0; a < run.count; a += static_cast<int>(hn::Lanes(d))) {
    auto before = hn::Zero(as_int);
    for (int p = 0; p < strip; ++p) {
      auto const t = meet(rays, place, p, run.first + a);
      auto const within = clipped ? hn::Min(hn::Max(t, hn::Zero(d)), last) : t;
      auto const k = clipped ? hn::Min(hn::Floor(within), last_left) : hn::Floor(within);
      auto right = hn::DemoteTo(as_float, hn::Sub(within, k));
      auto left = hn::Sub(one, right);
      if constexpr (clipped) {
        auto const inside = hn::And(hn::Ge(t, hn::Neg(tolerance)), hn::Le(t, hn::Add(last, tolerance)));
        auto const weight = hn::DemoteTo(as_float, hn::IfThenElseZero(inside, hn::Set(d, 1.0)));
        right = hn::Mul(right, weight);
        left = hn::Mul(left, weight);
      }
      if constexpr (variance) {
        hn::Store(hn::Mul(hn::Add(left, left), right), as_float, into.both[p] + a);
        right = hn::Mul(right, right);
        left = hn::Mul(left, left);
      }
      hn::Store(left, as_float, into.left[p] + a);
      hn::Store(right, as_float, into.right[p] + a);
      auto const offset = hn::ShiftLeft<channel_block_bits>(hn::DemoteTo(as_int, k));
      hn::Store(offset, as_int, into.offset[p] + a);
      auto const moved = hn::VecFromMask(as_int, hn::Ne(offset, before));
      hn::Store(as_bits(moved), hn::Rebind<moved_bits, position_tag>(), into.moved[p] + a);
      before = offset;
    }
  }
}

/// Leaves out angles at which no pixel meets the translations: they add nothing.
inline int without_empty(int angles, meetings& some) {
  int kept = 0;
  for (int a = 0; a < angles; ++a) {
    bool empty = true;
    for (int p = 0; p < strip; ++p) empty = empty && some.left[p][a] == 0 && some.right[p][a] == 0;
    if (empty) continue;
    for (int p = 0; p < strip && kept != a; ++p) {
      some.left[p][kept] = some.left[p][a];
      some.right[p][kept] = some.right[p][a];
      some.both[p][kept] = some.both[p][a];
      some.offset[p][kept] = some.offset[p][a];
      some.moved[p][kept] = some.moved[p][a];
    }
    some.first[kept] = some.first[a];
    ++kept;
  }
  return kept;
}

/// The meetings of a strip at the angles of a run, and how many of them there are. `stride` is from one angle's samples
/// to the next one's.
template <bool variance>
HWY_INLINE int find_meetings(ray_geometry const& rays, strip_place const& place, angle_run const& run,
                             std::ptrdiff_t stride, meetings& into) {
  for (int a = 0; a < run.count; ++a) {
    into.first[a] = static_cast<std::ptrdiff_t>(rays.rotation[static_cast<std::size_t>(run.first + a)]) * stride;
  }
  if (all_inside(rays, place, run)) {
    meet_all<variance, false>(rays, place, run, into);
    return run.count;
  }
  meet_all<variance, true>(rays, place, run, into);
  return without_empty(run.count, into);
}

}  // namespace xrdct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
