#pragma once
/// \file The parts of a scan's way, each to be timed by itself.

#include "xrdct/bench/frames_in_memory.hpp"
#include "xrdct/bench/options.hpp"
#include "xrdct/bench/probe.hpp"
#include "xrdct/kernels/device.hpp"
#include "xrdct/pipeline/job.hpp"
#include "xrdct/pipeline/measurement.hpp"

#include <string>

namespace xrdct {

/// What stages work on; outlives their probes, and stays where it is.
struct stage_input {
  measurement const& scan;
  job const& what;
  communicator const& ranks;
  device& backend;
  int threads = 1;
  frames_in_memory const& frames;  ///< as stored
  std::array<int, 2> grid{};       ///< rotations and translations of the sinogram that is reconstructed
  std::string folder;              ///< for the file of `write`; ranks share it
};

/// What is measured, or why it cannot be.
struct stage_probe {
  bench_stage stage{};
  probe what;
  std::string skipped;
};

/// Collective. Everything that the stage needs is made here, so that it is not timed. Throws what making it throws.
stage_probe make_stage(bench_stage which, stage_input const& input);

// Each in the source file that says what it does.
stage_probe read_stage(stage_input const& input);
stage_probe lz4_stage(stage_input const& input, int threads);
stage_probe unshuffle_stage(stage_input const& input);
stage_probe integrate_stage(stage_input const& input);
stage_probe reduce_stage(stage_input const& input);
stage_probe exchange_stage(stage_input const& input);
stage_probe filter_stage(stage_input const& input);
stage_probe backproject_stage(stage_input const& input);
stage_probe errors_stage(stage_input const& input);
stage_probe cgls_stage(stage_input const& input);
stage_probe write_stage(stage_input const& input);

}  // namespace xrdct
