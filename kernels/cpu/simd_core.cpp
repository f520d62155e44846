#include "kernels/cpu/simd_core.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

// Compiles the part up to HWY_ONCE once for every instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/simd_core.cpp"
#include <hwy/foreach_target.h>
// (the order matters)
#include "kernels/cpu/simd_vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace xrdct::cpu::simd {
namespace HWY_NAMESPACE {

// --- a first guess ---------------------------------------------------------------------------------------------------

// A sample of a bin: values s/ω in float32, and their weights c·ω.
constexpr std::size_t smallest_guess = 64, largest_guess = 128, entries_a_guess = 24;
struct guess_sample {
  alignas(64) float value[largest_guess * lanes];
  float weight[largest_guess];
  std::size_t size = 0;

  HWY_INLINE guess_sample(float const* rows, bin_entries const& bin) {
    df const d;
    auto const wanted = std::clamp(bin.size / entries_a_guess, smallest_guess, largest_guess);
    auto const step = (bin.size + wanted - 1) / wanted;
    for (auto e = step / 2; e < bin.size; e += step, ++size) {
      weight[size] = std::abs(bin.coefficient[e] * bin.norm[e]);
      auto const dark = hn::Set(d, bin.dark[e]), inverse = hn::Set(d, bin.inverse_norm[e]);
      for (std::size_t lane = 0; lane < lanes; lane += floats) {
        auto const s = hn::Sub(hn::LoadU(d, rows + e * lanes + lane), dark);
        hn::StoreU(hn::Mul(s, inverse), d, value + size * lanes + lane);
      }
    }
  }

