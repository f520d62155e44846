#include "kernels/cpu/filtering.hpp"

// The kernel keeps vectors in arrays, which types of unknown size cannot be; and SSE4 is as old as SSSE3.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/filtering.cpp"
#include <hwy/foreach_target.h>  // compiles what follows once for every instruction set
#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>

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

using output_sums = floats[outputs][vectors];

/// What an input counts in an output, of a filter.
struct plain_taps {
  float const* centre;
  HWY_INLINE floats operator()(int output, int input) const { return hn::Set(tag(), centre[output - input]); }
};

/// The same where inputs are sums of two samples equally far from the middle one, or their differences.
template <bool of_sums>
struct mirrored_taps {
  float const* centre;
  HWY_INLINE floats operator()(int output, int input) const {
    floats const here = hn::Set(tag(), centre[output - input]);
    floats const there = hn::Set(tag(), centre[output + input]);
    return of_sums ? hn::Add(here, there) : hn::Sub(here, there);
  }
};

/// Inputs as they are.
struct plain_rows {
  float const* first;
  HWY_INLINE floats operator()(int row, int channel) const {
    return hn::Load(tag(), first + static_cast<std::ptrdiff_t>(row) * channel_block + channel);
  }
};

/// What inputs differ by from one of them.
struct row_differences {
  float const* first;
  std::ptrdiff_t step;
  float const* middle;
  HWY_INLINE floats operator()(int row, int channel) const {
    return hn::Sub(hn::Load(tag(), first + row * step + channel), hn::Load(tag(), middle + channel));
  }
};

/// Adds tap(i, j)·in[j] to the sums of i = first, first + 2, … for j = begin, begin + step, … before end.
template <class Taps, class Rows>
HWY_INLINE void add_inputs(Taps const& tap, Rows const& in, int first, int begin, int end, int step,
                           output_sums& sums) {
  int const lanes = static_cast<int>(hn::Lanes(tag()));
  for (int j = begin; step > 0 ? j < end : j > end; j += step) {
    floats values[vectors];
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) values[v] = in(j, v * lanes);
#pragma GCC unroll 8
    for (int r = 0; r < outputs; ++r) {
      floats const of_one = tap(first + 2 * r, j);
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) sums[r][v] = hn::MulAdd(of_one, values[v], sums[r][v]);
    }
  }
}

/// The inputs of [least, size) that one of the outputs first, first + 2, … meets within `distances`, which all have the
/// same parity: begin, begin + 2, … before end; those from near_begin to before near_end are near.
struct inputs {
  inputs(toeplitz::range distances, int first, int least, int size) {
    if (distances.empty()) return;
    int const last = first + 2 * (outputs - 1);
    int const parity = (first + distances.first) & 1;
    auto const from = [&](int j) {  // the first of the parity that is not below
      j = std::max(j, least);
      return j + ((j ^ parity) & 1);
    };
    begin = from(first - distances.last);
    end = std::max(begin, from(std::min(last - distances.first, size - 1) + 1));
    near_begin = std::clamp(from(first - near), begin, end);
    near_end = std::clamp(from(last + near + 1), near_begin, end);
  }

  int begin = 0, near_begin = 0, near_end = 0, end = 0;
};

template <class Taps, class Rows>
HWY_INLINE void add_far(Taps const& tap, Rows const& in, int first, inputs const& some, output_sums& sums) {
  add_inputs(tap, in, first, some.begin, some.near_begin, 2, sums);
  add_inputs(tap, in, first, some.end - 2, some.near_end - 2, -2, sums);
}

HWY_INLINE void clear(output_sums& sums) {
#pragma GCC unroll 8
  for (int r = 0; r < outputs; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) sums[r][v] = hn::Zero(tag());
  }
}

