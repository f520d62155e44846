/// \file Where the pixels of a strip meet the translations; compiled once for every instruction set. No include guard:
/// Highway includes what includes this for every one.

#include "kernels/cpu/channel_block.hpp"
#include "kernels/cpu/ray_geometry.hpp"

#include <hwy/highway.h>

#include <cmath>
#include <cstddef>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace xrdct::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Which pixels of a strip have the next sample as their lower one, and not that of the pixel before: bit p − 1 for
/// pixel p. All of them never do, as the last pixel is less than 2.83 translations from the first.
using strip_moves = unsigned;
constexpr strip_moves all_moves = (1U << (strip - 1)) - 1;

/// The angles of a run, one a slot: where the first pixel of a strip meets the translations, and the next ones. Strips
/// are along the axis in which the detector moves by no more than 0.71 translations a pixel, towards higher ones: the
/// lower sample of a pixel is then that of the pixel before or the next one.
struct alignas(64) run_rays {
  double cosine[angle_slots] = {};
  double sine[angle_slots] = {};
  double axis[angle_slots] = {};
  double step[angle_slots] = {};  ///< translations from pixel to pixel
  float float_step[angle_slots] = {};
  int count = 0;
  double last = 0;  ///< the last translation

  run_rays(ray_geometry const& rays, angle_run const& run) : count(run.count), last(rays.translations - 1.0) {
    for (int a = 0; a < count; ++a) {
      auto const angle = static_cast<std::size_t>(run.first + a);
      cosine[a] = rays.cosines[angle];
      sine[a] = rays.sines[angle];
      axis[a] = rays.axes[angle];
      step[a] = std::abs(run.by_column ? cosine[a] : sine[a]);
      float_step[a] = static_cast<float>(step[a]);
    }
  }

  /// Where a point meets the translations.
  double meet(double x, double y, int angle) const { return axis[angle] + x * cosine[angle] - y * sine[angle]; }
};

/// The first pixel of a strip, relative to the rotation axis.
struct strip_place {
  double x = 0;
  double y = 0;
};

/// Where the pixels of a strip meet the translations at the angles of a run, one a slot.
struct alignas(64) meetings {
  float right[strip][angle_slots];  ///< weight of the next sample, or of its variance
  float left[strip][angle_slots];   ///< of the variance of the lower sample
  float both[strip][angle_slots];   ///< of their covariance
  std::int32_t lower[angle_slots];  ///< the lower sample of the first pixel
  std::uint32_t alike[all_moves];   ///< by moves: the angles at which they are these, and all pixels inside
  std::uint32_t inside = 0;         ///< all of these
  std::uint32_t partly = 0;         ///< the angles at which some pixels are outside, some not; nothing above for them
};

using float_tag = hn::CappedTag<float, angle_slots>;
#if HWY_TARGET == HWY_SCALAR
using half_tag = float_tag;
#else
using half_tag = hn::Half<float_tag>;
#endif
using position_tag = hn::Rebind<double, half_tag>;

template <class Tag>
HWY_INLINE std::uint32_t bits_of(Tag d, hn::Mask<Tag> mask) {
  static_assert(hn::MaxLanes(d) <= 16);
#if HWY_TARGET == HWY_SCALAR
  return hn::AllTrue(d, mask) ? 1 : 0;
#else
  std::uint16_t bits = 0;
  hn::StoreMaskBits(d, mask, reinterpret_cast<std::uint8_t*>(&bits));
  return bits;
#endif
}

/// The angles at which all pixels of a strip are between the first translation and the last, and those at which none
/// is.
struct strip_sides {
  std::uint32_t inside = 0;
  std::uint32_t beside = 0;
};

/// Notes the lower samples of first pixels from `slot` on, and returns how far behind them these are. Where `clipped`
/// is not set, all pixels must be inside.
template <bool clipped>
HWY_INLINE hn::Vec<half_tag> begin_strip(run_rays const& rays, strip_place const& place, int slot, meetings& into,
                                         strip_sides& found) {
  position_tag const d;
  hn::RebindToSigned<half_tag> const as_int;
  auto const along = hn::MulAdd(hn::Set(d, place.x), hn::Load(d, rays.cosine + slot), hn::Load(d, rays.axis + slot));
  auto t = hn::NegMulAdd(hn::Set(d, place.y), hn::Load(d, rays.sine + slot), along);
  if constexpr (clipped) {
    auto const end = hn::MulAdd(hn::Set(d, strip - 1.0), hn::Load(d, rays.step + slot), t);
    auto const last = hn::Set(d, rays.last);
    auto const tolerance = hn::Set(d, outside_tolerance);
    auto const beside = hn::Or(hn::Lt(end, hn::Neg(tolerance)), hn::Gt(t, hn::Add(last, tolerance)));
    found.inside |= bits_of(d, hn::And(hn::Ge(t, hn::Zero(d)), hn::Lt(end, last))) << slot;
    found.beside |= bits_of(d, beside) << slot;
    t = hn::Min(hn::Max(t, hn::Zero(d)), last);  // what is outside is not used, but must be a position
  }
  auto const k = hn::Floor(t);
  hn::Store(hn::DemoteTo(as_int, k), as_int, into.lower + slot);
  return hn::DemoteTo(half_tag(), hn::Sub(t, k));
}

