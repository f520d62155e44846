// The values of a bin are sorted, without their entries, all lanes side by side. The sorted values are then the pivots
// of a bisection for the value up to which the weight of all values reaches a quantile; in float32 as far as that can
// tell. What is below or above goes, what is in between stays, and pixels of that very value are decided on one by one,
// in order.
//
// Operations on 16 lanes for each of n entries, those on doubles counted twice (n = 96):
//   keys        7, one of them a division
//   sorting     exchanges of 2 operations: 19/8 for blocks of 8 entries, 25/8 for each merge-split that a block takes
//               part in, half of them its own: 13 in all, and 14 rows loaded or stored; 40
//   boundaries  for each quantile log2 n times 3, and 6 for the exact weight below: 27 (a median: 33)
//   choice      5
//   decision    20 (a median) to 32 for rows with a value at a boundary
//   sums        6 for a row with a value between the boundaries, 30 if it stays
// In all, where a tenth of the rows is decided on, 90 for a median and 140 for a trimmed mean: 6 and 9 a pixel.
#include "kernels/cpu/simd_small_bins.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

// Compiles the part up to HWY_ONCE once for every instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/simd_small_bins.cpp"
#include <hwy/foreach_target.h>
// (the order matters)
#include "kernels/cpu/simd_vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace xrdct::cpu::simd {
namespace HWY_NAMESPACE {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float no_limit = std::numeric_limits<float>::quiet_NaN();  // values may be infinite

HWY_INLINE hn::Vec<dd> load_double(float const* from) { return hn::PromoteTo(dd(), hn::LoadU(dh(), from)); }

// Makes NaN of what is in other lanes. (Values are not demoted for that: without SIMD, that makes infinite ones
// finite.)
HWY_INLINE void keep_lanes(hn::Mask<dd> kept, float* values) {
  auto const none_or_nan = hn::DemoteTo(dh(), hn::IfThenElse(kept, hn::Zero(dd()), hn::NaN(dd())));
  hn::StoreU(hn::Add(hn::LoadU(dh(), values), none_or_nan), dh(), values);
}

// --- sorting ---------------------------------------------------------------------------------------------------------

constexpr std::size_t block = 8;

struct rows_of_block {
  hn::Vec<df> row[2 * block];
};

template <std::size_t low, std::size_t high>
HWY_INLINE void exchange(rows_of_block& v) {
  auto const a = v.row[low], b = v.row[high];
  v.row[low] = hn::Min(a, b);
  v.row[high] = hn::Max(a, b);
}

template <std::size_t first, std::size_t step, std::size_t... i>
HWY_INLINE void exchange_all(rows_of_block& v, std::index_sequence<i...>) {
  (exchange<first + 2 * step * i, first + 2 * step * i + step>(v), ...);
}

// Odd-even merge sort (K. E. Batcher, 1968) of `size` rows from `first`, a power of two, in registers. Merges those
// `step` apart, of which both halves are sorted.
template <std::size_t first, std::size_t size, std::size_t step = 1>
HWY_INLINE void merge(rows_of_block& v) {
  if constexpr (2 * step < size) {
    merge<first, size, 2 * step>(v);
    merge<first + step, size, 2 * step>(v);
    exchange_all<first + step, step>(v, std::make_index_sequence<size / (2 * step) - 1>());
  } else {
    exchange<first, first + step>(v);
  }
}
template <std::size_t first, std::size_t size>
HWY_INLINE void sort(rows_of_block& v) {
  if constexpr (size > 1) {
    sort<first, size / 2>(v);
    sort<first + size / 2, size / 2>(v);
    merge<first, size>(v);
  }
}

template <std::size_t first, std::size_t... i>
HWY_INLINE void load_block(float const* from, rows_of_block& v, std::index_sequence<i...>) {
  ((v.row[first + i] = hn::Load(df(), from + i * lanes)), ...);
}
template <std::size_t first, std::size_t... i>
HWY_INLINE void store_block(rows_of_block const& v, float* to, std::index_sequence<i...>) {
  (hn::Store(v.row[first + i], df(), to + i * lanes), ...);
}

HWY_NOINLINE void sort_block(float* rows) {
  using all = std::make_index_sequence<block>;
  for (std::size_t lane = 0; lane < lanes; lane += floats) {
    rows_of_block v;
    load_block<0>(rows + lane, v, all());
    sort<0, block>(v);
    store_block<0>(v, rows + lane, all());
  }
}

// Of two sorted blocks the first gets the lower half, sorted, and the second the upper one.
HWY_NOINLINE void merge_split(float* low, float* high) {
  using all = std::make_index_sequence<block>;
  for (std::size_t lane = 0; lane < lanes; lane += floats) {
    rows_of_block v;
    load_block<0>(low + lane, v, all());
    load_block<block>(high + lane, v, all());
    merge<0, 2 * block>(v);
    store_block<0>(v, low + lane, all());
    store_block<block>(v, high + lane, all());
  }
}

// Batcher's network for any number of items (D. E. Knuth, The Art of Computer Programming 3, 5.2.2, algorithm M), each
// of which is a block.
HWY_NOINLINE void sort_rows(float* rows, std::size_t blocks) {
  constexpr std::size_t floats_of_block = block * lanes;
  for (std::size_t i = 0; i < blocks; ++i) sort_block(rows + i * floats_of_block);
  auto const top = std::bit_ceil(blocks) / 2;
  for (auto p = top; p > 0; p /= 2) {
    std::size_t r = 0, d = p;
    for (auto q = top;; q /= 2) {
      for (std::size_t i = 0; i + d < blocks; ++i)
        if ((i & p) == r) merge_split(rows + i * floats_of_block, rows + (i + d) * floats_of_block);
      if (q == p) break;
      d = q - p;
      r = p;
    }
  }
}

// --- quantiles -------------------------------------------------------------------------------------------------------

struct small_bin {
  alignas(64) float keys[most_entries_of_small_bin *
                         lanes];  // s/ω; NaN for a dead pixel, and for one at a boundary that goes
  alignas(64) float sorted[most_entries_of_small_bin * lanes];  // +∞ for a dead one
  alignas(64) float weight[most_entries_of_small_bin];
  std::size_t size = 0;
  alignas(64) per_lane<double> total{};  // weight of all that are alive
};

HWY_INLINE void lose_dead(float const* keys, float weight, per_lane<double>& total) {
  for (std::size_t lane = 0; lane < lanes; ++lane)
    if (std::isnan(keys[lane])) total[lane] -= static_cast<double>(weight);
}

HWY_NOINLINE void make_keys_of(float const* rows, bin_entries const& bin, small_bin& made) {
  df const d;
  made.size = bin.size;
  double all[4] = {};  // exact in any order
  for (std::size_t e = 0; e < bin.size; ++e) {
    made.weight[e] = bin.coefficient[e] * bin.norm[e];
    all[e % 4] += static_cast<double>(made.weight[e]);
  }
  made.total.fill(all[0] + all[1] + all[2] + all[3]);
  for (std::size_t e = 0; e < bin.size; ++e) {
    auto const dark = hn::Set(d, bin.dark[e]), norm = hn::Set(d, bin.norm[e]);
    bool alive = true;
    for (std::size_t lane = e * lanes; lane < (e + 1) * lanes; lane += floats) {
      auto const key = hn::Div(hn::Sub(hn::LoadU(d, rows + lane), dark), norm);
      auto const is_alive = hn::Eq(key, key);
      alive = alive && hn::AllTrue(d, is_alive);
      hn::Store(key, d, made.keys + lane);
      hn::Store(hn::IfThenElse(is_alive, key, hn::Set(d, infinity)), d, made.sorted + lane);
    }
    if (HWY_UNLIKELY(!alive)) lose_dead(made.keys + e * lanes, made.weight[e], made.total);
  }
  auto const blocks = (bin.size + block - 1) / block;
  std::fill(made.sorted + bin.size * lanes, made.sorted + blocks * block * lanes, infinity);
  sort_rows(made.sorted, blocks);
}

// The weight of all keys up to a limit, in float32, which is wrong by a share of most_entries_of_small_bin · 2⁻²⁴ at
// most.
constexpr float float_error = static_cast<float>(most_entries_of_small_bin) * 0x1p-24F;
HWY_NOINLINE void estimate_up_to(small_bin const& bin, per_lane<float> const& limit, per_lane<float>& weight) {
  df const d;
  constexpr std::size_t chains = 4;
  for (std::size_t lane = 0; lane < lanes; lane += floats) {
    auto const at = hn::LoadU(d, limit.data() + lane);
    hn::Vec<df> sum[chains];
    for (std::size_t i = 0; i < chains; ++i) sum[i] = hn::Zero(d);
    std::size_t e = 0;
    for (; e + chains <= bin.size; e += chains) {
      for (std::size_t i = 0; i < chains; ++i) {
        auto const up_to = hn::Le(hn::Load(d, bin.keys + (e + i) * lanes + lane), at);
        sum[i] = hn::IfThenElse(up_to, hn::Add(sum[i], hn::Set(d, bin.weight[e + i])), sum[i]);
      }
    }
    for (; e < bin.size; ++e) {
      auto const up_to = hn::Le(hn::Load(d, bin.keys + e * lanes + lane), at);
      sum[0] = hn::IfThenElse(up_to, hn::Add(sum[0], hn::Set(d, bin.weight[e])), sum[0]);
    }
    hn::StoreU(hn::Add(hn::Add(sum[0], sum[1]), hn::Add(sum[2], sum[3])), d, weight.data() + lane);
  }
}

// The weight of all keys up to a limit, or below it, exactly.
template <bool with_limit>
HWY_NOINLINE void weigh(small_bin const& bin, per_lane<float> const& limit, per_lane<double>& weight) {
  dd const d;
  hn::Vec<dd> at[parts], sum[parts];
  for (std::size_t k = 0; k < parts; ++k) {
    at[k] = load_double(limit.data() + k * doubles);
    sum[k] = hn::Zero(d);
  }
  for (std::size_t e = 0; e < bin.size; ++e) {
    auto const w = hn::Set(d, static_cast<double>(bin.weight[e]));
    for (std::size_t k = 0; k < parts; ++k) {
      auto const key = load_double(bin.keys + e * lanes + k * doubles);
      auto const counts = with_limit ? hn::Le(key, at[k]) : hn::Lt(key, at[k]);
      sum[k] = hn::IfThenElse(counts, hn::Add(sum[k], w), sum[k]);
    }
  }
  for (std::size_t k = 0; k < parts; ++k) hn::StoreU(sum[k], d, weight.data() + k * doubles);
}

// The least key up to which the weight reaches a target, or exceeds it.
struct alignas(64) boundary {
  per_lane<float> target{};
  per_lane<std::int32_t> first{}, last{};  // ranks between which it is, both included
  per_lane<float> key{};
  per_lane<double> below{};  // weight of all keys below
};

HWY_INLINE void take_pivots(small_bin const& bin, boundary const& found, per_lane<float>& pivot) {
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    auto const rank = static_cast<std::size_t>((found.first[lane] + found.last[lane]) / 2);
    pivot[lane] = bin.sorted[rank * lanes + lane];
  }
}

