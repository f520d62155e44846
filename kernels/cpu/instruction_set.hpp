#pragma once
/// \file Which of the instruction sets that this processor has are used.

#include <string_view>

namespace xrdct::cpu {

/// Keeps the whole backend to "sse4", "avx2" or "avx512" (of the first processors that had it, without VBMI) and what
/// is older: to see what an older processor would do with the same frames. "auto" is the best there is. Not while any
/// of its code runs. Returns false for another name and for what this processor lacks; the best is used then.
bool use_instruction_set(std::string_view name);

/// Whether what AVX-512 got later is used where the processor has it: permutations of bytes and products of bit
/// matrices (VBMI and GFNI: Ice Lake, Zen 4). At first it is.
bool uses_vbmi();
void use_vbmi(bool wanted);

}  // namespace xrdct::cpu
