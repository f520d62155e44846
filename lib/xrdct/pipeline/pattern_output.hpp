#pragma once
/// \file The pattern of every frame into the result file.

#include "xrdct/pipeline/reduce_stage.hpp"
#include "xrdct/pipeline/slab_output.hpp"

namespace xrdct {

/// Collective. Writes /entry/patterns, laid out before; every rank writes the frames that it reduced, all bins of a
/// frame. Intensity and error of a frame that is missing or bad are NaN, its sums 0.
void write_patterns(slab_writer& file, communicator const& ranks, measurement const& m, reduced_frames const& reduced,
                    bool errors, int threads);

}  // namespace xrdct
