#pragma once
/// \file How many threads a rank may start.

#include "xrdct/comm/communicator.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace xrdct {

/// Collective. The cores that this rank may use by its affinity, shared evenly among the ranks of its node that may use
/// the same ones; no more than Slurm gave to a task (SLURM_CPUS_PER_TASK), nor than this rank's share of the processor
/// time that its control group gets; at least 1.
int default_threads(communicator const& ranks);

/// Collective. This rank's part of the cores that it may use by its affinity, and of the processor time of its control
/// group, both shared evenly among the ranks of its node that may use the same: less than 1 where there are more ranks
/// than cores.
double share_of_node(communicator const& ranks);

/// The cores that this process may use while others wait: by its affinity and its control group; at least 1.
int usable_cores();

/// The processor time that a control group gets, in cores. What is above it in the hierarchy counts as well, and has a
/// quota of its own.
struct cpu_quota {
  std::string group;
  double cores = 0;

  void fields(auto& archive) { archive(group, cores); }
};

/// Of this process's groups (version 2, or 1). `proc` and `sys` stand for /proc and /sys/fs/cgroup.
std::vector<cpu_quota> cpu_quotas(std::string const& proc = "/proc", std::string const& sys = "/sys/fs/cgroup");

}  // namespace xrdct
