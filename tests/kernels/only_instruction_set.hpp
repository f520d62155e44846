#pragma once
/// \file Code for another instruction set than the best that this processor has.

#include "kernels/cpu/simd.hpp"

#include <hwy/highway.h>

#include <cstdint>
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
  }
};

/// Those that this processor has, and no SIMD at all.
inline std::vector<std::int64_t> instruction_sets() {
  std::vector<std::int64_t> found;
  for (std::int64_t const target : {HWY_SCALAR, HWY_SSE4, HWY_AVX2, HWY_AVX3})
    if ((target & (hwy::SupportedTargets() | HWY_SCALAR)) != 0) found.push_back(target);
  return found;
}

}  // namespace xrdct::test
