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

using tag = hn::CappedTag<double, 8>;
using narrow_tag = hn::Rebind<float, tag>;
using doubles = hn::Vec<tag>;

// Outputs at a time and vectors of channels at a time, so that the sums fit the registers (32 or 16 of them).
constexpr int outputs = 6;
constexpr int vectors = hn::MaxLanes(tag()) == 8 || HWY_ARCH_ARM_A64 ? 4 : 2;

/// Adds tap(i − j)·in[j] to the sums of i = first, first + 2, … for the j in which one of them is within `distances`;
/// these all have the same parity.
HWY_INLINE void add_distances(toeplitz const& matrix, toeplitz::range distances, int first, double const* in,
                              doubles (&sums)[outputs][vectors]) {
  if (distances.empty()) return;
  tag const d;
  int const lanes = static_cast<int>(hn::Lanes(d));
  int begin = first - distances.last;
  if (begin < 0) begin = (begin % 2 == 0) ? 0 : 1;
  int const end = std::min(first + 2 * (outputs - 1) - distances.first, matrix.size() - 1);
  for (int j = begin; j <= end; j += 2) {
    double const* const row = in + static_cast<std::ptrdiff_t>(j) * channel_block;
    double const* const taps = matrix.centre() + (first - j);
    doubles values[vectors];
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) values[v] = hn::Load(d, row + v * lanes);
#pragma GCC unroll 8
    for (int r = 0; r < outputs; ++r) {
      doubles const tap = hn::Set(d, taps[2 * r]);
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) sums[r][v] = hn::MulAdd(tap, values[v], sums[r][v]);
    }
  }
}

/// The outputs first, first + 2, … of some of the channels.
HWY_INLINE void filter_outputs(toeplitz const& matrix, double weight, int first, double const* in, float* out) {
  tag const d;
  narrow_tag const as_float;
  int const lanes = static_cast<int>(hn::Lanes(d));
  doubles sums[outputs][vectors];
#pragma GCC unroll 8
  for (int r = 0; r < outputs; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) sums[r][v] = hn::Zero(d);
  }
  add_distances(matrix, matrix.odd(), first, in, sums);
  add_distances(matrix, matrix.even(), first, in, sums);
  doubles const scale = hn::Set(d, weight);
#pragma GCC unroll 8
  for (int r = 0; r < outputs; ++r) {
    int const i = first + 2 * r;
    if (i >= matrix.size()) break;
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) {
      hn::Store(hn::DemoteTo(as_float, hn::Mul(scale, sums[r][v])), as_float,
                out + static_cast<std::ptrdiff_t>(i) * channel_block + v * lanes);
    }
  }
}

void widen(float const* in, std::ptrdiff_t values, double* out) {
  tag const d;
  narrow_tag const as_float;
  auto const lanes = static_cast<std::ptrdiff_t>(hn::Lanes(d));
  for (std::ptrdiff_t i = 0; i < values; i += lanes)
    hn::Store(hn::PromoteTo(d, hn::Load(as_float, in + i)), d, out + i);
}

void filter(toeplitz const& matrix, double weight, float const* in, double* scratch, float* out) {
  widen(in, static_cast<std::ptrdiff_t>(matrix.size()) * channel_block, scratch);
  int const step = vectors * static_cast<int>(hn::Lanes(tag()));
  for (int channel = 0; channel < channel_block; channel += step) {
    for (int group = 0; group < matrix.size(); group += 2 * outputs) {
      for (int parity = 0; parity < 2 && group + parity < matrix.size(); ++parity) {
        filter_outputs(matrix, weight, group + parity, scratch + channel, out + channel);
      }
    }
  }
}

char const* name() { return hwy::TargetName(HWY_TARGET); }

}  // namespace xrdct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xrdct::cpu {

HWY_EXPORT(filter);
HWY_EXPORT(name);

toeplitz::toeplitz(std::span<double const> taps)
    : size_(static_cast<int>(taps.size() / 2 + 1)), taps_(taps.begin(), taps.end()) {
  taps_.resize(taps_.size() + spare, 0.0);
  even_ = nonzero(0);
  odd_ = nonzero(1);
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

void filter_rotation(toeplitz const& matrix, double weight, float const* in, double* scratch, float* out) {
  HWY_DYNAMIC_DISPATCH(filter)(matrix, weight, in, scratch, out);
}

char const* tomograph_instruction_set() { return HWY_DYNAMIC_DISPATCH(name)(); }

}  // namespace xrdct::cpu
#endif
