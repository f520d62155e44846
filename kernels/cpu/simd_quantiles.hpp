#pragma once
/// \file The inner loops of medians and trimmed means: keys of a bin in order, and the weight below them. In 16 lanes
/// as those of simd.hpp, and compiled as they are for several instruction sets.

#include "kernels/cpu/simd_core.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace xrdct::cpu::simd {

/// keys[k · 16 + lane] = s/ω of entry k in float32, NaN for a dead pixel. Adds up the weights, c·ω in float32, of all
/// others.
void make_keys(float const* rows, bin_entries const& bin, float* keys, per_lane<double>& weight);

/// The keys of the bin's sample, sorted in every lane; dead pixels are last, as +∞. `alive`: how many are not dead.
void sort_sample(float const* keys, bin_entries const& bin, float* sample, per_lane<std::uint32_t>& alive);

inline constexpr std::size_t pivots = 4;
using pivot_keys = std::array<per_lane<float>, 2 * pivots>;
using pivot_weights = std::array<per_lane<double>, 2 * pivots>;
/// The weight of all keys below each of the pivots of one quantile, or of two, to about 10⁻⁵.
void weigh_below(float const* keys, bin_entries const& bin, pivot_keys const& pivot, std::size_t quantiles,
                 pivot_weights& weight);

/// Two ranges of keys, both ends included, of which the second begins above the first; between them is the core. A
/// second range that is not there begins at −∞ and ends at NaN.
struct alignas(64) key_ranges {
  per_lane<float> first_begin{}, first_end{}, second_begin{}, second_end{};
};

/// Sums over pixels with keys between two ranges.
struct alignas(64) middle_sums {
  per_lane<double> weight_below{};  ///< of keys below the first range
  per_lane<double> weight{};        ///< of the core, as all that follows
  per_lane<double> signal{}, norm{}, norm_squares{}, count{};
  per_lane<double> variance{}, moment{};  ///< as in core_sums
};

enum class variance_kind : std::uint8_t { raw, image, scatter };

/// Sums up the core and lists the entries in the ranges, by ascending entries; returns how many these are.
std::size_t sum_middle(float const* rows, float const* keys, bin_entries const& bin, variance_kind kind,
                       float variance_floor, per_lane<double> const& centre, key_ranges const& ranges,
                       middle_sums& sums, outside_entry* found);

}  // namespace xrdct::cpu::simd
