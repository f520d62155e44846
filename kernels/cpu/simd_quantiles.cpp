#include "kernels/cpu/simd_quantiles.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

// Compiles the part up to HWY_ONCE once for every instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/simd_quantiles.cpp"
#include <hwy/foreach_target.h>
// (the order matters)
#include "kernels/cpu/simd_vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace xrdct::cpu::simd {
namespace HWY_NAMESPACE {

void keys_of_bin(float const* rows, bin_entries const& bin, float* keys, per_lane<double>& weight) {
  dd const d;
  dh const h;
  hn::Vec<dd> sum[parts];
  for (std::size_t k = 0; k < parts; ++k) sum[k] = hn::Zero(d);
  for (std::size_t e = 0; e < bin.size; ++e) {
    auto const dark = hn::Set(h, bin.dark[e]), norm = hn::Set(h, bin.norm[e]);
    auto const w = hn::Set(h, bin.coefficient[e] * bin.norm[e]);
    for (std::size_t k = 0; k < parts; ++k) {
      auto const key = hn::Div(hn::Sub(hn::LoadU(h, rows + e * lanes + k * doubles), dark), norm);
      hn::StoreU(key, h, keys + e * lanes + k * doubles);
      sum[k] = hn::Add(sum[k], hn::PromoteTo(d, hn::IfThenElseZero(hn::Eq(key, key), w)));
    }
  }
  for (std::size_t k = 0; k < parts; ++k) hn::StoreU(sum[k], d, weight.data() + k * doubles);
}

// A bitonic network (K. E. Batcher, 1968) over `size` rows, a power of two.
HWY_INLINE void sort_rows(float* rows, std::size_t size) {
  df const d;
  for (std::size_t block = 2; block <= size; block *= 2) {
    for (std::size_t step = block / 2; step > 0; step /= 2) {
      for (std::size_t i = 0; i < size; ++i) {
        if ((i & step) != 0) continue;
        bool const up = (i & block) == 0;
        auto* const low = rows + (up ? i : i + step) * lanes;
        auto* const high = rows + (up ? i + step : i) * lanes;
        for (std::size_t lane = 0; lane < lanes; lane += floats) {
          auto const a = hn::LoadU(d, low + lane), b = hn::LoadU(d, high + lane);
          hn::StoreU(hn::Min(a, b), d, low + lane);
          hn::StoreU(hn::Max(a, b), d, high + lane);
        }
      }
    }
  }
}

void sort_keys(float const* keys, bin_entries const& bin, float* sample, per_lane<std::uint32_t>& alive) {
  constexpr auto infinity = std::numeric_limits<float>::infinity();
  auto const taken = bin.sample.size();
  alive = {};
  for (std::size_t i = 0; i < taken; ++i) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      float const key = keys[bin.sample[i] * lanes + lane];
      bool const is_alive = key == key;
      sample[i * lanes + lane] = is_alive ? key : infinity;
      alive[lane] += is_alive ? 1 : 0;
    }
  }
  std::size_t padded = 1;
  while (padded < taken) padded *= 2;
  std::fill(sample + taken * lanes, sample + padded * lanes, infinity);
  sort_rows(sample, padded);
}

// Float32 loses little in so many additions.
constexpr std::size_t weigh_block = 128;

template <std::size_t count>
HWY_INLINE void weigh(float const* keys, bin_entries const& bin, pivot_keys const& pivot, pivot_weights& weight) {
  df const d;
  weight = {};
  for (std::size_t lane = 0; lane < lanes; lane += floats) {
    hn::Vec<df> at[count], sum[count];
    for (std::size_t i = 0; i < count; ++i) at[i] = hn::LoadU(d, pivot[i].data() + lane);
    for (std::size_t first = 0; first < bin.size; first += weigh_block) {
      for (std::size_t i = 0; i < count; ++i) sum[i] = hn::Zero(d);
      auto const end = HWY_MIN(first + weigh_block, bin.size);
      for (std::size_t e = first; e < end; ++e) {
        auto const key = hn::LoadU(d, keys + e * lanes + lane);
        auto const w = hn::Set(d, bin.coefficient[e] * bin.norm[e]);
        for (std::size_t i = 0; i < count; ++i) sum[i] = add_where(hn::Lt(key, at[i]), sum[i], w);
      }
      for (std::size_t i = 0; i < count; ++i) {
        alignas(64) float block[floats];
        hn::StoreU(sum[i], d, block);
        for (std::size_t k = 0; k < floats; ++k) weight[i][lane + k] += static_cast<double>(block[k]);
      }
    }
  }
}