  // Mean and deviation of the values between two, for all lanes of a vector.
  HWY_INLINE void sum_between(std::size_t lane, hn::Vec<df> low, hn::Vec<df> high, hn::Vec<df>& mean,
                              hn::Vec<df>& deviation) const {
    df const d;
    auto sum = hn::Zero(d), weights = sum, squares = sum, weight_squares = sum;
    auto const about = mean;
    for (std::size_t i = 0; i < size; ++i) {
      auto const v = hn::LoadU(d, value + i * lanes + lane);
      auto const inside = hn::And(hn::Ge(v, low), hn::Le(v, high));
      auto const w = hn::IfThenElseZero(inside, hn::Set(d, weight[i]));
      auto const off = hn::Mul(w, hn::IfThenElseZero(inside, hn::Sub(v, about)));
      sum = hn::Add(sum, off);
      weights = hn::Add(weights, w);
      squares = hn::MulAdd(off, off, squares);
      weight_squares = hn::MulAdd(w, w, weight_squares);
    }
    auto const least = hn::Set(d, 1e-30F), zero = hn::Zero(d);
    auto const shift = hn::Div(sum, hn::Max(weights, least));
    auto const spread = hn::Div(squares, hn::Max(weight_squares, least));
    mean = hn::Add(about, shift);
    deviation = hn::Sqrt(hn::Max(zero, hn::NegMulAdd(shift, shift, spread)));
  }
};

void guess_bin(float const* rows, bin_entries const& bin, float cutoff, per_lane<float>& mean_of,
               per_lane<float>& deviation_of) {
  df const d;
  guess_sample const sample(rows, bin);
  for (std::size_t lane = 0; lane < lanes; lane += floats) {
    auto low = hn::Set(d, -std::numeric_limits<float>::max()), high = hn::Neg(low);
    auto mean = hn::Zero(d), deviation = mean;
    for (int round = 0; round < 5; ++round) {
      sample.sum_between(lane, low, high, mean, deviation);
      auto const limit = hn::Mul(hn::Set(d, cutoff), deviation);
      auto const next_low = hn::Sub(mean, limit), next_high = hn::Add(mean, limit);
      if (hn::AllTrue(d, hn::And(hn::Eq(low, next_low), hn::Eq(high, next_high)))) break;
      low = next_low;
      high = next_high;
    }
    hn::StoreU(mean, d, mean_of.data() + lane);
    hn::StoreU(deviation, d, deviation_of.data() + lane);
  }
}

// Σ c·s/Σ c·ω of all pixels in float32.
HWY_INLINE void mean_roughly(float const* rows, bin_entries const& bin, float* means) {
  df const d;
  constexpr std::size_t sums = 4;  // side by side, as an addition takes as long as four
  for (std::size_t lane = 0; lane < lanes; lane += floats) {
    hn::Vec<df> signal[sums], norm[sums];
    for (std::size_t i = 0; i < sums; ++i) signal[i] = norm[i] = hn::Zero(d);
    auto const add = [&](std::size_t e, std::size_t i) {
      auto const s = hn::Sub(hn::LoadU(d, rows + e * lanes + lane), hn::Set(d, bin.dark[e]));
      auto const alive = hn::Eq(s, s);
      auto const c = hn::Set(d, bin.coefficient[e]);
      signal[i] = hn::MulAdd(c, hn::IfThenElseZero(alive, s), signal[i]);
      norm[i] = hn::Add(norm[i], hn::IfThenElseZero(alive, hn::Mul(c, hn::Set(d, bin.norm[e]))));
    };
    std::size_t e = 0;
    for (; e + sums <= bin.size; e += sums)
      for (std::size_t i = 0; i < sums; ++i) add(e + i, i);
    for (; e < bin.size; ++e) add(e, 0);
    auto const of_all = [](hn::Vec<df> const* v) { return hn::Add(hn::Add(v[0], v[1]), hn::Add(v[2], v[3])); };
    hn::StoreU(hn::Div(of_all(signal), of_all(norm)), d, means + lane);
  }
}

void guess_kept_counts(float const* rows, bin_entries const& bin, count_clipping const& how, per_lane<float>& low_of,
                       per_lane<float>& high_of) {
  df const d;
  alignas(64) float means[lanes];
  mean_roughly(rows, bin, means);
  guess_sample const sample(rows, bin);
  auto const norm = hn::Set(d, how.norm), floor = hn::Set(d, how.floor);
  auto const cutoff = hn::Set(d, how.cutoff / std::abs(how.norm));
  for (std::size_t lane = 0; lane < lanes; lane += floats) {
    auto mean = hn::LoadU(d, means + lane), deviation = hn::Zero(d);
    auto low = hn::Set(d, -std::numeric_limits<float>::max()), high = hn::Neg(low);
    for (int cycle = 0; cycle < how.cycles; ++cycle) {
      auto const limit = hn::Mul(cutoff, hn::Sqrt(hn::Max(floor, hn::Mul(mean, norm))));
      auto const next_low = hn::Max(low, hn::Sub(mean, limit)), next_high = hn::Min(high, hn::Add(mean, limit));
      if (hn::AllTrue(d, hn::And(hn::Eq(low, next_low), hn::Eq(high, next_high)))) break;
      low = next_low;
      high = next_high;
      sample.sum_between(lane, low, high, mean, deviation);
    }
    auto const room = hn::Mul(deviation, hn::Set(d, how.room));
    hn::StoreU(hn::Add(low, room), d, low_of.data() + lane);
    hn::StoreU(hn::Sub(high, room), d, high_of.data() + lane);
  }
}

// --- core and others -------------------------------------------------------------------------------------------------

// Sums of all lanes, in registers.
struct running_sums {
  hn::Vec<dd> signal[parts], variance[parts], moment[parts];

