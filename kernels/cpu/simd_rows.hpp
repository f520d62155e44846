#pragma once
/// \file Rows of 16 lanes, as those of simd.hpp, sorted by the bins that their pixels belong to.

#include "kernels/cpu/bin_order.hpp"

#include <cstddef>
#include <cstdint>

namespace xrdct::cpu::simd {

/// Stores the rows of a slice where they belong. A row whose values are all counts below 255 takes 16 bytes of
/// `narrow`; any other is added to `wide`, of which `wide_used` rows are taken, and its bytes hold its number there,
/// and 255 at the end. Returns how many wide rows there are now.
std::size_t store_rows(std::uint8_t const* rows, sorted_slice const& slice, std::uint8_t* narrow, float* wide,
                       std::size_t wide_used);
std::size_t store_rows(std::uint16_t const* rows, sorted_slice const& slice, std::uint8_t* narrow, float* wide,
                       std::size_t wide_used);
std::size_t store_rows(float const* rows, sorted_slice const& slice, std::uint8_t* narrow, float* wide,
                       std::size_t wide_used);

/// rows[k · 16 + lane] = value of the bin's entry k, NaN for a dead pixel.
void load_rows(std::uint8_t const* narrow, float const* wide, bin_entries const& bin, float* rows);

}  // namespace xrdct::cpu::simd
