#pragma once
/// \file Code for another instruction set than the best that this processor has.

#include "kernels/cpu/instruction_set.hpp"
#include "kernels/cpu/simd.hpp"

#include <hwy/highway.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace xrdct::test {

/// Restores the best instruction set at the end of the scope.
class only_instruction_set {
 public:
  explicit only_instruction_set(std::int64_t target) { choose(target); }
  ~only_instruction_set() { choose(0); }
  only_instruction_set(only_instruction_set const&) = delete;
  only_instruction_set& operator=(only_instruction_set const&) = delete;

 private:
  static void choose(std::int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    cpu::use_vbmi(target == 0 || (target & HWY_AVX3_DL) != 0);
  }
};

/// AVX-512 with VBMI and GFNI, which are not a target of their own here.
inline constexpr std::int64_t with_vbmi = HWY_AVX3 | HWY_AVX3_DL;

/// Those that this processor has, and no SIMD at all.
inline std::vector<std::int64_t> instruction_sets() {
  std::vector<std::int64_t> found;
  auto const there = hwy::SupportedTargets() | HWY_SCALAR;
  for (auto const target : std::initializer_list<std::int64_t>{HWY_SCALAR, HWY_SSE4, HWY_AVX2, HWY_AVX3, with_vbmi})
    if ((target & there) == target) found.push_back(target);
  return found;
}

inline std::string name_of_instruction_set(std::int64_t target) {
  return target == with_vbmi ? "AVX3_VBMI" : hwy::TargetName(target);
}

}  // namespace xrdct::test
