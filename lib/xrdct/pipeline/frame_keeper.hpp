#pragma once
/// \file Keeps what a rank has reduced, while it goes on reducing.

#include "xrdct/base/timer.hpp"
#include "xrdct/pipeline/checkpoints.hpp"
#include "xrdct/pipeline/frame_records.hpp"

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace xrdct {

class shard_writer;

/// Of one rank's slice: which frames have the sums of how many detectors, and which of them a shard has. A thread
/// writes from where the sums are, which nobody changes then; other members are the main thread's.
class frame_keeper {
 public:
  /// `sums` ([frame][quantity][channel]) and `records` are those of the slice and outlive this. Takes what is kept of
  /// earlier attempts. Where bad frames are not skipped, those that were kept are not taken.
  frame_keeper(checkpoints const& kept, frame_range slice, std::span<float> sums, frame_records& records, int rank,
               int ranks, bool skip_bad_frames);
  /// Of a slice of which this rank has some frames only, counted from its first: takes those of `own` that are kept.
  frame_keeper(checkpoints const& kept, frame_range slice, std::vector<frame_range> const& own, std::span<float> sums,
               frame_records& records, int rank, int ranks, bool skip_bad_frames);
  /// What is being written is finished.
  ~frame_keeper();
  frame_keeper(frame_keeper const&) = delete;
  frame_keeper& operator=(frame_keeper const&) = delete;

  /// The frames of the slice that lack this detector, as few runs as there are.
  std::vector<frame_range> without(std::uint32_t detector) const { return without(detector, {0, slice_.count}); }
  /// Of these frames of the slice.
  std::vector<frame_range> without(std::uint32_t detector, frame_range of) const;

  /// These frames of the slice, and their records, are complete as far as this detector goes. Writes when it is time.
  void done(frame_range frames, std::uint32_t detector);
  /// Sums that are not written yet are about to change, as another detector's are added: returns when none is in use.
  void before_next_detector();
  /// Nothing more comes. Writes the rest if `all`, or if the attempt has taken longer than the interval; a shorter one
  /// leaves nothing behind. Throws runtime_failure where it cannot be written although `all` is wanted.
  void finish(bool all);

  /// Frames of this attempt, once for every detector.
  std::uint64_t reduced() const { return reduced_; }

 private:
  struct order {
    std::vector<frame_range> frames;
    std::uint64_t reduced = 0;
    double seconds = 0;
  };
  void hand_over();
  void collect_failure();
  void wait();
  bool have_thread();
  void work();
  void carry_out(order& mine);
  void write(order const& what);
  void write_frame(std::uint64_t frame);

  checkpoints const& kept_;
  frame_range slice_;
  std::span<float> sums_;
  frame_records& records_;
  int rank_, ranks_;
  std::size_t values_ = 0;  // of a frame
  std::vector<std::uint32_t> detectors_;
  std::vector<frame_range> unsaved_;
  std::uint64_t unsaved_frames_ = 0;
  std::uint64_t reduced_ = 0;
  timer since_start_;
  double written_at_ = 0;
  bool warned_ = false;

  // Shared with the thread.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<order> order_;  // what it is to write, or is writing
  std::string failure_;         // of the last order; frames of it are in `order_` no longer
  std::vector<frame_range> unwritten_;
  bool ending_ = false;
  std::unique_ptr<shard_writer> shard_;  // whose turn it is to write
  std::thread thread_;                   // started with the first order, if the system has one left
};

}  // namespace xrdct
