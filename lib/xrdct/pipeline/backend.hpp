#pragma once
/// \file The choice of a backend.

#include "xrdct/comm/communicator.hpp"
#include "xrdct/kernels/device.hpp"
#include "xrdct/pipeline/job.hpp"

#include <memory>
#include <string>

namespace xrdct {

/// For this process alone: "cpu", or "auto", with that many threads, "reference", or "cuda". Throws usage_error for an
/// unknown name, and an error with exit_code::failed for one that this program or machine does not have.
std::unique_ptr<device> make_backend(std::string const& name, int threads);

/// Collective. The backend that the options ask for, with the threads that they ask for or that are this rank's due;
/// "auto" takes GPUs where all ranks have one, and else the processor. Rank 0 says in one line what it is, and why.
std::unique_ptr<device> start_backend(run_options const& run, communicator const& ranks);

/// Threads for what one rank of a node prepares while the others wait for it: those asked for, or one for each core it
/// may use.
int threads_to_set_up(run_options const& run);

/// Collective. Threads for what all ranks do at the same time: those asked for, or this rank's due.
int threads_of_rank(run_options const& run, communicator const& ranks);

}  // namespace xrdct