// Whether the keys up to a pivot are enough is in doubt where estimates are near the target: such a lane stays as it
// is.
HWY_INLINE void bisect_roughly(small_bin const& bin, boundary& found) {
  per_lane<float> pivot{}, weight{};
  for (auto left = bin.size; left > 1; left -= left / 2) {
    take_pivots(bin, found, pivot);
    estimate_up_to(bin, pivot, weight);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      auto const rank = (found.first[lane] + found.last[lane]) / 2;
      float const error = 2 * float_error * weight[lane];
      bool const enough = weight[lane] - error > found.target[lane], little = weight[lane] + error < found.target[lane];
      found.last[lane] = enough ? rank : found.last[lane];
      found.first[lane] = little ? rank + 1 : found.first[lane];
    }
  }
}

HWY_INLINE bool is_found(boundary const& found) {
  bool all = true;
  for (std::size_t lane = 0; lane < lanes; ++lane) all = all && found.first[lane] == found.last[lane];
  return all;
}

template <bool exceeds>
HWY_NOINLINE void bisect(small_bin const& bin, boundary& found) {
  bisect_roughly(bin, found);
  while (!is_found(found)) {
    per_lane<float> pivot{};
    per_lane<double> weight{};
    take_pivots(bin, found, pivot);
    weigh<true>(bin, pivot, weight);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      auto const reached = static_cast<float>(weight[lane]);
      bool const enough = exceeds ? reached > found.target[lane] : reached >= found.target[lane];
      auto const rank = (found.first[lane] + found.last[lane]) / 2;
      bool const is_open = found.first[lane] < found.last[lane];
      found.last[lane] = is_open && enough ? rank : found.last[lane];
      found.first[lane] = is_open && !enough ? rank + 1 : found.first[lane];
    }
  }
  for (std::size_t lane = 0; lane < lanes; ++lane)
    found.key[lane] = bin.sorted[static_cast<std::size_t>(found.last[lane]) * lanes + lane];
  weigh<false>(bin, found.key, found.below);
}

