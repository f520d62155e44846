#pragma once
/// \file From exchanged patterns to the sinogram in memory and in the file.

#include "xrdct/comm/communicator.hpp"
#include "xrdct/pipeline/reduce_stage.hpp"
#include "xrdct/pipeline/sinogram.hpp"
#include "xrdct/pipeline/slab_output.hpp"
#include "xrdct/pipeline/tomogram.hpp"

#include <memory>
#include <vector>

namespace xrdct {

/// Collective. Takes the patterns that the exchange brought.
sinogram_slab assemble_slab(measurement const& m, reduced_frames& reduced, communicator const& ranks, int threads);

/// Collective. Writes /entry/sinogram with all layers, laid out before; the normalization is given up with that.
void write_sinogram(slab_writer& file, communicator const& ranks, sinogram_slab& sinogram, bin_layout const& bins,
                    std::vector<channel_slab> const& slabs, bool errors);

/// Collective. Intensities and errors of every layer, for reconstruction. Values of measured entries that no pixel was
/// left for are filled, and the counts, which tell of them, given up.
std::vector<slab_to_fill> to_be_filled(sinogram_slab& sinogram, bool errors, fill how, communicator const& ranks);

}  // namespace xrdct
