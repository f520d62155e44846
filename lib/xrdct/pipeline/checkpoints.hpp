#pragma once
/// \file What earlier attempts at a job left, and where this one leaves what it did.
///
/// A job's checkpoint is a folder beside its output, FILE.checkpoint. Every rank of every attempt appends to a shard of
/// its own there: no rank waits for another to write, none can spoil what another wrote, and a shard of one attempt is
/// never touched by the next. Any number of ranks may read them, as records have their frames' numbers. States of
/// iterative solvers, which newer ones make needless, have files of their own (see solver_keeper.hpp).

#include "xrdct/comm/communicator.hpp"
#include "xrdct/pipeline/frame_records.hpp"
#include "xrdct/pipeline/job.hpp"
#include "xrdct/pipeline/kept_records.hpp"
#include "xrdct/pipeline/measurement.hpp"
#include "xrdct/pipeline/run_identity.hpp"
#include "xrdct/tomo/solver_state.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace xrdct {

/// What one attempt did, as far as it said so.
struct attempt_record {
  std::uint64_t number = 0;
  std::uint64_t ranks = 0;
  std::uint64_t reduced = 0;  ///< frames, once for every detector, when its shards were last written
  std::uint64_t kept = 0;     ///< good records of frames in its shards
  double seconds = 0;         ///< of reducing, until then
  void fields(auto& archive) { archive(number, ranks, reduced, kept, seconds); }
};

/// Where a shard holds the sums of a frame.
struct kept_place {
  std::uint32_t shard = 0;
  std::uint32_t detectors = 0;  ///< in the sums; 0: nothing is kept of this frame
  std::uint64_t place = 0;
};

/// Where a file holds a state.
struct kept_state_place {
  kept_state about;
  std::uint32_t shard = 0;
  std::uint64_t place = 0;
  void fields(auto& archive) { archive(about, shard, place); }
};

/// The same on all ranks.
class checkpoints {
 public:
  /// Collective, after examine(). With --resume, finds what is kept, and shares out what is left to do among the ranks
  /// (m.slices). Throws on all ranks: input_error or usage_error where it is of another job, with the differences;
  /// usage_error where there is one, or the output, and neither --resume nor --overwrite is given.
  checkpoints(job const& what, measurement& m, communicator const& ranks);
  /// Likewise of a job without frames: only states of solvers are kept. Rank 0's identity counts.
  checkpoints(job const& what, run_identity const& identity, communicator const& ranks);

  /// Whether the output is there already, of this very job: nothing is left to do.
  bool complete() const { return complete_; }
  /// Seconds between writes; 0: nothing is written.
  double interval() const { return interval_; }
  std::string const& folder() const { return folder_; }
  /// The file that a rank of this attempt appends to, and what is in its first record.
  std::string shard_name(int rank) const;
  std::string const& identity() const { return identity_; }
  std::uint64_t run() const { return run_; }
  std::uint64_t attempt() const { return attempt_; }
  std::vector<attempt_record> const& earlier() const { return earlier_; }

  /// Of how many detectors a frame's sums are kept.
  std::uint32_t detectors_in(std::uint64_t frame) const { return places_.empty() ? 0 : places_[frame].detectors; }
  /// Frames, once for every detector, that need not be reduced.
  std::uint64_t work_done() const;

  /// Takes what is kept of these frames into `sums` ([frame][quantity][channel]) and `records`, and returns of how many
  /// detectors each of them has something. What cannot be read any more, and frames that are bad unless these are
  /// skipped, are as if they were not kept.
  std::vector<std::uint32_t> load(frame_range which, std::span<float> sums, frame_records& records,
                                  bool skip_bad_frames) const;

  /// States of solvers that earlier attempts kept, in no order.
  std::vector<kept_state_place> const& states() const { return states_; }
  /// Nothing where it cannot be read any more.
  std::optional<solver_state> load(kept_state_place const& at) const;
  /// The file for a rank's states, `number` of them before it.
  std::string state_name(int rank, std::uint64_t number) const;
  /// Throws runtime_failure where there is no folder and none can be made.
  void make_folder() const;

  /// Collective. What is left of the job if it is stopped now, when all is reduced: words for a message. `iterates`:
  /// by a solver, whose state is kept.
  std::string when_stopped(communicator const& ranks, bool iterates) const;

  /// On rank 0: the result is complete, and the shards are of no more use.
  void remove() const;

 private:
  /// What a shard may hold.
  struct contents {
    std::uint64_t frames = 0;
    std::size_t detectors = 0;
    std::size_t values = 0;  ///< of a frame
  };
  checkpoints(job const& what) : interval_(what.run.checkpoint), folder_(what.output + ".checkpoint") {}
  void begin(job const& what, std::string identity, communicator const& ranks);
  void find(contents const& possible, communicator const& ranks);
  void tell_found(contents const& possible) const;
  void share_out(measurement& m, int ranks) const;

  double interval_ = 0;
  std::string folder_;
  std::string identity_;
  std::uint64_t run_ = 0;
  std::uint64_t attempt_ = 1;
  bool complete_ = false;
  std::vector<std::string> shards_;
  std::vector<kept_place> places_;  ///< by frame; empty: nothing is kept
  std::vector<kept_state_place> states_;
  std::vector<attempt_record> earlier_;
};

/// Says on rank 0 that an earlier attempt came to its end, and removes what it left beside the result.
void tell_complete(checkpoints const& kept, communicator const& ranks);

}  // namespace xrdct