  HWY_INLINE void clear() {
    for (std::size_t k = 0; k < parts; ++k) signal[k] = variance[k] = moment[k] = hn::Zero(dd());
  }
  HWY_INLINE void store(core_sums& sums) const {
    for (std::size_t k = 0; k < parts; ++k) {
      hn::StoreU(signal[k], dd(), sums.signal.data() + k * doubles);
      hn::StoreU(variance[k], dd(), sums.variance.data() + k * doubles);
      hn::StoreU(moment[k], dd(), sums.moment.data() + k * doubles);
    }
  }
};

// A bin that is summed up, with what is the same for all its entries.
template <bool scatter>
struct core_summation {
  float const* rows;
  bin_entries const& bin;
  hn::Vec<dh> floor;
  hn::Vec<dd> centre[parts];
  hn::Vec<dh> middle[parts], bound[parts];
  running_sums sums;

  HWY_INLINE core_summation(float const* rows_of_bin, bin_entries const& entries, float variance_floor,
                            core_bounds const& bounds)
      : rows(rows_of_bin), bin(entries), floor(hn::Set(dh(), variance_floor)) {
    sums.clear();
    for (std::size_t k = 0; k < parts; ++k) {
      centre[k] = hn::LoadU(dd(), bounds.centre.data() + k * doubles);
      middle[k] = hn::DemoteTo(dh(), centre[k]);
      bound[k] = hn::LoadU(dh(), bounds.bound.data() + k * doubles);
    }
  }

  HWY_INLINE hn::Vec<dh> signal(std::size_t e, std::size_t k) const {
    return hn::Sub(hn::LoadU(dh(), rows + e * lanes + k * doubles), hn::Set(dh(), bin.dark[e]));
  }
  HWY_INLINE hn::Mask<dh> is_core(std::size_t e, std::size_t k) const {
    auto const value = hn::Mul(signal(e, k), hn::Set(dh(), bin.inverse_norm[e]));
    return hn::Le(hn::Abs(hn::Sub(value, middle[k])), bound[k]);
  }
  HWY_INLINE bool all_are_core(std::size_t e) const {
    auto all = is_core(e, 0);
    for (std::size_t k = 1; k < parts; ++k) all = hn::And(all, is_core(e, k));
    return hn::AllTrue(dh(), all);
  }
  // Returns the lanes that are not core.
  HWY_INLINE std::uint32_t add_core(std::size_t e) {
    std::uint32_t core = 0;
    for (std::size_t k = 0; k < parts; ++k) {
      auto const inside = is_core(e, k);
      add<true>(e, k, inside);
      core |= bits_of(dh(), inside) << k * doubles;
    }
    return ~core & all_lanes;
  }
  HWY_INLINE void add_all(std::size_t e) {
    for (std::size_t k = 0; k < parts; ++k) add<false>(e, k, hn::FirstN(dh(), 0));
  }
  HWY_INLINE void add_lanes(std::size_t e, std::uint32_t which) {
    for (std::size_t k = 0; k < parts; ++k) add<true>(e, k, mask_of(dh(), which >> k * doubles));
  }

