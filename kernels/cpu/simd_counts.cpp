#include "kernels/cpu/simd_counts.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

// As in simd.cpp.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

// Compiles the part up to HWY_ONCE once for every instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/simd_counts.cpp"
#include <hwy/foreach_target.h>
// (the order matters)
#include "kernels/cpu/simd_vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace xrdct::cpu::simd {
namespace HWY_NAMESPACE {

// As many lanes as a vector of A has.
template <class A>
using vector_tag = std::conditional_t<std::is_same_v<A, float>, df, dd>;
template <class A>
constexpr std::size_t vector_lanes = hn::MaxLanes(vector_tag<A>());
template <class A>
constexpr std::size_t vectors_a_set = lanes / vector_lanes<A>;
// Vectors of lanes whose sums are kept in registers at a time, four of each: 32 registers have room for two sets of
// lanes, which then share what is made of the weights; 16 registers have room for 8 sums.
template <class A>
constexpr std::size_t at_a_time = floats == lanes ? 2 * vectors_a_set<A> : 2;

template <class A, class T>
HWY_INLINE hn::Vec<vector_tag<A>> load_count(T const* row) {
  vector_tag<A> const d;
  hn::Rebind<std::int32_t, vector_tag<A>> const integers;
  auto const v = hn::PromoteTo(integers, hn::LoadU(hn::Rebind<T, vector_tag<A>>(), row));
  if constexpr (std::is_same_v<A, float>)
    return hn::ConvertTo(d, v);
  else
    return hn::PromoteTo(d, v);
}

// Where vector i of all sets is.
template <class A, class T>
T const* vector_of(count_rows<T> const& rows, std::size_t i) {
  return rows.values + i / vectors_a_set<A> * rows.stride + i % vectors_a_set<A> * vector_lanes<A>;
}

// The dead lanes of vector i, of a pixel.
template <class A, class T>
HWY_INLINE hn::Mask<vector_tag<A>> dead_lanes(count_rows<T> const& rows, std::size_t i, std::size_t pixel) {
  std::uint32_t const all = rows.dead[i / vectors_a_set<A> * (rows.stride / lanes) + pixel];
  return mask_of(vector_tag<A>(), all >> i % vectors_a_set<A> * vector_lanes<A>);
}

template <class A>
HWY_INLINE void add_to(A* sums, hn::Vec<vector_tag<A>> v) {
  vector_tag<A> const d;
  hn::StoreU(hn::Add(hn::LoadU(d, sums), v), d, sums);
}

// The sums of n vectors from `first` on.
template <class A, class T, bool paired, bool with_variance, bool with_dead, std::size_t n>
HWY_INLINE void sum_vectors(count_rows<T> const& rows, std::size_t first, pair_slice const& slice, float variance_floor,
                            A* sums) {
  vector_tag<A> const d;
  auto const floor = hn::Set(d, static_cast<A>(variance_floor));
  auto const bin_stride = 2 * rows.sets * lanes;
  auto const variances = rows.sets * lanes;
  T const* row[n];
  for (std::size_t k = 0; k < n; ++k) row[k] = vector_of<A>(rows, first + k);
  auto const* weights = slice.weights;
  auto const* pixels = slice.pixels;
  for (auto const& run : slice.runs) {
    hn::Vec<vector_tag<A>> s0[n], v0[n], s1[n], v1[n];
    for (std::size_t k = 0; k < n; ++k) s0[k] = v0[k] = s1[k] = v1[k] = hn::Zero(d);
    for (auto const* const end = pixels + run.entries; pixels != end; ++pixels, ++weights) {
      auto const lower = hn::Set(d, static_cast<A>(weights->lower));
      auto const upper = hn::Set(d, static_cast<A>(weights->upper));
      // Of products, GCC makes one number each and spreads that, which takes the unit that moves lanes: 8 % more time.
      auto const lower2 = hn::MulAdd(lower, lower, hn::Zero(d)), upper2 = hn::MulAdd(upper, upper, hn::Zero(d));
      auto const at = std::size_t{*pixels} * lanes;
      for (std::size_t k = 0; k < n; ++k) {
        auto const s = load_count<A>(row[k] + at);
        s0[k] = hn::MulAdd(lower, s, s0[k]);
        if constexpr (paired) s1[k] = hn::MulAdd(upper, s, s1[k]);
        if constexpr (with_variance) {
          auto v = hn::Max(s, floor);
          if constexpr (with_dead) v = hn::IfThenZeroElse(dead_lanes<A>(rows, first + k, *pixels), v);
          v0[k] = hn::MulAdd(lower2, v, v0[k]);
          if constexpr (paired) v1[k] = hn::MulAdd(upper2, v, v1[k]);
        }
      }
    }
    auto* const bin = sums + run.bin * bin_stride + first * vector_lanes<A>;
    for (std::size_t k = 0; k < n; ++k) {
      auto* const to = bin + k * vector_lanes<A>;
      add_to(to, s0[k]);
      if constexpr (paired) add_to(to + bin_stride, s1[k]);
      if constexpr (with_variance) add_to(to + variances, v0[k]);
      if constexpr (with_variance && paired) add_to(to + variances + bin_stride, v1[k]);
    }
  }
}

template <class A, class T, bool paired, bool with_variance, bool with_dead>
void sum_sets(count_rows<T> const& rows, pair_slice const& slice, float variance_floor, A* sums) {
  auto const vectors = rows.sets * vectors_a_set<A>;
  std::size_t first = 0;
  for (; first + at_a_time<A> <= vectors; first += at_a_time<A>)
    sum_vectors<A, T, paired, with_variance, with_dead, at_a_time<A>>(rows, first, slice, variance_floor, sums);
  constexpr std::size_t rest = vectors_a_set<A> < at_a_time<A> ? vectors_a_set<A> : at_a_time<A>;
  for (; first < vectors; first += rest)
    sum_vectors<A, T, paired, with_variance, with_dead, rest>(rows, first, slice, variance_floor, sums);
}

template <class A, class T, bool paired>
HWY_INLINE void sum_variances(count_rows<T> const& rows, pair_slice const& slice, variance_rule variance, A* sums) {
  if (!variance.wanted)
    sum_sets<A, T, paired, false, false>(rows, slice, variance.floor, sums);
  else if (rows.dead == nullptr)
    sum_sets<A, T, paired, true, false>(rows, slice, variance.floor, sums);
  else
    sum_sets<A, T, paired, true, true>(rows, slice, variance.floor, sums);
}

template <class A, class T>
HWY_INLINE void sum_all(count_rows<T> const& rows, pair_slice const& slice, bool paired, variance_rule variance,
                        A* sums) {
  paired ? sum_variances<A, T, true>(rows, slice, variance, sums)
         : sum_variances<A, T, false>(rows, slice, variance, sums);
}

void sum_counts_8f(count_rows<std::uint8_t> const& rows, pair_slice const& slice, bool paired, variance_rule variance,
                   float* sums) {
  sum_all(rows, slice, paired, variance, sums);
}
void sum_counts_8d(count_rows<std::uint8_t> const& rows, pair_slice const& slice, bool paired, variance_rule variance,
                   double* sums) {
  sum_all(rows, slice, paired, variance, sums);
}
void sum_counts_16f(count_rows<std::uint16_t> const& rows, pair_slice const& slice, bool paired, variance_rule variance,
                    float* sums) {
  sum_all(rows, slice, paired, variance, sums);
}
void sum_counts_16d(count_rows<std::uint16_t> const& rows, pair_slice const& slice, bool paired, variance_rule variance,
                    double* sums) {
  sum_all(rows, slice, paired, variance, sums);
}

HWY_INLINE hn::Vec<dd> load_sum(double const* from) { return hn::LoadU(dd(), from); }
HWY_INLINE hn::Vec<dd> load_sum(float const* from) { return hn::PromoteTo(dd(), hn::LoadU(dh(), from)); }

template <class A>
HWY_INLINE void move(A* from, std::size_t size, double* to) {
  dd const d;
  hn::Rebind<A, dd> const a;
  for (std::size_t i = 0; i < size; i += doubles) {
    hn::StoreU(hn::Add(hn::LoadU(d, to + i), load_sum(from + i)), d, to + i);
    hn::StoreU(hn::Zero(a), a, from + i);
  }
}

void move_sums_f(float* from, std::size_t size, double* to) { move(from, size, to); }
void move_sums_d(double* from, std::size_t size, double* to) { move(from, size, to); }

// Lists the first `pixels` of all pixels from p on whose bit is set.
HWY_INLINE std::size_t list_pixels(std::uint64_t bits, std::size_t p, std::size_t pixels, std::uint16_t* found) {
  std::size_t count = 0;
  for (; bits != 0; bits &= bits - 1) {
    auto const pixel = p + static_cast<std::size_t>(std::countr_zero(bits));
    if (pixel < pixels) found[count++] = static_cast<std::uint16_t>(pixel);
  }
  return count;
}

template <class D>
HWY_INLINE std::uint64_t all_bits_of(D d, hn::Mask<D> mask) {
  alignas(8) std::uint8_t bytes[8] = {};
  hn::StoreMaskBits(d, mask, bytes);
  std::uint64_t bits;
  std::memcpy(&bits, bytes, sizeof bits);
  return bits;
}

// Pixels with any of the two upper bytes.
HWY_INLINE std::size_t find_wide(std::uint8_t const* const (&layers)[layers_of_widest], std::size_t pixels,
                                 std::uint16_t* found) {
  hn::ScalableTag<std::uint8_t> const d;
  constexpr std::size_t n = hn::MaxLanes(decltype(d)());
  std::size_t count = 0;
  for (std::size_t p = 0; p < pixels; p += n) {  // layers may be read beyond their end
    auto const upper = hn::Or(hn::LoadU(d, layers[2] + p), hn::LoadU(d, layers[3] + p));
    count += list_pixels(all_bits_of(d, hn::Ne(upper, hn::Zero(d))), p, pixels, found + count);
  }
  return count;
}

std::size_t find_special(std::uint8_t const* const (&layers)[layers_of_widest], std::size_t pixels,
                         std::span<pattern_range const> ranges, std::uint16_t* found) {
  constexpr std::uint32_t largest_narrow = 0xffff;
  if (std::ranges::all_of(ranges, [](auto const& range) { return range.first > largest_narrow; }))
    return find_wide(layers, pixels, found);  // a sixth of the time, with reflections on Eiger 4M
  hn::ScalableTag<std::uint32_t> const d;
  hn::Rebind<std::uint8_t, decltype(d)> const bytes;
  constexpr std::size_t n = hn::MaxLanes(decltype(d)());
  auto const wide = hn::Set(d, largest_narrow);
  std::size_t count = 0;
  for (std::size_t p = 0; p < pixels; p += n) {
    auto v = hn::PromoteTo(d, hn::LoadU(bytes, layers[0] + p));
    v = hn::Or(v, hn::ShiftLeft<8>(hn::PromoteTo(d, hn::LoadU(bytes, layers[1] + p))));
    v = hn::Or(v, hn::ShiftLeft<16>(hn::PromoteTo(d, hn::LoadU(bytes, layers[2] + p))));
    v = hn::Or(v, hn::ShiftLeft<24>(hn::PromoteTo(d, hn::LoadU(bytes, layers[3] + p))));
    auto special = hn::Ne(hn::Max(v, wide), wide);
    for (auto const& range : ranges) {
      auto const from_first = hn::Sub(v, hn::Set(d, range.first));
      auto const length = hn::Set(d, range.last - range.first);
      special = hn::Or(special, hn::Eq(hn::Min(from_first, length), from_first));
    }
    count += list_pixels(all_bits_of(d, special), p, pixels, found + count);
  }
  return count;
}

bool all_zero(std::uint8_t const* bytes, std::size_t size) {
  hn::ScalableTag<std::uint8_t> const d;
  constexpr std::size_t n = hn::MaxLanes(decltype(d)());
  auto any = hn::Zero(d);
  std::size_t i = 0;
  for (; i + n <= size; i += n) any = hn::Or(any, hn::LoadU(d, bytes + i));
  std::uint8_t rest = 0;
  for (; i < size; ++i) rest |= bytes[i];
  return rest == 0 && hn::AllTrue(d, hn::Eq(any, hn::Zero(d)));
}

}  // namespace HWY_NAMESPACE
}  // namespace xrdct::cpu::simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xrdct::cpu::simd {

