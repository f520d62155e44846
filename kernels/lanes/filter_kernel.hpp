#pragma once
/// \file The filter of filtered back-projection, as a direct sum.
///
/// A sum over N taps costs no more than the back-projection behind it: every output sample takes N/2 multiplications
/// (the ramp has no even taps but one), every pixel and angle two, and there are as many pixels as samples of 300
/// angles. 2,048 channels × 300 angles × 300 translations: 28·10⁹ multiplications against 111·10⁹. They are done in
/// double, because the terms of a ramp cancel to a hundredth of their size where a rotation is smooth; devices for
/// computing do double at half the rate of float, so that they cost as 55·10⁹ would: 2 ms of an H200 that computed at
/// its peak of 34·10¹² operations a second. The FFT would take 2·N·log₂(2N) operations in its place, a factor of three
/// fewer, but four passes through memory instead of two, and a library beside.
///
/// Bytes: a group reads every sample of a rotation that its outputs meet, 512 bytes of 128 channels, once for 8 outputs
/// (32 multiplications a lane for 16 bytes of it): from the first-level cache, which its block's groups share.

#include "kernels/lanes/channels.hpp"
#include "kernels/lanes/engine.hpp"
#include "kernels/lanes/filter_taps.hpp"

#include <cstddef>
#include <cstdint>

namespace xrdct::lanes {

/// out[rotation][i] ← weights[rotation] · Σ_j tap(i − j)·in[rotation][j] of all channels; `in` and `out` are apart. A
/// group does some outputs of one parity, of a tile of channels.
struct filter_rotations {
  static constexpr std::uint32_t groups = 8;
  static constexpr int phases = 1;
  static constexpr int outputs = 8;

  four const* in;
  four* out;
  double const* weights;
  double const* taps;  ///< toeplitz_taps::taps
  tap_range even, odd;
  std::uint32_t rotations;
  int translations;
  std::uint32_t vectors;

  XRDCT_HOST_DEVICE std::uint32_t groups_of_rotation() const {
    return 2 * ((static_cast<std::uint32_t>(translations) + 2 * outputs - 1) / (2 * outputs));
  }
  XRDCT_HOST_DEVICE std::size_t tasks() const {
    return std::size_t{rotations} * groups_of_rotation() * channel_tile::count_of(vectors);
  }
  std::size_t blocks() const { return (tasks() + groups - 1) / groups; }
  std::size_t shared_bytes() const { return 0; }

  /// Adds the inputs that one of the outputs first, first + 2, … meets within distances of one parity.
  XRDCT_HOST_DEVICE void add_inputs(tap_range const& distances, int first, four const* row,
                                    double (&sums)[outputs][channels_a_lane]) const {
    if (distances.first > distances.last) return;
    int const parity = (first + distances.first) & 1;
    int const low = first - distances.last < 0 ? 0 : first - distances.last;
    int const high = first + 2 * (outputs - 1) - distances.first;
    int const end = high < translations - 1 ? high : translations - 1;
    double const* const centre = taps + translations - 1;
    for (int j = low + ((low ^ parity) & 1); j <= end; j += 2) {
      four const values = row[static_cast<std::size_t>(j) * vectors];
      double const* const tap = centre + (first - j);
      XRDCT_UNROLL
      for (int r = 0; r < outputs; ++r) {
        double const factor = tap[2 * r];
        XRDCT_UNROLL
        for (std::uint32_t c = 0; c < channels_a_lane; ++c)
          sums[r][c] = fused(factor, static_cast<double>(values.at[c]), sums[r][c]);
      }
    }
  }

  template <int phase, class G>
  XRDCT_HOST_DEVICE void run(G const& lanes, block_place at, std::byte*) const {
    std::size_t const task = at.block * groups + at.group;
    if (task >= tasks()) return;
    auto const number = static_cast<int>(task % groups_of_rotation());
    int const first = number / 2 * 2 * outputs + number % 2;
    std::size_t const rotation = task / groups_of_rotation() % rotations;
    channel_tile const some(static_cast<std::uint32_t>(task / groups_of_rotation() / rotations), vectors);
    std::size_t const samples = rotation * static_cast<std::size_t>(translations) * vectors;
    for (std::uint32_t v = some.first + lanes.rank(); v < some.first + some.count; v += lanes.size()) {
      double sums[outputs][channels_a_lane];
      XRDCT_UNROLL
      for (int r = 0; r < outputs; ++r) {
        XRDCT_UNROLL
        for (std::uint32_t c = 0; c < channels_a_lane; ++c) sums[r][c] = 0;
      }
      add_inputs(odd, first, in + samples + v, sums);
      add_inputs(even, first, in + samples + v, sums);
      XRDCT_UNROLL
      for (int r = 0; r < outputs; ++r) {
        int const i = first + 2 * r;
        if (i >= translations) break;
        four into;
        XRDCT_UNROLL
        for (std::uint32_t c = 0; c < channels_a_lane; ++c)
          into.at[c] = static_cast<float>(weights[rotation] * sums[r][c]);
        out[samples + static_cast<std::size_t>(i) * vectors + v] = into;
      }
    }
  }
};

}  // namespace xrdct::lanes