 private:
  template <bool masked>
  HWY_INLINE void add(std::size_t e, std::size_t k, hn::Mask<dh> core) {
    dd const d;
    dh const h;
    auto const only_core = [&](hn::Vec<dh> v) { return masked ? hn::IfThenElseZero(core, v) : v; };
    auto const c = hn::Set(d, static_cast<double>(bin.coefficient[e]));
    auto const s = hn::PromoteTo(d, only_core(signal(e, k)));
    sums.signal[k] = hn::MulAdd(c, s, sums.signal[k]);
    if constexpr (scatter) {
      auto const norm = hn::Set(d, static_cast<double>(bin.norm[e]));
      auto off = hn::Mul(c, hn::NegMulAdd(centre[k], norm, s));
      if constexpr (masked) off = hn::IfThenElseZero(widen(core), off);
      sums.variance[k] = hn::MulAdd(off, off, sums.variance[k]);
      sums.moment[k] = hn::MulAdd(hn::Mul(c, norm), off, sums.moment[k]);
    } else {
      auto const raw = hn::LoadU(h, rows + e * lanes + k * doubles);
      auto const v = hn::PromoteTo(d, only_core(hn::Max(raw, floor)));
      sums.variance[k] = hn::MulAdd(hn::Mul(c, c), v, sums.variance[k]);
    }
  }
};

constexpr std::size_t branch_block = 64;

template <bool scatter>
HWY_INLINE std::size_t sum_general(float const* rows, bin_entries const& bin, float variance_floor,
                                   core_bounds const& bounds, std::uint32_t wanted, core_sums& sums,
                                   outside_entry* found) {
  core_summation<scatter> summation(rows, bin, variance_floor, bounds);
  // Where most rows are core, masks take longer than a branch; where many are not, the branch is not foreseen.
  std::size_t count = 0, expected = 0;
  for (std::size_t first = 0; first < bin.size; first += branch_block) {
    auto const end = HWY_MIN(first + branch_block, bin.size);
    auto const before = count;
    if (expected < branch_block / 16) {
      for (std::size_t e = first; e < end; ++e) {
        if (HWY_LIKELY(summation.all_are_core(e))) {
          summation.add_all(e);
        } else {
          auto const outside = summation.add_core(e) & wanted;
          found[count] = {static_cast<std::uint32_t>(e), outside};
          count += outside != 0;
        }
      }
    } else {
      for (std::size_t e = first; e < end; ++e) {
        auto const outside = summation.add_core(e) & wanted;
        found[count] = {static_cast<std::uint32_t>(e), outside};
        count += outside != 0;
      }
    }
    expected = count - before;
  }
  summation.sums.store(sums);
  return count;
}

// Sums over counts with c = 1 in float32, as long as they are exact there; then they are those of sum_general.
constexpr std::size_t exact_block = 64;

std::size_t sum_counts(float const* rows, bin_entries const& bin, float variance_floor, core_bounds const& bounds,
                       std::uint32_t wanted, core_sums& sums, outside_entry* found) {
  df const d;
  constexpr std::size_t pieces = lanes / floats;
  auto const floor = hn::Set(d, variance_floor);
  hn::Vec<df> middle[pieces], bound[pieces];
  hn::Mask<df> unwanted[pieces];
  alignas(64) float centres[lanes];
  for (std::size_t lane = 0; lane < lanes; ++lane) centres[lane] = static_cast<float>(bounds.centre[lane]);
  for (std::size_t k = 0; k < pieces; ++k) {
    middle[k] = hn::LoadU(d, centres + k * floats);
    bound[k] = hn::LoadU(d, bounds.bound.data() + k * floats);
    unwanted[k] = mask_of(d, (~wanted & all_lanes) >> k * floats);
  }
  alignas(64) double signal_sum[lanes] = {}, variance_sum[lanes] = {};
  alignas(64) float block_signal[lanes], block_variance[lanes];
  std::size_t count = 0;
  for (std::size_t first = 0; first < bin.size; first += exact_block) {
    auto const end = HWY_MIN(first + exact_block, bin.size);
    hn::Vec<df> signal[pieces], variance[pieces];
    for (std::size_t k = 0; k < pieces; ++k) signal[k] = variance[k] = hn::Zero(d);
    for (std::size_t e = first; e < end; ++e) {
      auto const inverse = hn::Set(d, bin.inverse_norm[e]);
      std::uint32_t outside = 0;
      hn::Vec<df> raw[pieces];
      hn::Mask<df> core[pieces];
      auto all = hn::FirstN(d, floats);
      for (std::size_t k = 0; k < pieces; ++k) {
        raw[k] = hn::LoadU(d, rows + e * lanes + k * floats);
        core[k] = hn::Le(hn::Abs(hn::Sub(hn::Mul(raw[k], inverse), middle[k])), bound[k]);
        all = hn::And(all, hn::Or(core[k], unwanted[k]));
      }
      if (HWY_UNLIKELY(!hn::AllTrue(d, all))) {
        for (std::size_t k = 0; k < pieces; ++k) outside |= bits_of(d, hn::Not(core[k])) << k * floats;
        found[count++] = {static_cast<std::uint32_t>(e), outside & all_lanes};
      }
      for (std::size_t k = 0; k < pieces; ++k) {
        signal[k] = hn::Add(signal[k], hn::IfThenElseZero(core[k], raw[k]));
        variance[k] = hn::Add(variance[k], hn::IfThenElseZero(core[k], hn::Max(raw[k], floor)));
      }
    }
    for (std::size_t k = 0; k < pieces; ++k) {
      hn::StoreU(signal[k], d, block_signal + k * floats);
      hn::StoreU(variance[k], d, block_variance + k * floats);
    }
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      signal_sum[lane] += static_cast<double>(block_signal[lane]);
      variance_sum[lane] += static_cast<double>(block_variance[lane]);
    }
  }
  std::memcpy(sums.signal.data(), signal_sum, sizeof signal_sum);
  std::memcpy(sums.variance.data(), variance_sum, sizeof variance_sum);
  return count;
}