HWY_EXPORT(sum_counts_8f);
HWY_EXPORT(sum_counts_8d);
HWY_EXPORT(sum_counts_16f);
HWY_EXPORT(sum_counts_16d);
HWY_EXPORT(move_sums_f);
HWY_EXPORT(move_sums_d);
HWY_EXPORT(find_special);
HWY_EXPORT(all_zero);

void sum_counts(count_rows<std::uint8_t> const& rows, pair_slice const& slice, bool paired, variance_rule variance,
                float* sums) {
  HWY_DYNAMIC_DISPATCH(sum_counts_8f)(rows, slice, paired, variance, sums);
}
void sum_counts(count_rows<std::uint8_t> const& rows, pair_slice const& slice, bool paired, variance_rule variance,
                double* sums) {
  HWY_DYNAMIC_DISPATCH(sum_counts_8d)(rows, slice, paired, variance, sums);
}
void sum_counts(count_rows<std::uint16_t> const& rows, pair_slice const& slice, bool paired, variance_rule variance,
                float* sums) {
  HWY_DYNAMIC_DISPATCH(sum_counts_16f)(rows, slice, paired, variance, sums);
}
void sum_counts(count_rows<std::uint16_t> const& rows, pair_slice const& slice, bool paired, variance_rule variance,
                double* sums) {
  HWY_DYNAMIC_DISPATCH(sum_counts_16d)(rows, slice, paired, variance, sums);
}
void move_sums(float* from, std::size_t size, double* to) { HWY_DYNAMIC_DISPATCH(move_sums_f)(from, size, to); }
void move_sums(double* from, std::size_t size, double* to) { HWY_DYNAMIC_DISPATCH(move_sums_d)(from, size, to); }
std::size_t find_special(std::uint8_t const* const (&layers)[layers_of_widest], std::size_t pixels,
                         std::span<pattern_range const> ranges, std::uint16_t* found) {
  return HWY_DYNAMIC_DISPATCH(find_special)(layers, pixels, ranges, found);
}
bool all_zero(std::uint8_t const* bytes, std::size_t size) { return HWY_DYNAMIC_DISPATCH(all_zero)(bytes, size); }

}  // namespace xrdct::cpu::simd
#endif  // HWY_ONCE