// What a lane keeps: keys between two boundaries, and some of those at the boundaries. At the lower one is the first
// key whose weight reaches the lower quantile; at the upper one is the first that reaches beyond the upper quantile,
// if any does.
struct limits {
  boundary low, high;
  bool one = false;  // quantiles are the same, and so are boundaries, in all lanes
};

HWY_INLINE void find_limits(small_bin const& bin, double lower, double upper, limits& found) {
  auto& low = found.low;
  auto& high = found.high;
  auto const last = static_cast<std::int32_t>(bin.size) - 1;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    low.target[lane] = static_cast<float>(lower * bin.total[lane]);
    high.target[lane] = static_cast<float>(upper * bin.total[lane]);
  }
  low.last.fill(last);
  bisect<false>(bin, low);
  high.first = low.first;
  high.last.fill(last);
  found.one = lower == upper;
  if (found.one) {
    per_lane<double> up_to{};
    weigh<true>(bin, low.key, up_to);
    for (std::size_t lane = 0; lane < lanes; ++lane)
      found.one = found.one && static_cast<float>(up_to[lane]) > high.target[lane];
  }
  if (found.one) {
    high.key = low.key;
    high.below = low.below;
    return;
  }
  bisect<true>(bin, high);
  for (std::size_t lane = 0; lane < lanes; ++lane)
    if (!(static_cast<float>(bin.total[lane]) > high.target[lane])) high.key[lane] = no_limit;
}

