#pragma once
/// \file The sum over all channels of a sinogram whose channels are spread over ranks.

#include "xrdct/comm/communicator.hpp"
#include "xrdct/pipeline/tomogram.hpp"
#include "xrdct/tomo/mass_centre.hpp"

#include <cstdint>
#include <vector>

namespace xrdct {

/// Which channels are summed up.
struct channel_choice {
  std::uint64_t every = 1;  ///< only those whose number among all bins this divides
  bool despiked = false;    ///< free of hot spots, in a copy
  double threshold = 5;     ///< for those
};

/// Collective. The total of each layer in the channels of the plan that are chosen: missing entries filled linearly,
/// rotations without any left out. Values are added as integers of 2⁻³⁸ of the largest, so the result is the same to
/// the bit for any number of ranks. Values that are not finite count as 0.
std::vector<total_scattering> total_of_channels(tomogram_plan const& plan, std::vector<slab_to_fill> const& layers,
                                                channel_choice const& choice, communicator const& ranks, int threads);

/// Of all layers together: an entry is there where it is in any layer.
total_scattering sum_of_layers(std::vector<total_scattering> const& layers);

}  // namespace xrdct
