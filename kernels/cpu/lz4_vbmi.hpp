#pragma once
/// \file The loop over an LZ4 block for processors that permute bytes of 512 bits (AVX-512 VBMI: Ice Lake, Zen 4).

#include "kernels/cpu/lz4_loop.hpp"

namespace xrdct::cpu {

/// Whether this processor has them, the compiler knows them, and they are to be used (instruction_set.hpp).
bool has_vbmi();

/// How many planes have been written; 0 where the block is not a regular one. Only where has_vbmi().
std::size_t decode_lz4_vbmi(lz4_block const& block);

}  // namespace xrdct::cpu