// --- sums ------------------------------------------------------------------------------------------------------------

// Whether keys are from the lower boundary to the upper one, these included. NaN is not.
template <class D, class V = hn::Vec<D>>
HWY_INLINE hn::Mask<D> is_within(V key, V low, V high) {
  return hn::AndNot(hn::Gt(key, high), hn::Ge(key, low));
}

// Entries that are within the boundaries, and that are at one, in any lane.
struct chosen_entries {
  std::uint16_t within[most_entries_of_small_bin];
  std::uint16_t at_boundary[most_entries_of_small_bin];
  std::size_t within_count = 0;
  std::size_t at_boundary_count = 0;
};

HWY_NOINLINE void choose_entries(small_bin const& bin, limits const& found, chosen_entries& chosen) {
  df const d;
  for (std::size_t e = 0; e < bin.size; ++e) {
    bool within = false, at_boundary = false;
    for (std::size_t lane = 0; lane < lanes; lane += floats) {
      auto const low = hn::LoadU(d, found.low.key.data() + lane), high = hn::LoadU(d, found.high.key.data() + lane);
      auto const key = hn::Load(d, bin.keys + e * lanes + lane);
      within |= !hn::AllFalse(d, is_within<df>(key, low, high));
      at_boundary |= !hn::AllFalse(d, hn::Or(hn::Eq(key, low), hn::Eq(key, high)));
    }
    chosen.within[chosen.within_count] = static_cast<std::uint16_t>(e);
    chosen.within_count += within ? 1 : 0;
    chosen.at_boundary[chosen.at_boundary_count] = static_cast<std::uint16_t>(e);
    chosen.at_boundary_count += at_boundary ? 1 : 0;
  }
}

// Decides by the definition on keys that are at a boundary, in `doubles` lanes. Their weights are added up on the way.
// `one`: both boundaries are the same, and so are both quantiles.
template <bool one>
struct boundary_part {
  hn::Vec<dd> low_key, high_key, low, high;
  hn::Vec<dd> low_below, high_below, low_from, high_from;  // weights so far; and rounded

  HWY_INLINE void begin(limits const& of, std::size_t lane) {
    low_key = load_double(of.low.key.data() + lane);
    high_key = load_double(of.high.key.data() + lane);
    low = load_double(of.low.target.data() + lane);
    high = load_double(of.high.target.data() + lane);
    low_below = hn::LoadU(dd(), of.low.below.data() + lane);
    high_below = hn::LoadU(dd(), of.high.below.data() + lane);
    low_from = hn::PromoteTo(dd(), hn::DemoteTo(dh(), low_below));
    high_from = hn::PromoteTo(dd(), hn::DemoteTo(dh(), high_below));
  }