/// Calls work(first output, first channel) for all outputs up to `last` and channels, as many as are made at a time.
template <class Work>
HWY_INLINE void for_outputs(int last, Work work) {
  int const step = vectors * static_cast<int>(hn::Lanes(tag()));
  for (int channel = 0; channel < channel_block; channel += step) {
    for (int group = 0; group <= last; group += 2 * outputs) {
      for (int parity = 0; parity < 2 && group + parity <= last; ++parity) work(group + parity, channel);
    }
  }
}

// --- plain -----------------------------------------------------------------------------------------------------------

void plain(toeplitz const& matrix, double weight, float const* in, float* out) {
  tag const d;
  int const lanes = static_cast<int>(hn::Lanes(d));
  plain_taps const tap{matrix.centre()};
  floats const scale = hn::Set(d, static_cast<float>(weight));
  for_outputs(matrix.size() - 1, [&](int first, int channel) {
    inputs const odd(matrix.odd(), first, 0, matrix.size());
    inputs const even(matrix.even(), first, 0, matrix.size());
    output_sums sums;
    clear(sums);
    for (inputs const& some : {odd, even}) add_far(tap, plain_rows{in + channel}, first, some, sums);
    for (inputs const& some : {odd, even}) {
      add_inputs(tap, plain_rows{in + channel}, first, some.near_begin, some.near_end, 2, sums);
    }
#pragma GCC unroll 8
    for (int r = 0; r < outputs; ++r) {
      int const i = first + 2 * r;
      if (i >= matrix.size()) break;
      float* const row = out + static_cast<std::ptrdiff_t>(i) * channel_block + channel;
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) hn::Store(hn::Mul(scale, sums[r][v]), d, row + v * lanes);
    }
  });
}

// --- by halves -------------------------------------------------------------------------------------------------------

/// Makes sums of samples that are k from the middle one, at middle + k, and differences, at middle − k.
void fold(float* rows, int size) {
  tag const d;
  int const lanes = static_cast<int>(hn::Lanes(d));
  int const middle = size / 2;
  float* const centre = rows + static_cast<std::ptrdiff_t>(middle) * channel_block;
  if (size % 2 == 0) std::fill_n(rows + static_cast<std::ptrdiff_t>(size) * channel_block, channel_block, 0.0F);
  for (int k = 0; k <= middle; ++k) {
    float* const above = centre + static_cast<std::ptrdiff_t>(k) * channel_block;
    float* const below = centre - static_cast<std::ptrdiff_t>(k) * channel_block;
    for (int c = 0; c < channel_block; c += lanes) {
      floats const high = hn::Load(d, above + c);
      floats const low = hn::Load(d, below + c);
      if (k > 0) hn::Store(hn::Sub(high, low), d, below + c);
      hn::Store(hn::Add(high, low), d, above + c);
    }
  }
}

/// Sums of outputs over one half of what fold() makes, of which `rows` is the first row.
template <bool of_sums>
HWY_INLINE void sum_half(symmetric_filter const& filter, float const* rows, std::ptrdiff_t step, int first,
                         double weight, output_sums& sums) {
  tag const d;
  toeplitz const& matrix = filter.matrix();
  int const last = filter.middle();
  mirrored_taps<of_sums> const tap{matrix.centre()};
  row_differences const in{rows, step, rows + std::min(first + outputs - 1, last) * step};
  inputs const odd(matrix.odd(), first, 1, last + 1);
  inputs const even(matrix.even(), first, 1, last + 1);
  clear(sums);
  for (inputs const& some : {odd, even}) add_far(tap, in, first, some, sums);
  if (of_sums) add_inputs(plain_taps{matrix.centre()}, in, first, 0, 1, 1, sums);  // the middle has no counterpart
  for (inputs const& some : {odd, even}) add_inputs(tap, in, first, some.near_begin, some.near_end, 2, sums);
  floats const scale = hn::Set(d, static_cast<float>(weight));
#pragma GCC unroll 8
  for (int r = 0; r < outputs; ++r) {
    auto const k = static_cast<std::size_t>(std::min(first + 2 * r, last));
    double const of_ones = of_sums ? filter.sums_of_ones()[k] : filter.differences_of_ones()[k];
    floats const ones = hn::Set(d, static_cast<float>(weight * of_ones));
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) {
      floats const middle = hn::Load(d, in.middle + v * static_cast<int>(hn::Lanes(d)));
      sums[r][v] = hn::MulAdd(ones, middle, hn::Mul(scale, sums[r][v]));
    }
  }
}