void weigh_keys(float const* keys, bin_entries const& bin, pivot_keys const& pivot, std::size_t quantiles,
                pivot_weights& weight) {
  if (quantiles == 1) {
    weigh<pivots>(keys, bin, pivot, weight);
  } else {
    weigh<2 * pivots>(keys, bin, pivot, weight);
  }
}

// What is summed up in `doubles` lanes.
template <variance_kind kind, bool has_middle>
struct middle_part {
  hn::Vec<dh> first_begin, first_end, second_begin, second_end;
  hn::Vec<dd> centre, floor;
  hn::Vec<dd> below, weight, signal, norm, norm_squares, count, variance, moment;

  HWY_INLINE void begin(key_ranges const& ranges, per_lane<double> const& centres, float variance_floor,
                        std::size_t lane) {
    first_begin = hn::LoadU(dh(), ranges.first_begin.data() + lane);
    first_end = hn::LoadU(dh(), ranges.first_end.data() + lane);
    second_begin = hn::LoadU(dh(), ranges.second_begin.data() + lane);
    second_end = hn::LoadU(dh(), ranges.second_end.data() + lane);
    centre = hn::LoadU(dd(), centres.data() + lane);
    floor = hn::Set(dd(), static_cast<double>(variance_floor));
    below = weight = signal = norm = norm_squares = count = variance = moment = hn::Zero(dd());
  }

  // Returns the lanes in which the key is in a range.
  HWY_INLINE std::uint32_t add(hn::Vec<dh> key, hn::Vec<dh> raw, bin_entries const& bin, std::size_t e) {
    dd const d;
    dh const h;
    float const w = bin.coefficient[e] * bin.norm[e];
    auto const is_below = hn::Lt(key, first_begin);
    below = add_where(widen(is_below), below, hn::Set(d, static_cast<double>(w)));
    auto const in_first = hn::And(hn::Ge(key, first_begin), hn::Le(key, first_end));
    if constexpr (!has_middle) return bits_of(h, in_first);
    auto const in_second = hn::And(hn::Ge(key, second_begin), hn::Le(key, second_end));
    add_middle(key, raw, bin, e, w);
    return bits_of(h, hn::Or(in_first, in_second));
  }

  HWY_INLINE void add_middle(hn::Vec<dh> key, hn::Vec<dh> raw, bin_entries const& bin, std::size_t e, float w) {
    dd const d;
    dh const h;
    auto const core = hn::And(hn::Gt(key, first_end), hn::Lt(key, second_begin));
    auto const core_too = widen(core);
    auto const count_in = [&](hn::Vec<dd>& sum, double term) { sum = add_where(core_too, sum, hn::Set(d, term)); };
    double const c = bin.coefficient[e], weight_here = c * static_cast<double>(bin.norm[e]);
    auto const r = hn::PromoteTo(d, hn::IfThenElseZero(core, raw));
    auto const s =
        bin.dark[e] == 0 ? r : hn::PromoteTo(d, hn::IfThenElseZero(core, hn::Sub(raw, hn::Set(h, bin.dark[e]))));
    count_in(weight, static_cast<double>(w));
    count_in(norm, weight_here);
    count_in(count, c);
    signal = hn::MulAdd(hn::Set(d, c), s, signal);
    if constexpr (kind == variance_kind::raw) {
      auto const v = hn::IfThenElseZero(core_too, hn::Max(r, floor));
      variance = hn::MulAdd(hn::Set(d, c * c), v, variance);
    }
    if constexpr (kind == variance_kind::image) count_in(variance, c * c * static_cast<double>(bin.variance[e]));
    if constexpr (kind == variance_kind::scatter) {
      auto const from_centre = hn::NegMulAdd(centre, hn::Set(d, static_cast<double>(bin.norm[e])), s);
      auto const off = hn::IfThenElseZero(core_too, hn::Mul(hn::Set(d, c), from_centre));
      variance = hn::MulAdd(off, off, variance);
      moment = hn::MulAdd(hn::Set(d, weight_here), off, moment);
      count_in(norm_squares, weight_here * weight_here);
    }
  }

