#pragma once
/// \file Keeps the iterations of a rank's channels while they go on, and finds what earlier attempts kept.

#include "xrdct/base/timer.hpp"
#include "xrdct/pipeline/checkpoints.hpp"
#include "xrdct/tomo/parts_team.hpp"
#include "xrdct/tomo/solver.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace xrdct {

class shard_writer;

/// One of the ranks that share the rotations of a sinogram; each of them has a part of what is kept.
struct team_member {
  parts_team& team;
  std::uint32_t worker = 0;
  std::uint32_t workers = 1;
};

/// States are kept by blocks of channels that begin at multiples of 64 bins, so that an attempt with other ranks, whose
/// slabs are others, goes on with them. What is done with stays; of what is in work, only the last states do. Used by
/// the main thread.
class solver_keeper {
 public:
  /// Of channels that are done with; beyond that they are written before it is time.
  static constexpr std::uint64_t most_unwritten_bytes = std::uint64_t{1} << 28;

  solver_keeper(checkpoints const& kept, int rank, int ranks) : kept_(kept), rank_(rank), ranks_(ranks) {}

  /// Whether anything is written.
  bool writes() const { return kept_.interval() > 0; }
  /// How many workers a slab's team must have to go on with what is kept of it; 0 where it does not matter.
  int workers_of(std::uint64_t layer, frame_range bins) const;

  /// How a group begins that may have `most` channels from the bin `first` on: channels that are as far as each other
  /// form one. Collective over the team.
  group_start begin(std::uint64_t layer, std::uint64_t first, std::size_t most, team_member const& me) const;

  /// Collective over the team: a group from the bin `first` on is an iteration further. Writes when it is time, and all
  /// that is not written yet when the solver is `ending`; then it throws runtime_failure where that is not possible.
  void look(std::uint64_t layer, std::uint64_t first, channel_group const& group, bool ending, team_member const& me);

 private:
  struct group_state {
    std::uint64_t layer = 0;
    std::uint64_t first = 0;  // bin
    solver_state state;
  };
  struct block_start;
  block_start start_of(std::uint64_t layer, frame_range block, team_member const& me) const;
  void write(std::vector<group_state> const& working, team_member const& me);
  static void append_blocks(shard_writer& file, group_state const& group, team_member const& me);
  std::string write_file(std::vector<group_state> const& groups, team_member const& me);

  checkpoints const& kept_;
  int rank_, ranks_;
  timer since_start_;
  double written_at_ = 0;
  bool warned_ = false;
  std::uint64_t files_ = 0;          // that this rank has begun
  std::vector<group_state> final_;   // not written yet
  std::uint64_t final_bytes_ = 0;    // of these
  std::deque<std::string> in_work_;  // files of states that others make needless
};

}  // namespace xrdct