void by_halves(symmetric_filter const& filter, double weight, float* rows, float* out) {
  tag const d;
  int const lanes = static_cast<int>(hn::Lanes(d));
  int const size = filter.matrix().size();
  int const middle = filter.middle();
  fold(rows, size);
  for_outputs(middle, [&](int first, int channel) {
    float const* const centre = rows + static_cast<std::ptrdiff_t>(middle) * channel_block + channel;
    output_sums sums, differences;
    sum_half<true>(filter, centre, channel_block, first, weight / 2, sums);
    sum_half<false>(filter, centre, -channel_block, first, weight / 2, differences);
#pragma GCC unroll 8
    for (int r = 0; r < outputs; ++r) {
      int const k = first + 2 * r;
      if (k > middle) break;
      float* const below = out + static_cast<std::ptrdiff_t>(middle - k) * channel_block + channel;
      float* const above = out + static_cast<std::ptrdiff_t>(middle + k) * channel_block + channel;
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) {
        hn::Store(hn::Sub(sums[r][v], differences[r][v]), d, below + v * lanes);
        if (middle + k < size) hn::Store(hn::Add(sums[r][v], differences[r][v]), d, above + v * lanes);
      }
    }
  });
}

char const* name() { return hwy::TargetName(HWY_TARGET); }

}  // namespace xrdct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xrdct::cpu {

HWY_EXPORT(plain);
HWY_EXPORT(by_halves);
HWY_EXPORT(name);

toeplitz::toeplitz(std::span<double const> taps)
    : size_(static_cast<int>(taps.size() / 2 + 1)), taps_(taps.begin(), taps.end()) {
  taps_.resize(taps_.size() + spare, 0.0F);
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

symmetric_filter::symmetric_filter(std::span<double const> taps, int size)
    : matrix_(both_sides(taps, size)), middle_(size / 2) {
  std::vector<double> up_to{0};  // Σ taps of distances below d
  for (int d = 0; d < size; ++d) up_to.push_back(up_to.back() + taps[static_cast<std::size_t>(d)]);
  auto const sum = [&](int first, int last) {  // of distances; there are none beyond the last tap
    return up_to[static_cast<std::size_t>(std::min(last + 1, size))] -
           up_to[static_cast<std::size_t>(std::min(first, size))];
  };
  for (int k = 0; k <= middle_; ++k) {
    double const here = k > 0 ? sum(0, k - 1) + sum(1, middle_ - k) : sum(1, middle_);  // Σ_j tap(k − j), j > 0
    double const there = sum(k + 1, k + middle_);
    sums_of_ones_.push_back(taps[static_cast<std::size_t>(k < size ? k : 0)] + here + there);
    differences_of_ones_.push_back(here - there);
  }
}

std::vector<double> symmetric_filter::both_sides(std::span<double const> taps, int size) {
  std::vector<double> all;
  for (int d = 1 - size; d < size; ++d) all.push_back(taps[static_cast<std::size_t>(std::abs(d))]);
  return all;
}

void filter_plainly(toeplitz const& matrix, double weight, float const* in, float* out) {
  HWY_DYNAMIC_DISPATCH(plain)(matrix, weight, in, out);
}

void filter_by_halves(symmetric_filter const& filter, double weight, float* rows, float* out) {
  HWY_DYNAMIC_DISPATCH(by_halves)(filter, weight, rows, out);
}

char const* tomograph_instruction_set() { return HWY_DYNAMIC_DISPATCH(name)(); }

}  // namespace xrdct::cpu
#endif
