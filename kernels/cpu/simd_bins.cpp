#include "kernels/cpu/simd_bins.hpp"

#include <cmath>
#include <cstring>
#include <limits>

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

// Compiles the part up to HWY_ONCE once for every instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/simd_bins.cpp"
#include <hwy/foreach_target.h>
// (the order matters)
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace xrdct::cpu::simd {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// As many lanes as a vector of floats has, at most all.
using df = hn::CappedTag<float, lanes>;
using di = hn::Rebind<std::int32_t, df>;
using db = hn::Rebind<std::uint8_t, df>;
constexpr std::size_t floats = hn::MaxLanes(df());

// As many lanes as a vector of doubles has, and the same lanes of float32.
using dd = hn::CappedTag<double, 8>;
using dh = hn::Rebind<float, dd>;
constexpr std::size_t doubles = hn::MaxLanes(dd());
constexpr std::size_t parts = lanes / doubles;

template <class D>
HWY_INLINE std::uint32_t bits_of(D d, hn::Mask<D> mask) {
  alignas(8) std::uint8_t bytes[8] = {};
  hn::StoreMaskBits(d, mask, bytes);
  return static_cast<std::uint32_t>(bytes[0] | bytes[1] << 8);
}

// --- sorting rows by bins --------------------------------------------------------------------------------------------

constexpr std::uint8_t is_wide = 255;  // as the last byte of a row

HWY_INLINE bool are_counts(std::uint8_t const* row) {
  bool all = true;
  for (std::size_t lane = 0; lane < lanes; ++lane) all = all && row[lane] != is_wide;
  return all;
}

// A row to bytes; false if it does not fit.
HWY_INLINE bool narrow_row(std::uint8_t const* row, std::uint8_t* to) {
  std::memcpy(to, row, lanes);
#if HWY_TARGET != HWY_SCALAR
  hn::FixedTag<std::uint8_t, lanes> const d;
  return hn::AllFalse(d, hn::Eq(hn::LoadU(d, row), hn::Set(d, is_wide)));
#else
  return are_counts(row);
#endif
}

HWY_INLINE bool narrow_row(std::uint16_t const* row, std::uint8_t* to) {
  di const d;
  bool fits = true;
  for (std::size_t lane = 0; lane < lanes; lane += floats) {
    auto const v = hn::PromoteTo(d, hn::LoadU(hn::Rebind<std::uint16_t, df>(), row + lane));
    hn::StoreU(hn::DemoteTo(db(), v), db(), to + lane);
    fits = fits && hn::AllTrue(d, hn::Lt(v, hn::Set(d, is_wide)));
  }
  return fits;
}

// 0 goes with either sign.
HWY_INLINE bool narrow_row(float const* row, std::uint8_t* to) {
  df const d;
  bool fits = true;
  for (std::size_t lane = 0; lane < lanes; lane += floats) {
    auto const v = hn::LoadU(d, row + lane);
    auto const within = hn::And(hn::Ge(v, hn::Zero(d)), hn::Lt(v, hn::Set(d, is_wide)));
    auto const count = hn::ConvertTo(di(), hn::IfThenElseZero(within, v));
    hn::StoreU(hn::DemoteTo(db(), count), db(), to + lane);
    fits = fits && hn::AllTrue(d, hn::And(within, hn::Eq(hn::ConvertTo(d, count), v)));
  }
  return fits;
}

template <class T>
HWY_INLINE void widen_row(T const* row, float* to) {
  for (std::size_t lane = 0; lane < lanes; ++lane) to[lane] = static_cast<float>(row[lane]);
}

template <class T>
HWY_INLINE std::size_t store(T const* rows, sorted_slice const& slice, std::uint8_t* narrow, float* wide,
                             std::size_t wide_used) {
  auto const* pixel = slice.pixels;
  for (auto const& run : slice.runs) {
    auto* to = narrow + std::size_t{run.row} * lanes;
    for (auto const* const end = pixel + run.pixels; pixel != end; ++pixel, to += lanes) {
      auto const* const row = rows + std::size_t{*pixel} * lanes;
      if (HWY_LIKELY(narrow_row(row, to))) continue;
      widen_row(row, wide + wide_used * lanes);
      auto const number = static_cast<std::uint32_t>(wide_used++);
      std::memcpy(to, &number, sizeof number);
      to[lanes - 1] = is_wide;
    }
  }
  return wide_used;
}

std::size_t store_bytes(std::uint8_t const* rows, sorted_slice const& slice, std::uint8_t* narrow, float* wide,
                        std::size_t wide_used) {
  return store(rows, slice, narrow, wide, wide_used);
}
std::size_t store_halves(std::uint16_t const* rows, sorted_slice const& slice, std::uint8_t* narrow, float* wide,
                         std::size_t wide_used) {
  return store(rows, slice, narrow, wide, wide_used);
}
std::size_t store_floats(float const* rows, sorted_slice const& slice, std::uint8_t* narrow, float* wide,
                         std::size_t wide_used) {
  return store(rows, slice, narrow, wide, wide_used);
}

HWY_INLINE void load_row(std::uint8_t const* narrow, float const* wide, float* to) {
  df const d;
  if (HWY_UNLIKELY(narrow[lanes - 1] == is_wide)) {
    std::uint32_t number;
    std::memcpy(&number, narrow, sizeof number);
    std::memcpy(to, wide + std::size_t{number} * lanes, lanes * sizeof(float));
    return;
  }
  for (std::size_t lane = 0; lane < lanes; lane += floats)
    hn::StoreU(hn::ConvertTo(d, hn::PromoteTo(di(), hn::LoadU(db(), narrow + lane))), d, to + lane);
}

void load_bin(std::uint8_t const* narrow, float const* wide, bin_entries const& bin, float* rows) {
  if (bin.row == nullptr) {
    auto const* from = narrow + std::size_t{bin.first_row} * lanes;
    for (std::size_t e = 0; e < bin.size; ++e) load_row(from + e * lanes, wide, rows + e * lanes);
  } else {
    for (std::size_t e = 0; e < bin.size; ++e)
      load_row(narrow + std::size_t{bin.row[e]} * lanes, wide, rows + e * lanes);
  }
}

// --- a first guess ---------------------------------------------------------------------------------------------------

constexpr std::size_t sample_size = 64;

HWY_INLINE void guess_lanes(float const* sample, std::size_t size, float* mean_of, float* deviation_of) {
  df const d;
  auto const zero = hn::Zero(d), one = hn::Set(d, 1.0F);
  auto low = hn::Set(d, -std::numeric_limits<float>::infinity()), high = hn::Neg(low);
  auto mean = zero, deviation = zero;
  for (int round = 0; round < 4; ++round) {
    auto const inside = [&](auto v) { return hn::And(hn::Ge(v, low), hn::Le(v, high)); };
    auto count = zero, sum = zero, squares = zero;
    for (std::size_t i = 0; i < size; ++i) {
      auto const v = hn::LoadU(d, sample + i * lanes);
      count = hn::Add(count, hn::IfThenElseZero(inside(v), one));
      sum = hn::Add(sum, hn::IfThenElseZero(inside(v), v));
    }
    auto const n = hn::Max(count, one);
    mean = hn::Div(sum, n);
    for (std::size_t i = 0; i < size; ++i) {
      auto const v = hn::LoadU(d, sample + i * lanes);
      auto const off = hn::IfThenElseZero(inside(v), hn::Sub(v, mean));
      squares = hn::MulAdd(off, off, squares);
    }
    deviation = hn::Sqrt(hn::Div(squares, n));
    auto const three = hn::Mul(hn::Set(d, 3.0F), deviation);
    low = hn::Sub(mean, three);
    high = hn::Add(mean, three);
  }
  hn::StoreU(mean, d, mean_of);
  hn::StoreU(deviation, d, deviation_of);
}

void guess_bin(float const* rows, bin_entries const& bin, per_lane<float>& mean, per_lane<float>& deviation) {
  df const d;
  alignas(64) float sample[sample_size * lanes];
  auto const step = (bin.size + sample_size - 1) / sample_size;
  std::size_t size = 0;
  for (auto e = step / 2; e < bin.size; e += step, ++size) {
    auto const dark = hn::Set(d, bin.dark[e]), inverse = hn::Set(d, bin.inverse_norm[e]);
    for (std::size_t lane = 0; lane < lanes; lane += floats) {
      auto const s = hn::Sub(hn::LoadU(d, rows + e * lanes + lane), dark);
      hn::StoreU(hn::Mul(s, inverse), d, sample + size * lanes + lane);
    }
  }
  for (std::size_t lane = 0; lane < lanes; lane += floats)
    guess_lanes(sample + lane, size, mean.data() + lane, deviation.data() + lane);
}

// --- core and others -------------------------------------------------------------------------------------------------

// The sums of `doubles` lanes in registers.
struct part_sums {
  hn::Vec<dd> signal, variance, moment;
};

template <bool scatter>
HWY_INLINE std::size_t sum_general(float const* rows, bin_entries const& bin, float variance_floor,
                                   core_bounds const& bounds, core_sums& sums, outside_entry* found) {
  dd const d;
  dh const h;
  hn::Vec<dd> signal[parts], variance[parts], moment[parts], centre[parts];
  hn::Vec<dh> middle[parts], bound[parts];
  for (std::size_t k = 0; k < parts; ++k) {
    signal[k] = variance[k] = moment[k] = hn::Zero(d);
    centre[k] = hn::LoadU(d, bounds.centre.data() + k * doubles);
    middle[k] = hn::DemoteTo(h, centre[k]);
    bound[k] = hn::LoadU(h, bounds.bound.data() + k * doubles);
  }
  auto const floor = hn::Set(h, variance_floor);
  std::size_t count = 0;
  for (std::size_t e = 0; e < bin.size; ++e) {
    auto const dark = hn::Set(h, bin.dark[e]), inverse = hn::Set(h, bin.inverse_norm[e]);
    auto const c = hn::Set(d, static_cast<double>(bin.coefficient[e]));
    auto const norm = hn::Set(d, static_cast<double>(bin.norm[e]));
    auto const weight = hn::Mul(c, scatter ? norm : c);
    std::uint32_t outside = 0;
    for (std::size_t k = 0; k < parts; ++k) {
      auto const raw = hn::LoadU(h, rows + e * lanes + k * doubles);
      auto const s = hn::Sub(raw, dark);
      auto const core = hn::Le(hn::Abs(hn::Sub(hn::Mul(s, inverse), middle[k])), bound[k]);
      outside |= bits_of(h, hn::Not(core)) << k * doubles;
      auto const inside = hn::PromoteTo(d, hn::IfThenElseZero(core, s));
      signal[k] = hn::MulAdd(c, inside, signal[k]);
      if constexpr (scatter) {
        auto const one = hn::PromoteTo(d, hn::IfThenElseZero(core, hn::Set(h, 1.0F)));
        auto const off = hn::Mul(hn::Mul(c, one), hn::NegMulAdd(centre[k], norm, inside));
        variance[k] = hn::MulAdd(off, off, variance[k]);
        moment[k] = hn::MulAdd(weight, off, moment[k]);
      } else {
        auto const v = hn::PromoteTo(d, hn::IfThenElseZero(core, hn::Max(raw, floor)));
        variance[k] = hn::MulAdd(weight, v, variance[k]);
      }
    }
    found[count] = {static_cast<std::uint32_t>(e), outside & ((1U << lanes) - 1)};
    count += found[count].lanes != 0;
  }
  for (std::size_t k = 0; k < parts; ++k) {
    hn::StoreU(signal[k], d, sums.signal.data() + k * doubles);
    hn::StoreU(variance[k], d, sums.variance.data() + k * doubles);
    hn::StoreU(moment[k], d, sums.moment.data() + k * doubles);
  }
  return count;
}

std::size_t sum_core_any(float const* rows, bin_entries const& bin, float variance_floor, core_bounds const& bounds,
                         core_sums& sums, outside_entry* found) {
  return sum_general<false>(rows, bin, variance_floor, bounds, sums, found);
}
std::size_t sum_scatter(float const* rows, bin_entries const& bin, core_bounds const& bounds, core_sums& sums,
                        outside_entry* found) {
  return sum_general<true>(rows, bin, 0, bounds, sums, found);
}

void sum_lost_entries(float const* rows, bin_entries const& bin, outside_entry* found, std::size_t count,
                      lost_totals& lost) {
  for (std::size_t i = 0; i < count; ++i) {
    auto const e = found[i].entry;
    auto const* const row = rows + std::size_t{e} * lanes;
    std::uint32_t dead = 0;
    for (std::size_t lane = 0; lane < lanes; ++lane) dead |= (row[lane] != row[lane] ? 1U : 0U) << lane;
    if (dead == 0) continue;
    found[i].lanes &= ~dead;
    double const c = bin.coefficient[e], weight = c * static_cast<double>(bin.norm[e]);
    double const variance = bin.variance != nullptr ? c * c * static_cast<double>(bin.variance[e]) : 0;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      bool const is_dead = row[lane] != row[lane];
      lost.norm[lane] += is_dead ? weight : 0;
      lost.norm_squares[lane] += is_dead ? weight * weight : 0;
      lost.count[lane] += is_dead ? c : 0;
      lost.variance[lane] += is_dead ? variance : 0;
      lost.entries[lane] += is_dead ? 1 : 0;
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace xrdct::cpu::simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xrdct::cpu::simd {

HWY_EXPORT(store_bytes);
HWY_EXPORT(store_halves);
HWY_EXPORT(store_floats);
HWY_EXPORT(load_bin);
HWY_EXPORT(guess_bin);
HWY_EXPORT(sum_core_any);
HWY_EXPORT(sum_scatter);
HWY_EXPORT(sum_lost_entries);

std::size_t store_rows(std::uint8_t const* rows, sorted_slice const& slice, std::uint8_t* narrow, float* wide,
                       std::size_t wide_used) {
  return HWY_DYNAMIC_DISPATCH(store_bytes)(rows, slice, narrow, wide, wide_used);
}
std::size_t store_rows(std::uint16_t const* rows, sorted_slice const& slice, std::uint8_t* narrow, float* wide,
                       std::size_t wide_used) {
  return HWY_DYNAMIC_DISPATCH(store_halves)(rows, slice, narrow, wide, wide_used);
}
std::size_t store_rows(float const* rows, sorted_slice const& slice, std::uint8_t* narrow, float* wide,
                       std::size_t wide_used) {
  return HWY_DYNAMIC_DISPATCH(store_floats)(rows, slice, narrow, wide, wide_used);
}
void load_rows(std::uint8_t const* narrow, float const* wide, bin_entries const& bin, float* rows) {
  HWY_DYNAMIC_DISPATCH(load_bin)(narrow, wide, bin, rows);
}
void guess_spread(float const* rows, bin_entries const& bin, per_lane<float>& mean, per_lane<float>& deviation) {
  HWY_DYNAMIC_DISPATCH(guess_bin)(rows, bin, mean, deviation);
}
std::size_t sum_core(float const* rows, bin_entries const& bin, float variance_floor, core_bounds const& bounds,
                     core_sums& sums, outside_entry* found) {
  return HWY_DYNAMIC_DISPATCH(sum_core_any)(rows, bin, variance_floor, bounds, sums, found);
}
std::size_t sum_core_scatter(float const* rows, bin_entries const& bin, core_bounds const& bounds, core_sums& sums,
                             outside_entry* found) {
  return HWY_DYNAMIC_DISPATCH(sum_scatter)(rows, bin, bounds, sums, found);
}
void sum_lost(float const* rows, bin_entries const& bin, outside_entry* found, std::size_t count, lost_totals& lost) {
  HWY_DYNAMIC_DISPATCH(sum_lost_entries)(rows, bin, found, count, lost);
}

}  // namespace xrdct::cpu::simd
#endif  // HWY_ONCE
