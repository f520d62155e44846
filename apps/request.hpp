#pragma once
/// \file All that a command line can ask for.

#include "xrdct/base/log.hpp"
#include "xrdct/bench/options.hpp"
#include "xrdct/pipeline/job.hpp"
#include "xrdct/plot/plot.hpp"
#include "xrdct/simulation/simulate.hpp"

#include <array>
#include <string>
#include <vector>

namespace xrdct::app {

/// One command line, parsed. Each command looks at its own part.
struct request {
  std::string command;
  xrdct::job job;
  simulation_options simulation;
  plot_options plot;
  bench_options bench;
  std::string map;                    ///< of inspect: a picture of the plan; empty: none
  bool json = false;                  ///< of inspect: for scripts, not for people
  bool batch_lines = false;           ///< of inspect: for a batch script
  grid_scan grid;                     ///< of --grid and its companions; in `job` only where --grid is given
  std::array<double, 2> quantiles{};  ///< of --reject-quantiles; in `job` only where the trimmed mean is asked for
  log_level log = log_level::info;
  std::string log_file;            ///< each rank adds its number; empty: none
  std::vector<std::string> notes;  ///< how a set-up of another program was understood, a line each
};

}  // namespace xrdct::app
