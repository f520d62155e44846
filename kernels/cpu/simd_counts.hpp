#pragma once
/// \file The inner loops of summing up counts, in one or two sets of 16 lanes as those of simd.hpp, and compiled as
/// they are for several instruction sets.

#include "kernels/cpu/count_tables.hpp"
#include "kernels/cpu/simd.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace xrdct::cpu::simd {

inline constexpr std::size_t most_sets = 2;
inline constexpr std::size_t most_lanes = most_sets * lanes;

/// The rows of a slice, set by set: those of set k begin at values + k · stride.
template <class T>
struct count_rows {
  T const* values = nullptr;
  std::size_t stride = 0;
  std::size_t sets = 1;
  /// One number a pixel, set by set as the rows but one instead of 16 apart, or null where no pixel is dead: the lanes
  /// (bit by bit) in which it is. Their values are 0.
  std::uint16_t const* dead = nullptr;
};

/// Adds, for every entry with the weights c of the pixel in a bin and c' in the next, c·s and c'·s to
/// sums[bin][0][lane] and sums[bin + 1][0][lane], and c²·v and c'²·v to sums[…][1][lane], in the precision of sums and
/// the slice's order, where v = max(s, floor) but for dead pixels, which have none; sums has 16 lanes for each set.
/// There is room for one bin more than there are.
void sum_counts(count_rows<std::uint8_t> const& rows, pair_slice const& slice, bool paired, variance_rule variance,
                float* sums);
void sum_counts(count_rows<std::uint8_t> const& rows, pair_slice const& slice, bool paired, variance_rule variance,
                double* sums);
void sum_counts(count_rows<std::uint16_t> const& rows, pair_slice const& slice, bool paired, variance_rule variance,
                float* sums);
void sum_counts(count_rows<std::uint16_t> const& rows, pair_slice const& slice, bool paired, variance_rule variance,
                double* sums);

/// to[i] += from[i], and from[i] = 0; `size` is a multiple of 16.
void move_sums(float* from, std::size_t size, double* to);
void move_sums(double* from, std::size_t size, double* to);

/// Lists the pixels whose value, put together from all four layers, lies in one of the ranges or is 2¹⁶ or more;
/// `found` has room for all. Returns how many.
std::size_t find_special(std::uint8_t const* const (&layers)[layers_of_widest], std::size_t pixels,
                         std::span<pattern_range const> ranges, std::uint16_t* found);

/// Whether bytes are all 0.
bool all_zero(std::uint8_t const* bytes, std::size_t size);

}  // namespace xrdct::cpu::simd
