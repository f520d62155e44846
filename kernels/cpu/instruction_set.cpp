#include "kernels/cpu/instruction_set.hpp"

#include <hwy/highway.h>

#include <cstdint>

namespace xrdct::cpu {
namespace {

std::int64_t target_of(std::string_view name) {
  if (name == "sse4") return HWY_SSE4;
  if (name == "avx2") return HWY_AVX2;
  if (name == "avx512") return HWY_AVX3;
  return 0;
}

}  // namespace

bool use_instruction_set(std::string_view name) {
  hwy::DisableTargets(0);
  if (name == "auto") return true;
  auto const target = target_of(name);
  if ((hwy::SupportedTargets() & target) == 0) return false;
  hwy::DisableTargets(target - 1);  // bits below that of a target stand for better ones
  return true;
}

}  // namespace xrdct::cpu