  HWY_INLINE void end(middle_sums& sums, std::size_t lane) const {
    dd const d;
    hn::StoreU(below, d, sums.weight_below.data() + lane);
    hn::StoreU(weight, d, sums.weight.data() + lane);
    hn::StoreU(signal, d, sums.signal.data() + lane);
    hn::StoreU(norm, d, sums.norm.data() + lane);
    hn::StoreU(norm_squares, d, sums.norm_squares.data() + lane);
    hn::StoreU(count, d, sums.count.data() + lane);
    hn::StoreU(variance, d, sums.variance.data() + lane);
    hn::StoreU(moment, d, sums.moment.data() + lane);
  }
};

template <variance_kind kind, bool has_middle>
HWY_INLINE std::size_t sum_middle_of(float const* rows, float const* keys, bin_entries const& bin, float variance_floor,
                                     per_lane<double> const& centre, key_ranges const& ranges, middle_sums& sums,
                                     outside_entry* found) {
  middle_part<kind, has_middle> part[parts];
  for (std::size_t k = 0; k < parts; ++k) part[k].begin(ranges, centre, variance_floor, k * doubles);
  std::size_t count = 0;
  for (std::size_t e = 0; e < bin.size; ++e) {
    std::uint32_t listed = 0;
    for (std::size_t k = 0; k < parts; ++k) {
      auto const at = e * lanes + k * doubles;
      listed |= part[k].add(hn::LoadU(dh(), keys + at), hn::LoadU(dh(), rows + at), bin, e) << k * doubles;
    }
    found[count] = {static_cast<std::uint32_t>(e), listed};
    count += listed != 0;
  }
  for (std::size_t k = 0; k < parts; ++k) part[k].end(sums, k * doubles);
  return count;
}

std::size_t sum_middle_any(float const* rows, float const* keys, bin_entries const& bin, variance_kind kind,
                           float variance_floor, per_lane<double> const& centre, key_ranges const& ranges,
                           middle_sums& sums, outside_entry* found) {
  bool has_middle = false;
  for (std::size_t lane = 0; lane < lanes; ++lane)
    has_middle = has_middle || ranges.second_begin[lane] > ranges.first_end[lane];
  if (!has_middle)
    return sum_middle_of<variance_kind::raw, false>(rows, keys, bin, variance_floor, centre, ranges, sums, found);
  switch (kind) {
    case variance_kind::raw:
      return sum_middle_of<variance_kind::raw, true>(rows, keys, bin, variance_floor, centre, ranges, sums, found);
    case variance_kind::image:
      return sum_middle_of<variance_kind::image, true>(rows, keys, bin, variance_floor, centre, ranges, sums, found);
    case variance_kind::scatter: break;
  }
  return sum_middle_of<variance_kind::scatter, true>(rows, keys, bin, variance_floor, centre, ranges, sums, found);
}

}  // namespace HWY_NAMESPACE
}  // namespace xrdct::cpu::simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xrdct::cpu::simd {

HWY_EXPORT(keys_of_bin);
HWY_EXPORT(sort_keys);
HWY_EXPORT(weigh_keys);
HWY_EXPORT(sum_middle_any);

void make_keys(float const* rows, bin_entries const& bin, float* keys, per_lane<double>& weight) {
  HWY_DYNAMIC_DISPATCH(keys_of_bin)(rows, bin, keys, weight);
}
void sort_sample(float const* keys, bin_entries const& bin, float* sample, per_lane<std::uint32_t>& alive) {
  HWY_DYNAMIC_DISPATCH(sort_keys)(keys, bin, sample, alive);
}
void weigh_below(float const* keys, bin_entries const& bin, pivot_keys const& pivot, std::size_t quantiles,
                 pivot_weights& weight) {
  HWY_DYNAMIC_DISPATCH(weigh_keys)(keys, bin, pivot, quantiles, weight);
}
std::size_t sum_middle(float const* rows, float const* keys, bin_entries const& bin, variance_kind kind,
                       float variance_floor, per_lane<double> const& centre, key_ranges const& ranges,
                       middle_sums& sums, outside_entry* found) {
  return HWY_DYNAMIC_DISPATCH(sum_middle_any)(rows, keys, bin, kind, variance_floor, centre, ranges, sums, found);
}

}  // namespace xrdct::cpu::simd
#endif  // HWY_ONCE
