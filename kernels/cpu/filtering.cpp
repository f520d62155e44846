#include "kernels/cpu/filtering.hpp"

// The kernel keeps vectors in arrays, which types of unknown size cannot be; and SSE4 is as old as SSSE3.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/filtering.cpp"
#include <hwy/foreach_target.h>  // compiles what follows once for every instruction set
#include <hwy/highway.h>

#include <algorithm>

HWY_BEFORE_NAMESPACE();
namespace xrdct::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using tag = hn::CappedTag<float, 16>;
using floats = hn::Vec<tag>;

// Outputs at a time and vectors of channels at a time, so that the sums fit the registers (32 or 16 of them).
constexpr int outputs = 6;
constexpr int vectors = hn::MaxLanes(tag()) == 16 || HWY_ARCH_ARM_A64 ? 4 : 2;

// Inputs no farther than this from the outputs at hand are added last. Where a rotation is smooth, their terms are the
// large ones, and cancel: what is added behind them would be rounded by their size. With 8 the errors of a disc of 300
// or 1001 translations are a fifth of those in ascending order; 0 and 24 are worse.
constexpr int near = 8;

/// Adds tap(i − j)·(in[j] − middle) to the sums of i = first, first + 2, … for j = begin, begin + step, … before end.
template <bool differences>
HWY_INLINE void add_inputs(toeplitz const& matrix, int first, float const* in, float const* middle, int begin, int end,
                           int step, floats (&sums)[outputs][vectors]) {
  tag const d;
  int const lanes = static_cast<int>(hn::Lanes(d));
  for (int j = begin; step > 0 ? j < end : j > end; j += step) {
    float const* const row = in + static_cast<std::ptrdiff_t>(j) * channel_block;
    float const* const taps = matrix.centre() + (first - j);
    floats values[vectors];
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) {
      values[v] = hn::Load(d, row + v * lanes);
      if constexpr (differences) values[v] = hn::Sub(values[v], hn::Load(d, middle + v * lanes));
    }
#pragma GCC unroll 8
    for (int r = 0; r < outputs; ++r) {
      floats const tap = hn::Set(d, taps[2 * r]);
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) sums[r][v] = hn::MulAdd(tap, values[v], sums[r][v]);
    }
  }
}

/// The inputs that one of the outputs first, first + 2, … meets within `distances`, which all have the same parity:
/// begin, begin + 2, … before end; those from near_begin to before near_end are near.
struct inputs {
  inputs(toeplitz const& matrix, toeplitz::range distances, int first) {
    if (distances.empty()) return;
    int const last = first + 2 * (outputs - 1);
    int const parity = (first + distances.first) & 1;
    begin = from(first - distances.last, parity);
    end = std::max(begin, from(std::min(last - distances.first, matrix.size() - 1) + 1, parity));
    near_begin = std::clamp(from(first - near, parity), begin, end);
    near_end = std::clamp(from(last + near + 1, parity), near_begin, end);
  }

  int begin = 0, near_begin = 0, near_end = 0, end = 0;

 private:
  /// The first of a parity that is not below `least`, nor below 0.
  static int from(int least, int parity) {
    int const j = std::max(least, 0);
    return j + ((j ^ parity) & 1);
  }
};

/// The outputs first, first + 2, … of some of the channels.
template <bool differences>
HWY_INLINE void filter_outputs(toeplitz const& matrix, double weight, int first, float const* in, float* out) {
  tag const d;
  int const lanes = static_cast<int>(hn::Lanes(d));
  float const* const middle =
      in + static_cast<std::ptrdiff_t>(std::min(first + outputs - 1, matrix.size() - 1)) * channel_block;
  inputs const odd(matrix, matrix.odd(), first);
  inputs const even(matrix, matrix.even(), first);
  floats sums[outputs][vectors];
#pragma GCC unroll 8
  for (int r = 0; r < outputs; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) sums[r][v] = hn::Zero(d);
  }
  for (inputs const& far : {odd, even}) {
    add_inputs<differences>(matrix, first, in, middle, far.begin, far.near_begin, 2, sums);
    add_inputs<differences>(matrix, first, in, middle, far.end - 2, far.near_end - 2, -2, sums);
  }
  for (inputs const& close : {odd, even}) {
    add_inputs<differences>(matrix, first, in, middle, close.near_begin, close.near_end, 2, sums);
  }
  floats const scale = hn::Set(d, static_cast<float>(weight));
#pragma GCC unroll 8
  for (int r = 0; r < outputs; ++r) {
    int const i = first + 2 * r;
    if (i >= matrix.size()) break;
    float* const row = out + static_cast<std::ptrdiff_t>(i) * channel_block;
    floats const of_one = hn::Set(d, static_cast<float>(weight * matrix.of_ones()[static_cast<std::size_t>(i)]));
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) {
      floats result = hn::Mul(scale, sums[r][v]);
      if constexpr (differences) result = hn::MulAdd(of_one, hn::Load(d, middle + v * lanes), result);
      hn::Store(result, d, row + v * lanes);
    }
  }
}

template <bool differences>
void filter(toeplitz const& matrix, double weight, float const* in, float* out) {
  int const step = vectors * static_cast<int>(hn::Lanes(tag()));
  for (int channel = 0; channel < channel_block; channel += step) {
    for (int group = 0; group < matrix.size(); group += 2 * outputs) {
      for (int parity = 0; parity < 2 && group + parity < matrix.size(); ++parity) {
        filter_outputs<differences>(matrix, weight, group + parity, in + channel, out + channel);
      }
    }
  }
}

void of_differences(toeplitz const& matrix, double weight, float const* in, float* out) {
  filter<true>(matrix, weight, in, out);
}

void of_positive(toeplitz const& matrix, double weight, float const* in, float* out) {
  filter<false>(matrix, weight, in, out);
}

char const* name() { return hwy::TargetName(HWY_TARGET); }

}  // namespace xrdct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xrdct::cpu {

HWY_EXPORT(of_differences);
HWY_EXPORT(of_positive);
HWY_EXPORT(name);

toeplitz::toeplitz(std::span<double const> taps)
    : size_(static_cast<int>(taps.size() / 2 + 1)), taps_(taps.begin(), taps.end()) {
  taps_.resize(taps_.size() + spare, 0.0F);
  even_ = nonzero(0);
  odd_ = nonzero(1);
  double sum = 0;  // of the taps that output i meets: from i − (size−1) to i
  for (int d = 1 - size_; d < 0; ++d) sum += taps[static_cast<std::size_t>(d + size_ - 1)];
  for (int i = 0; i < size_; ++i) {
    sum += taps[static_cast<std::size_t>(i + size_ - 1)];
    of_ones_.push_back(sum);
    sum -= taps[static_cast<std::size_t>(i)];
  }
}

toeplitz::range toeplitz::nonzero(int parity) const {
  range found;
  for (int d = 1 - size_; d < size_; ++d) {
    if ((d & 1) != parity || centre()[d] == 0) continue;
    if (found.empty()) found.first = d;
    found.last = d;
  }
  return found;
}

void filter_differences(toeplitz const& matrix, double weight, float const* in, float* out) {
  HWY_DYNAMIC_DISPATCH(of_differences)(matrix, weight, in, out);
}

void filter_positive(toeplitz const& matrix, double weight, float const* in, float* out) {
  HWY_DYNAMIC_DISPATCH(of_positive)(matrix, weight, in, out);
}

char const* tomograph_instruction_set() { return HWY_DYNAMIC_DISPATCH(name)(); }

}  // namespace xrdct::cpu
#endif
