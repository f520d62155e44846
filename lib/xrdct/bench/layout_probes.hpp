#pragma once
/// \file Layouts as something to be timed.

#include "xrdct/bench/layouts.hpp"
#include "xrdct/bench/probe.hpp"
#include "xrdct/bench/process_layout.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace xrdct {

/// Makes them on the input of one job. Outlives the probes.
class layout_probes {
 public:
  explicit layout_probes(job const& what) : job_(what) {}

  /// First of all: see worker_processes. They cannot know yet what to read.
  void start_processes(int count) { processes_.emplace(count, job_); }
  /// What all layouts read; both outlive this. Opens it in the processes, if there are any.
  void use(job const& what, measurement const& m);

  /// Throws usage_error or runtime_failure where this layout cannot do the job, or the machine not run it.
  probe make(bench_layout which, int threads);

  /// Why `work`, which makes probes, failed by one of these; empty where it did not.
  static std::string try_to(std::function<void()> const& work);

 private:
  std::unique_ptr<layout_runner> make_runner(bench_layout which, int threads);

  job job_;
  measurement const* scan_ = nullptr;
  std::optional<process_layout> processes_;
  std::vector<float> patterns_;  // where all of them write
};

}  // namespace xrdct
