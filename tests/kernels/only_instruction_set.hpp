#pragma once
/// \file Code for another instruction set than the best that this processor has.

#include "kernels/cpu/simd.hpp"

#include <hwy/highway.h>

#include <cstdint>

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

}  // namespace xrdct::test