std::size_t sum_core_any(float const* rows, bin_entries const& bin, float variance_floor, core_bounds const& bounds,
                         std::uint32_t wanted, core_sums& sums, outside_entry* found) {
  return sum_general<false>(rows, bin, variance_floor, bounds, wanted, sums, found);
}
std::size_t sum_scatter(float const* rows, bin_entries const& bin, core_bounds const& bounds, std::uint32_t wanted,
                        core_sums& sums, outside_entry* found) {
  return sum_general<true>(rows, bin, 0, bounds, wanted, sums, found);
}

// --- what is outside the core ----------------------------------------------------------------------------------------

HWY_INLINE std::uint32_t dead_lanes(float const* row) {
  df const d;
  std::uint32_t dead = 0;
  for (std::size_t lane = 0; lane < lanes; lane += floats) {
    auto const v = hn::LoadU(d, row + lane);
    dead |= bits_of(d, hn::Not(hn::Eq(v, v))) << lane;  // Ne is false of NaN
  }
  return dead & all_lanes;
}

// What is lost, in registers.
struct running_losses {
  static constexpr std::size_t kinds = 5;
  hn::Vec<dd> sum[kinds][parts];

  HWY_INLINE explicit running_losses(lost_totals const& lost) {
    for (std::size_t k = 0; k < parts; ++k) {
      std::size_t i = 0;
      for (auto const* const from : {&lost.norm, &lost.norm_squares, &lost.count, &lost.entries, &lost.variance})
        sum[i++][k] = hn::LoadU(dd(), from->data() + k * doubles);
    }
  }
  HWY_INLINE void add(bin_entries const& bin, std::size_t e, std::uint32_t which) {
    dd const d;
    double const c = bin.coefficient[e], weight = c * static_cast<double>(bin.norm[e]);
    double const variance = bin.variance != nullptr ? c * c * static_cast<double>(bin.variance[e]) : 0;
    double const terms[kinds] = {weight, weight * weight, c, 1, variance};
    for (std::size_t k = 0; k < parts; ++k) {
      auto const mask = mask_of(d, which >> k * doubles);
      for (std::size_t i = 0; i < kinds; ++i) sum[i][k] = add_where(mask, sum[i][k], hn::Set(d, terms[i]));
    }
  }
  HWY_INLINE void store(lost_totals& lost) const {
    for (std::size_t k = 0; k < parts; ++k) {
      std::size_t i = 0;
      for (auto* const to : {&lost.norm, &lost.norm_squares, &lost.count, &lost.entries, &lost.variance})
        hn::StoreU(sum[i++][k], dd(), to->data() + k * doubles);
    }
  }
};

// Which pixels of an entry are beyond the limits. By float32 where that is sure; the few others as it is defined.
struct clip_decision {
  float const* rows;
  bin_entries const& bin;
  clip_limits const& limits;

