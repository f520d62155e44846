#pragma once
/// \file Quantiles of bins with few entries, in 16 lanes as simd_quantiles.hpp, and compiled as that is for several
/// instruction sets.

#include "kernels/cpu/simd_quantiles.hpp"

#include <cstddef>

namespace xrdct::cpu::simd {

/// Sorting bins up to this size was the faster way wherever it was measured.
inline constexpr std::size_t most_entries_of_small_bin = 512;

/// Sums over the pixels that stay, in the order of entries.
struct alignas(64) small_bin_sums {
  per_lane<double> signal{}, variance{}, norm{}, norm_squares{}, count{};
};

/// Whether keep_middle takes the bin: it has few entries, all weights c·ω are above 0, and sums of any of them are
/// exact in double. This depends on the bin alone, not on its values.
bool is_small(bin_entries const& bin);

/// Sums up what stays between two quantiles (rejection_method::quantiles) in a bin that is small. What does not stay
/// may become NaN in `rows`. As weights add up to the same in any order, decisions are those of the definition; and
/// sums are those of one lane alone, to the bit, on every instruction set.
void keep_middle(float* rows, bin_entries const& bin, variance_kind kind, float variance_floor, double lower,
                 double upper, small_bin_sums& sums);

}  // namespace xrdct::cpu::simd
