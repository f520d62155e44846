#pragma once
/// \file The second half of a job: from the sinogram that ranks hold to the tomogram in the file.

#include "xrdct/comm/communicator.hpp"
#include "xrdct/kernels/device.hpp"
#include "xrdct/pipeline/run_record.hpp"
#include "xrdct/pipeline/slab_output.hpp"
#include "xrdct/pipeline/solver_stage.hpp"
#include "xrdct/pipeline/tomogram.hpp"

namespace xrdct {

/// Collective. Every rank reconstructs its bins (and its band of rows) of the sinograms of all layers, whose bins are
/// shared out as `slabs`, and /entry/tomogram, laid out before, is written, one layer after the other. The views of the
/// sinograms are altered. Returns what iterative solvers reached, and nothing of filtered back-projection. Throws
/// agreed_error, also where no layer has a measured entry, and when a signal asked a rank to stop: `when_stopped` says
/// what of the job is left then.
solver_report reconstruct_slabs(tomogram_plan const& plan, device& backend, communicator const& ranks,
                                std::vector<slab_to_fill> const& layers, std::vector<channel_slab> const& slabs,
                                slab_writer& file, run_record& run, std::string const& when_stopped,
                                checkpoints const* kept = nullptr);

/// Lines about an iterative algorithm: what it minimises, and that it gives no errors where there are `errors`.
void tell_solver(tomogram_plan const& plan, bool errors);

/// One line about the rotation axis that is assumed.
void tell_axis(tomogram_plan const& plan, std::string const& translation_unit);

}  // namespace xrdct