  HWY_INLINE std::uint32_t beyond(std::size_t e, std::uint32_t of) const {
    df const d;
    auto const dark = hn::Set(d, bin.dark[e]), inverse = hn::Set(d, bin.inverse_norm[e]);
    auto const largest = hn::Set(d, std::numeric_limits<float>::max());
    std::uint32_t within = 0, out = 0;
    for (std::size_t lane = 0; lane < lanes; lane += floats) {
      auto const s = hn::Sub(hn::LoadU(d, rows + e * lanes + lane), dark);
      auto const off = hn::Abs(hn::Sub(hn::Mul(s, inverse), hn::LoadU(d, limits.centre.data() + lane)));
      within |= bits_of(d, hn::Le(off, hn::LoadU(d, limits.surely_within.data() + lane))) << lane;
      auto const far = hn::Gt(off, hn::LoadU(d, limits.surely_beyond.data() + lane));
      out |= bits_of(d, hn::And(far, hn::Le(off, largest))) << lane;
    }
    out &= of;
    for (auto open = of & ~within & ~out; HWY_UNLIKELY(open != 0); open &= open - 1) {
      auto const lane = static_cast<std::size_t>(__builtin_ctz(open));
      double const s = rows[e * lanes + lane] - bin.dark[e];
      if (std::abs(s / static_cast<double>(bin.norm[e]) - limits.mean[lane]) > limits.limit[lane]) out |= 1U << lane;
    }
    return out;
  }
};

HWY_INLINE void bury(float* row, std::uint32_t dead) {
  df const d;
  auto const nan = hn::Set(d, std::numeric_limits<float>::quiet_NaN());
  for (std::size_t lane = 0; lane < lanes; lane += floats)
    hn::StoreU(hn::IfThenElse(mask_of(d, dead >> lane), nan, hn::LoadU(d, row + lane)), d, row + lane);
}

// Sums up the entries found; those without any pixel left are taken out.
template <bool scatter>
HWY_INLINE std::size_t sum_found(float const* rows, bin_entries const& bin, float variance_floor,
                                 core_bounds const& bounds, std::uint32_t wanted, outside_entry* found,
                                 std::size_t count, core_sums& sums) {
  core_summation<scatter> summation(rows, bin, variance_floor, bounds);
  std::size_t left = 0;
  for (std::size_t i = 0; i < count; ++i) {
    auto const e = found[i].entry, in = found[i].lanes & wanted;
    summation.add_lanes(e, in);
    found[left] = {e, in};
    left += in != 0;
  }
  summation.sums.store(sums);
  return left;
}

void sum_lost_entries(float const* rows, bin_entries const& bin, outside_entry* found, std::size_t count,
                      lost_totals& lost) {
  running_losses losses(lost);
  for (std::size_t i = 0; i < count; ++i) {
    auto const e = found[i].entry;
    auto const dead = dead_lanes(rows + std::size_t{e} * lanes) & found[i].lanes;
    if (HWY_LIKELY(dead == 0)) continue;
    losses.add(bin, e, dead);
    found[i].lanes &= ~dead;
  }
  losses.store(lost);
}

std::size_t sum_outside_any(float const* rows, bin_entries const& bin, float variance_floor, bool scatter,
                            core_bounds const& bounds, std::uint32_t wanted, outside_entry* found, std::size_t count,
                            core_sums& sums) {
  if (scatter) return sum_found<true>(rows, bin, 0, bounds, wanted, found, count, sums);
  return sum_found<false>(rows, bin, variance_floor, bounds, wanted, found, count, sums);
}

