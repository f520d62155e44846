#pragma once
/// \file The inner loop of byte-offset decoding, compiled as those of simd.hpp are for several instruction sets.

#include <cstddef>
#include <cstdint>
#include <span>

namespace xrdct::cpu::simd {

/// Where a decoder of short differences stands.
struct short_differences {
  std::span<std::byte const> rest;  ///< not decoded yet
  std::int32_t value = 0;           ///< the last one
  std::uint32_t bits = 0;           ///< all that have been set in any value
};

inline constexpr std::size_t differences_slack = 16;  ///< values that may be written beyond those decoded

/// Decodes differences of one and two bytes into at most `count` values; `values` has room for `differences_slack`
/// more. Stops where a longer difference (or one that begins as such) comes, and within 66 bytes before the end of
/// `rest`; perhaps at once. Returns how many values there are. Sums have 32 bits: the caller knows that `count`
/// differences of 2¹⁵ do not lead beyond them.
std::size_t decode_short_differences(short_differences& state, std::int32_t* values, std::size_t count);

}  // namespace xrdct::cpu::simd
