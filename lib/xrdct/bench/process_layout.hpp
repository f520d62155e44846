#pragma once
/// \file Several processes of one thread, each of which reads and reduces its share of the frames.

#include "xrdct/bench/layouts.hpp"
#include "xrdct/bench/worker_processes.hpp"

#include <memory>

namespace xrdct {

/// To be made before threads and files: see worker_processes. Processes wait until open().
class process_layout {
 public:
  process_layout(int processes, job const& what);

  int processes() const { return workers_.count(); }
  /// Every process examines the job's input by itself, as if it were alone, and makes its reducer; the input may have
  /// been chosen since the processes were made. `bins`: of a pattern. Throws what examine() throws.
  void open(input_options const& input, geometry_options const& geometry, std::uint64_t bins);
  /// The layout with the first `processes` of them.
  std::unique_ptr<layout_runner> runner(int processes);

 private:
  worker_processes workers_;
  std::uint64_t bins_ = 0;
};

}  // namespace xrdct