  // A key that goes becomes NaN.
  HWY_INLINE void decide(float* keys, double weight) {
    dd const d;
    auto const key = load_double(keys), w = hn::Set(d, weight);
    auto const at_low = hn::Eq(key, low_key), at_high = hn::Eq(key, high_key);
    auto const from = one ? low_from : hn::IfThenElse(at_low, low_from, high_from);
    auto const end = hn::Add(one ? low_below : hn::IfThenElse(at_low, low_below, high_below), w);
    auto const to = hn::PromoteTo(d, hn::DemoteTo(dh(), end));
    low_below = hn::IfThenElse(at_low, end, low_below);
    low_from = hn::IfThenElse(at_low, to, low_from);
    auto const around = hn::And(hn::Le(from, low), hn::Ge(to, high));
    if constexpr (one) {
      keep_lanes(hn::Or(around, hn::Not(at_low)), keys);
    } else {
      high_below = hn::IfThenElse(at_high, end, high_below);
      high_from = hn::IfThenElse(at_high, to, high_from);
      auto const inside = hn::And(hn::Ge(from, low), hn::Le(to, high));
      keep_lanes(hn::Or(hn::Or(inside, around), hn::Not(hn::Or(at_low, at_high))), keys);
    }
  }
};

template <bool one>
HWY_NOINLINE void decide_at_boundary(small_bin& bin, limits const& found, chosen_entries const& chosen) {
  boundary_part<one> part[parts];
  for (std::size_t k = 0; k < parts; ++k) part[k].begin(found, k * doubles);
  for (std::size_t i = 0; i < chosen.at_boundary_count; ++i) {
    std::size_t const e = chosen.at_boundary[i];
    for (std::size_t k = 0; k < parts; ++k)
      part[k].decide(bin.keys + e * lanes + k * doubles, static_cast<double>(bin.weight[e]));
  }
}

// Sums up what stays in `doubles` lanes.
template <variance_kind kind>
struct staying_part {
  hn::Vec<dd> low, high;
  hn::Vec<dd> signal, variance, norm, norm_squares, count;

  HWY_INLINE void begin(limits const& of, std::size_t lane) {
    low = load_double(of.low.key.data() + lane);
    high = load_double(of.high.key.data() + lane);
    signal = variance = norm = norm_squares = count = hn::Zero(dd());
  }

  // What goes becomes NaN if scatter is to be added.
  HWY_INLINE void add(float const* key, float* raw, bin_entries const& bin, std::size_t e, float floor) {
    dd const d;
    dh const h;
    auto const stays = is_within<dd>(load_double(key), low, high);
    if constexpr (kind == variance_kind::scatter) keep_lanes(stays, raw);
    if (hn::AllFalse(d, stays)) return;
    double const c = bin.coefficient[e], weight = c * static_cast<double>(bin.norm[e]);
    auto const r = hn::LoadU(h, raw);
    auto const s = hn::PromoteTo(d, hn::Sub(r, hn::Set(h, bin.dark[e])));
    signal = hn::IfThenElse(stays, hn::Add(signal, hn::Mul(hn::Set(d, c), s)), signal);
    norm = hn::IfThenElse(stays, hn::Add(norm, hn::Set(d, weight)), norm);
    norm_squares = hn::IfThenElse(stays, hn::Add(norm_squares, hn::Set(d, weight * weight)), norm_squares);
    count = hn::IfThenElse(stays, hn::Add(count, hn::Set(d, c)), count);
    if constexpr (kind == variance_kind::raw) {
      auto const v = hn::PromoteTo(d, hn::Max(r, hn::Set(h, floor)));
      variance = hn::IfThenElse(stays, hn::Add(variance, hn::Mul(hn::Set(d, c * c), v)), variance);
    }
    if constexpr (kind == variance_kind::image) {
      auto const v = hn::Set(d, c * c * static_cast<double>(bin.variance[e]));
      variance = hn::IfThenElse(stays, hn::Add(variance, v), variance);
    }
  }

