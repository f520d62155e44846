/// \file What the inner loops over bins have in common, for each instruction set: vectors over the 16 lanes.

// Highway includes this once for every instruction set.
#if defined(XRDCT_KERNELS_CPU_SIMD_VECTORS_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef XRDCT_KERNELS_CPU_SIMD_VECTORS_INL_HPP
#undef XRDCT_KERNELS_CPU_SIMD_VECTORS_INL_HPP
#else
#define XRDCT_KERNELS_CPU_SIMD_VECTORS_INL_HPP
#endif

#include "kernels/cpu/simd.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace xrdct::cpu::simd {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// As many lanes as a vector of floats has, at most all.
using df = hn::CappedTag<float, lanes>;
using di = hn::Rebind<std::int32_t, df>;
using db = hn::Rebind<std::uint8_t, df>;
constexpr std::size_t floats = hn::MaxLanes(df());

// As many lanes as a vector of doubles has, and the same lanes of float32.
using dd = hn::CappedTag<double, 8>;
using dh = hn::Rebind<float, dd>;
constexpr std::size_t doubles = hn::MaxLanes(dd());
constexpr std::size_t parts = lanes / doubles;

constexpr std::uint32_t all_lanes = (1U << lanes) - 1;

template <class D>
HWY_INLINE std::uint32_t bits_of(D d, hn::Mask<D> mask) {
  alignas(8) std::uint8_t bytes[8] = {};
  hn::StoreMaskBits(d, mask, bytes);
  std::uint16_t bits;  // little-endian, as all that is compiled for here
  std::memcpy(&bits, bytes, sizeof bits);
  return bits;
}

template <class D>
HWY_INLINE hn::Mask<D> mask_of(D d, std::uint32_t bits) {
  std::uint64_t const first = bits;
  alignas(8) std::uint8_t bytes[8];
  std::memcpy(bytes, &first, sizeof bytes);
  return hn::LoadMaskBits(d, bytes);
}

template <class M, class V>
HWY_INLINE V add_where(M mask, V sum, V term) {
  return hn::IfThenElse(mask, hn::Add(sum, term), sum);
}

// The same lanes of doubles.
HWY_INLINE hn::Mask<dd> widen(hn::Mask<dh> mask) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  return hn::Mask<dd>{mask.raw};
#else
  return mask_of(dd(), bits_of(dh(), mask));
#endif
}

}  // namespace HWY_NAMESPACE
}  // namespace xrdct::cpu::simd
HWY_AFTER_NAMESPACE();

#endif
