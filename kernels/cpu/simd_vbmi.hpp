#pragma once
/// \file Bit planes to layers and layers to rows for processors that permute bytes of 512 bits and multiply bit
/// matrices (AVX-512 VBMI and GFNI: Ice Lake, Zen 4).

#include "kernels/cpu/simd.hpp"

#include <cstddef>
#include <cstdint>

namespace xrdct::cpu::simd {

/// Whether this processor has them, the compiler knows them, and they are to be used (instruction_set.hpp).
bool has_vbmi_and_gfni();

// All that follows only where it has.

/// unshuffle_layer() of the first `filled` planes of 8 (the others are zeros) for `bytes` bytes of each, a multiple of
/// 64.
void unshuffle_vbmi(std::uint8_t const* const (&planes)[8], std::size_t filled, std::size_t bytes,
                    std::uint8_t const* excluded, std::uint8_t* layer);
/// make_rows(): of one layer, and of two.
void make_rows_vbmi(lane_layers const& low, std::size_t pixels, std::uint8_t* rows);
void make_rows_vbmi(lane_layers const& low, lane_layers const& high, std::size_t pixels, std::uint16_t* rows);

}  // namespace xrdct::cpu::simd