/// The same of as many angles as there are single-precision numbers in a vector, which positions take two of.
template <bool clipped>
HWY_INLINE hn::Vec<float_tag> begin_strips(run_rays const& rays, strip_place const& place, int slot, meetings& into,
                                           strip_sides& found) {
#if HWY_TARGET == HWY_SCALAR
  return begin_strip<clipped>(rays, place, slot, into, found);
#else
  auto const low = begin_strip<clipped>(rays, place, slot, into, found);
  int const half = static_cast<int>(hn::Lanes(half_tag()));
  return hn::Combine(float_tag(), begin_strip<clipped>(rays, place, slot + half, into, found), low);
#endif
}

template <bool variance>
HWY_INLINE void put_weights(hn::Vec<float_tag> right, int pixel, int slot, meetings& into) {
  float_tag const d;
  if constexpr (variance) {
    auto const left = hn::Sub(hn::Set(d, 1.0F), right);
    hn::Store(hn::Mul(hn::Add(left, left), right), d, into.both[pixel] + slot);
    hn::Store(hn::Mul(left, left), d, into.left[pixel] + slot);
    right = hn::Mul(right, right);
  }
  hn::Store(right, d, into.right[pixel] + slot);
}

/// Sorts the angles by their moves.
HWY_INLINE void find_alike(std::uint8_t const* moves, std::uint32_t angles, meetings& into) {
  hn::CappedTag<std::uint8_t, angle_slots> const d;
  for (auto& some : into.alike) some = 0;
  for (int slot = 0; slot < angle_slots; slot += static_cast<int>(hn::Lanes(d))) {
    auto const of_slots = hn::Load(d, moves + slot);
    for (strip_moves m = 0; m < all_moves; ++m) {
      auto const same = bits_of(d, hn::Eq(of_slots, hn::Set(d, static_cast<std::uint8_t>(m))));
      into.alike[m] |= (same << slot) & angles;
    }
  }
}

/// The meetings of a strip. Within it, positions are single precision: they are below 4, and their errors those of the
/// weights, some 10⁻⁷. Where `clipped` is not set, all pixels must be inside.
template <bool variance, bool clipped>
HWY_INLINE void find_meetings(run_rays const& rays, strip_place const& place, meetings& into) {
  float_tag const d;
  hn::RebindToSigned<float_tag> const as_int;
  strip_sides found;
  alignas(64) std::uint8_t all[angle_slots];
  for (int slot = 0; slot < angle_slots; slot += static_cast<int>(hn::Lanes(d))) {
    // A difference that single precision rounds to 1 would make the next sample the lower one.
    auto const begin = hn::Min(begin_strips<clipped>(rays, place, slot, into, found), hn::Set(d, 0x1.FFFFFEp-1F));
    auto const step = hn::Load(d, rays.float_step + slot);
    put_weights<variance>(begin, 0, slot, into);
    auto before = hn::Zero(d);
    auto moves = hn::Zero(as_int);
    for (int p = 1; p < strip; ++p) {
      auto const at = hn::MulAdd(hn::Set(d, static_cast<float>(p)), step, begin);
      auto const k = hn::Floor(at);
      put_weights<variance>(hn::Sub(at, k), p, slot, into);
      auto const moved = hn::RebindMask(as_int, hn::Ne(k, before));
      moves = hn::Add(moves, hn::IfThenElseZero(moved, hn::Set(as_int, 1 << (p - 1))));
      before = k;
    }
    hn::Rebind<std::uint8_t, float_tag> const as_byte;
    hn::Store(hn::DemoteTo(as_byte, moves), as_byte, all + slot);
  }
  std::uint32_t const there = (1U << rays.count) - 1;
  into.inside = clipped ? found.inside & there : there;
  into.partly = clipped ? ~found.inside & ~found.beside & there : 0;
  find_alike(all, into.inside, into);
}

}  // namespace xrdct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