// Outliers are listed first and then taken out, as branches on them are not foreseen.
std::uint32_t drop_outside_any(float* rows, bin_entries const& bin, clip_limits const& limits, std::uint32_t wanted,
                               outside_entry* found, std::size_t count, outside_entry* outliers, lost_totals& lost) {
  clip_decision const decision{rows, bin, limits};
  std::size_t rejected = 0;
  for (std::size_t i = 0; i < count; ++i) {
    auto const out = decision.beyond(found[i].entry, found[i].lanes & wanted);
    outliers[rejected] = {found[i].entry, out};
    rejected += out != 0;
    found[i].lanes &= ~out;
  }
  if (rejected == 0) return 0;
  std::uint32_t dropped = 0;
  running_losses losses(lost);
  for (std::size_t i = 0; i < rejected; ++i) {
    auto const e = outliers[i].entry;
    bury(rows + std::size_t{e} * lanes, outliers[i].lanes);
    losses.add(bin, e, outliers[i].lanes);
    dropped |= outliers[i].lanes;
  }
  losses.store(lost);
  return dropped;
}

}  // namespace HWY_NAMESPACE
}  // namespace xrdct::cpu::simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xrdct::cpu::simd {

HWY_EXPORT(guess_bin);
HWY_EXPORT(guess_kept_counts);
HWY_EXPORT(sum_core_any);
HWY_EXPORT(sum_counts);
HWY_EXPORT(sum_scatter);
HWY_EXPORT(sum_lost_entries);
HWY_EXPORT(sum_outside_any);
HWY_EXPORT(drop_outside_any);

void guess_spread(float const* rows, bin_entries const& bin, float cutoff, per_lane<float>& mean,
                  per_lane<float>& deviation) {
  HWY_DYNAMIC_DISPATCH(guess_bin)(rows, bin, cutoff, mean, deviation);
}
void guess_kept(float const* rows, bin_entries const& bin, count_clipping const& how, per_lane<float>& low,
                per_lane<float>& high) {
  HWY_DYNAMIC_DISPATCH(guess_kept_counts)(rows, bin, how, low, high);
}
std::size_t sum_core(float const* rows, bin_entries const& bin, float variance_floor, core_bounds const& bounds,
                     std::uint32_t wanted, core_sums& sums, outside_entry* found) {
  // What passes the bounds is within twice their size at most, float32 rounding included.
  float most = 0;
  for (std::size_t lane = 0; lane < lanes; ++lane)
    most = std::max(most, std::abs(static_cast<float>(bounds.centre[lane])) + bounds.bound[lane]);
  if (bin.are_counts && 2 * most * bin.largest_norm < 0x1p18F)
    return HWY_DYNAMIC_DISPATCH(sum_counts)(rows, bin, variance_floor, bounds, wanted, sums, found);
  return HWY_DYNAMIC_DISPATCH(sum_core_any)(rows, bin, variance_floor, bounds, wanted, sums, found);
}
std::size_t sum_core_scatter(float const* rows, bin_entries const& bin, core_bounds const& bounds, std::uint32_t wanted,
                             core_sums& sums, outside_entry* found) {
  return HWY_DYNAMIC_DISPATCH(sum_scatter)(rows, bin, bounds, wanted, sums, found);
}
void sum_lost(float const* rows, bin_entries const& bin, outside_entry* found, std::size_t count, lost_totals& lost) {
  HWY_DYNAMIC_DISPATCH(sum_lost_entries)(rows, bin, found, count, lost);
}
std::size_t sum_outside(float const* rows, bin_entries const& bin, float variance_floor, bool scatter,
                        core_bounds const& bounds, std::uint32_t wanted, outside_entry* found, std::size_t count,
                        core_sums& sums) {
  return HWY_DYNAMIC_DISPATCH(sum_outside_any)(rows, bin, variance_floor, scatter, bounds, wanted, found, count, sums);
}
std::uint32_t drop_outside(float* rows, bin_entries const& bin, clip_limits const& limits, std::uint32_t wanted,
                           outside_entry* found, std::size_t count, outside_entry* outliers, lost_totals& lost) {
  return HWY_DYNAMIC_DISPATCH(drop_outside_any)(rows, bin, limits, wanted, found, count, outliers, lost);
}

}  // namespace xrdct::cpu::simd
#endif  // HWY_ONCE
