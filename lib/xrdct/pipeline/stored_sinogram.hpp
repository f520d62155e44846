#pragma once
/// \file A sinogram that a result file holds.

#include "xrdct/comm/communicator.hpp"
#include "xrdct/pipeline/result_layout.hpp"
#include "xrdct/pipeline/sinogram.hpp"

#include <string>
#include <vector>

namespace xrdct {

/// Its axes, and whether it has errors.
struct stored_sinogram {
  std::string file;
  std::vector<double> rotation;  ///< degrees
  std::vector<double> translation;
  std::string translation_unit;
  layer_axis layers;  ///< without centres, the arrays have no such axis
  channel_axis channels;
  bool errors = false;
  bool counts = false;  ///< it tells how many pixels every value is from
  /// Of every entry, [layer][rotation][translation]; empty: the file does not say.
  std::vector<double> rotation_position, translation_position;

  void fields(auto& archive) {
    archive(file, rotation, translation, translation_unit, layers, channels, errors, counts, rotation_position,
            translation_position);
  }
};

/// Serial. Throws input_error where the file has no sinogram, or one that contradicts itself.
stored_sinogram examine_sinogram(std::string const& file);

/// Collective. Only these channels of every sector and layer are read, and `slab` is a rank's share of them. An entry
/// with NaN in any of them counts as missing in all.
sinogram_slab read_sinogram(stored_sinogram const& from, frame_range channels, channel_slab const& slab,
                            communicator const& ranks);

}  // namespace xrdct