  // After all others, about the mean.
  HWY_INLINE void add_scatter(float const* raw, bin_entries const& bin, std::size_t e) {
    dd const d;
    dh const h;
    auto const norm_here = hn::Set(d, static_cast<double>(bin.norm[e]));
    auto const weight = hn::Mul(hn::Set(d, static_cast<double>(bin.coefficient[e])), norm_here);
    auto const s = hn::PromoteTo(d, hn::Sub(hn::LoadU(h, raw), hn::Set(h, bin.dark[e])));
    auto const off = hn::Mul(weight, hn::Sub(hn::Div(s, norm_here), hn::Div(signal, norm)));
    variance = hn::IfThenElse(hn::Eq(s, s), hn::Add(variance, hn::Mul(off, off)), variance);
  }

  HWY_INLINE void end(small_bin_sums& sums, std::size_t lane) const {
    dd const d;
    hn::StoreU(signal, d, sums.signal.data() + lane);
    hn::StoreU(variance, d, sums.variance.data() + lane);
    hn::StoreU(norm, d, sums.norm.data() + lane);
    hn::StoreU(norm_squares, d, sums.norm_squares.data() + lane);
    hn::StoreU(count, d, sums.count.data() + lane);
  }
};

template <variance_kind kind>
HWY_NOINLINE void sum_within(small_bin const& of, limits const& found, chosen_entries const& chosen, float* rows,
                             bin_entries const& bin, float variance_floor, small_bin_sums& sums) {
  staying_part<kind> part[parts];
  for (std::size_t k = 0; k < parts; ++k) part[k].begin(found, k * doubles);
  for (std::size_t i = 0; i < chosen.within_count; ++i) {
    std::size_t const e = chosen.within[i];
    for (std::size_t k = 0; k < parts; ++k) {
      auto const at = e * lanes + k * doubles;
      part[k].add(of.keys + at, rows + at, bin, e, variance_floor);
    }
  }
  for (std::size_t i = 0; kind == variance_kind::scatter && i < chosen.within_count; ++i) {
    std::size_t const e = chosen.within[i];
    for (std::size_t k = 0; k < parts; ++k) part[k].add_scatter(rows + e * lanes + k * doubles, bin, e);
  }
  for (std::size_t k = 0; k < parts; ++k) part[k].end(sums, k * doubles);
}

void keep_middle_any(float* rows, bin_entries const& bin, variance_kind kind, float variance_floor, double lower,
                     double upper, small_bin_sums& sums) {
  small_bin of;
  limits found;
  chosen_entries chosen;
  make_keys_of(rows, bin, of);
  find_limits(of, lower, upper, found);
  choose_entries(of, found, chosen);
  if (found.one) {
    decide_at_boundary<true>(of, found, chosen);
  } else {
    decide_at_boundary<false>(of, found, chosen);
  }
  switch (kind) {
    case variance_kind::raw: return sum_within<variance_kind::raw>(of, found, chosen, rows, bin, variance_floor, sums);
    case variance_kind::image:
      return sum_within<variance_kind::image>(of, found, chosen, rows, bin, variance_floor, sums);
    case variance_kind::scatter:
      return sum_within<variance_kind::scatter>(of, found, chosen, rows, bin, variance_floor, sums);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace xrdct::cpu::simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xrdct::cpu::simd {

HWY_EXPORT(keep_middle_any);

// A float32 w is a multiple of at least 2⁻²⁴·w, and sums of those below 2⁵³ times that are exact. None of them is
// infinite in float32.
bool is_small(bin_entries const& bin) {
  if (!bin.positive || bin.size == 0 || bin.size > most_entries_of_small_bin) return false;
  // What is positive sorts as its bits do.
  std::uint32_t least = std::bit_cast<std::uint32_t>(std::numeric_limits<float>::infinity()), most = 0;
  for (std::size_t e = 0; e < bin.size; ++e) {
    auto const weight = std::bit_cast<std::uint32_t>(bin.coefficient[e] * bin.norm[e]);
    least = std::min(least, weight);
    most = std::max(most, weight);
  }
  double const all = static_cast<double>(bin.size) * static_cast<double>(std::bit_cast<float>(most));
  return all <= 0x1p127 && all <= 0x1p29 * static_cast<double>(std::bit_cast<float>(least));
}

void keep_middle(float* rows, bin_entries const& bin, variance_kind kind, float variance_floor, double lower,
                 double upper, small_bin_sums& sums) {
  HWY_DYNAMIC_DISPATCH(keep_middle_any)(rows, bin, kind, variance_floor, lower, upper, sums);
}

}  // namespace xrdct::cpu::simd
#endif  // HWY_ONCE
