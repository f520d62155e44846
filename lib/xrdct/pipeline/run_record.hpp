#pragma once
/// \file How a run went: seconds a stage, and who took part.

#include "xrdct/base/timer.hpp"
#include "xrdct/comm/communicator.hpp"
#include "xrdct/kernels/device.hpp"

#include <cstdint>
#include <map>
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
  /// This rank's own work within a stage, without waiting for others.
  void add_own(std::string const& stage, double seconds) { own_[stage] += seconds; }
  /// Frames that this rank has reduced, in the seconds of "reduce".
  void add_frames(std::uint64_t frames) { frames_ += frames; }
  /// Collective. Own seconds of every rank, and the most memory that each has had; on rank 0, for the two below.
  void collect(communicator const& ranks);
  /// Nothing of one rank, or before collect(). One line a stage: "reduce took them 10.2 s, 11.0 s, 12.3 s (least,
  /// median, most), most rank 3 on h1"; one of how fast they are, with the slowest, and one of memory.
  std::vector<std::string> by_rank() const;
  std::vector<std::uint64_t> const& memory() const { return memory_; }
  std::map<std::string, std::vector<double>> const& own() const { return all_own_; }
  /// Frames that each rank has reduced; none where there were none.
  std::vector<std::uint64_t> const& frames() const { return all_frames_; }
  int ranks() const { return ranks_; }
  /// "HOST: DEVICE" of every rank; on rank 0.
  std::vector<std::string> const& devices() const { return devices_; }

 private:
  std::vector<std::pair<double, std::size_t>> rates_of_frames() const;
  timer since_;
  int ranks_;
  std::vector<std::string> devices_;
  std::vector<std::pair<std::string, double>> stages_;
  std::map<std::string, double> own_;
  std::map<std::string, std::vector<double>> all_own_;
  std::vector<std::uint64_t> memory_;
  std::uint64_t frames_ = 0;
  std::vector<std::uint64_t> all_frames_;
};

}  // namespace xrdct
