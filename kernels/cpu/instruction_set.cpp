#include "kernels/cpu/instruction_set.hpp"

#include <hwy/highway.h>

#include <atomic>
#include <cstdint>

namespace xrdct::cpu {
namespace {

std::int64_t target_of(std::string_view name) {
  if (name == "sse4") return HWY_SSE4;
  if (name == "avx2") return HWY_AVX2;
  if (name == "avx512") return HWY_AVX3;
  return 0;
}

std::atomic<bool> vbmi_is_wanted = true;

}  // namespace

bool uses_vbmi() { return vbmi_is_wanted.load(std::memory_order_relaxed); }

void use_vbmi(bool wanted) { vbmi_is_wanted.store(wanted, std::memory_order_relaxed); }

bool use_instruction_set(std::string_view name) {
  hwy::DisableTargets(0);
  use_vbmi(true);
  if (name == "auto") return true;
  auto const target = target_of(name);
  if ((hwy::SupportedTargets() & target) == 0) return false;
  hwy::DisableTargets(target - 1);  // bits below that of a target stand for better ones
  use_vbmi(false);
  return true;
}

}  // namespace xrdct::cpu
