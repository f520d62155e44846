#pragma once
/// \file Patterns by position: the sinogram of some channels.

#include "xrdct/comm/layout.hpp"
#include "xrdct/kernels/frame.hpp"
#include "xrdct/kernels/view.hpp"
#include "xrdct/pipeline/air.hpp"
#include "xrdct/scan/plan.hpp"
#include "xrdct/tomo/fill.hpp"

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace xrdct {

/// The sinograms of all layers in the channels of a rank's slab: [layer][rotation][translation][channel of slab] each.
struct sinogram_slab {
  channel_slab slab;
  std::vector<entry_map> layers;     ///< which entries were measured, one map a layer
  std::vector<float> intensity;      ///< S/N; NaN in entries without a frame
  std::vector<float> error;          ///< √V/N; likewise
  std::vector<float> normalization;  ///< N
  std::vector<float> count;

  /// Entries of a layer.
  std::size_t rows() const { return layers.empty() ? 0 : layers.front().present.size(); }
  view<float> rows_of(std::vector<float>& values, std::size_t layer) const {
    return {values.data() + layer * rows() * slab.count, rows(), slab.count};
  }
};

/// The entries of every layer that have at least one good frame.
std::vector<entry_map> measured_entries(scan_plan const& scan, std::span<frame_status const> status);

/// Adds the patterns [frame][quantity][channel of slab] of each entry, in the order of frames, in double. A channel
/// without a pixel (count 0) has intensity and error 0. The result does not depend on the number of threads.
sinogram_slab assemble(scan_plan const& scan, std::span<frame_status const> status, channel_slab const& slab,
                       std::span<float const> patterns, air_plan const& air, int threads);

/// Intensity and its error of one pattern: of sums S, V, N and count.
struct mean_and_error {
  float intensity = 0;
  float error = 0;
};
inline mean_and_error mean_of(double signal, double variance, double norm, double count) {
  if (count == 0 || norm == 0) return {};
  return {static_cast<float>(signal / norm), static_cast<float>(std::sqrt(variance) / std::abs(norm))};
}

}  // namespace xrdct
