#pragma once
/// \file How a run went: seconds a stage, and who took part.

#include "xrdct/base/timer.hpp"
#include "xrdct/comm/communicator.hpp"
#include "xrdct/kernels/device.hpp"

#include <string>
#include <utility>
#include <vector>

namespace xrdct {

/// This machine's name; "?" where it has none.
std::string host_name();

class run_record {
 public:
  /// Collective: asks every rank for its device.
  run_record(communicator const& ranks, device const& backend);

  /// A stage, or a further part of it, ends here: the time since the end of the one before is added to it.
  void end_of(std::string const& stage);
  std::vector<std::pair<std::string, double>> const& stages() const { return stages_; }
  double seconds_of(std::string const& stage) const;
  int ranks() const { return ranks_; }
  /// "HOST: DEVICE" of every rank; on rank 0.
  std::vector<std::string> const& devices() const { return devices_; }

 private:
  timer since_;
  int ranks_;
  std::vector<std::string> devices_;
  std::vector<std::pair<std::string, double>> stages_;
};

}  // namespace xrdct
