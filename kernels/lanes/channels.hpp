#pragma once
/// \file Channels as lanes work on them: four side by side.

#include "kernels/lanes/host_device.hpp"
#include "kernels/lanes/lane_group.hpp"

#include <cstddef>
#include <cstdint>

// Loops over what is in registers, and loops that would take more of them if several turns went side by side. nvcc's
// pass over the host's code knows neither spelling.
#if defined(__CUDA_ARCH__)
#define XRDCT_UNROLL _Pragma("unroll")
#define XRDCT_UNROLL_4 _Pragma("unroll 4")
#define XRDCT_ROLLED _Pragma("unroll 1")
#elif defined(__CUDACC__)
#define XRDCT_UNROLL
#define XRDCT_UNROLL_4
#define XRDCT_ROLLED
#else
#define XRDCT_UNROLL _Pragma("GCC unroll 8")
#define XRDCT_UNROLL_4
#define XRDCT_ROLLED
#endif

namespace xrdct::lanes {

/// Devices load and store 16 bytes a lane at once; fewer would take as many instructions for fewer numbers.
inline constexpr std::uint32_t channels_a_lane = 4;

struct alignas(16) four {
  float at[channels_a_lane];
};

/// How many `four`s hold the channels.
inline std::size_t vectors_of(std::size_t channels) { return (channels + channels_a_lane - 1) / channels_a_lane; }

/// x·y + z, rounded once on a device and twice on a processor: whichever, it is the same in every kernel. Left to
/// itself, a compiler may round one way here and another way there.
XRDCT_HOST_DEVICE inline float fused(float x, float y, float z) {
#ifdef __CUDA_ARCH__
  return __fmaf_rn(x, y, z);
#else
  return x * y + z;
#endif
}
XRDCT_HOST_DEVICE inline double fused(double x, double y, double z) {
#ifdef __CUDA_ARCH__
  return __fma_rn(x, y, z);
#else
  return x * y + z;
#endif
}

XRDCT_HOST_DEVICE inline void clear(four& values) {
  XRDCT_UNROLL
  for (std::uint32_t i = 0; i < channels_a_lane; ++i) values.at[i] = 0;
}

/// to ← to + values
XRDCT_HOST_DEVICE inline void add(four& to, four const& values) {
  XRDCT_UNROLL
  for (std::uint32_t i = 0; i < channels_a_lane; ++i) to.at[i] += values.at[i];
}

/// to ← to + factor·values
XRDCT_HOST_DEVICE inline void add(four& to, float factor, four const& values) {
  XRDCT_UNROLL
  for (std::uint32_t i = 0; i < channels_a_lane; ++i) to.at[i] = fused(factor, values.at[i], to.at[i]);
}

/// Rows of `vectors` vectors of channels are worked on in tiles of one vector a lane.
struct channel_tile {
  std::uint32_t first = 0;  ///< vector
  std::uint32_t count = 0;

  XRDCT_HOST_DEVICE channel_tile(std::uint32_t number, std::uint32_t vectors)
      : first(number * tile), count(vectors - first < tile ? vectors - first : tile) {}
  XRDCT_HOST_DEVICE static std::uint32_t count_of(std::uint32_t vectors) { return (vectors + tile - 1) / tile; }
};

}  // namespace xrdct::lanes
