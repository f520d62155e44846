#pragma once
/// \file The jobs of the program's subcommands, whole: what apps/ calls.

#include "xrdct/comm/communicator.hpp"
#include "xrdct/pipeline/job.hpp"

namespace xrdct {

// Collective over all ranks: every rank calls with the same job. When something fails, every rank throws an
// xrdct::error of the same exit code, and the message of exactly one of them is to be printed (see communicator
// agreement): that of rank 0.

/// Frames → sinogram → tomogram → result file.
void reconstruct(job const& what, communicator const& ranks);
/// Frames → patterns (one a frame) and, where positions are known, a sinogram → result file.
void integrate(job const& what, communicator const& ranks);
/// A result's sinogram → tomogram → another result file.
void backproject(job const& what, communicator const& ranks);

// And look_into(), of inspection.hpp.

}  // namespace xrdct
