#pragma once
/// \file Frame slabs become channel slabs: every rank reduces some frames to patterns with all channels, and ends up
/// with all frames' patterns in some channels.

#include "xrdct/comm/communicator.hpp"
#include "xrdct/comm/layout.hpp"
#include "xrdct/kernels/transport.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace xrdct {

/// What a pattern consists of, in this order: signal, variance, norm, count.
constexpr std::size_t pattern_quantities = 4;

/// Who has what before and after; the same on all ranks.
struct exchange_plan {
  std::vector<frame_range> frames;  ///< of every rank, before
  std::vector<channel_slab> slabs;  ///< of every rank, after
  std::uint64_t channels = 0;       ///< in all
  std::uint64_t batch = 1;          ///< frames: rounds are cut between batches
  int rounds = 1;                   ///< at most 8; 0: nobody needs channel slabs, and nothing is exchanged

  /// The frames that a rank sends in a round.
  frame_range round_of(int rank, int round) const;
  std::uint64_t frame_count() const;
};

exchange_plan plan_exchange(std::vector<frame_range> frames, std::uint64_t channels, std::uint64_t batch);

/// The same as a gather of ranks that share devices as `teams` says, one number a rank.
gather_shape shape_of(exchange_plan const& plan, std::vector<int> teams);

/// One exchange, start to end. It owns the memory of both sides, and messages travel while the caller reduces the next
/// frames, whenever poll() is called. Used by the main thread.
///
/// Once open() was called on all ranks, each of them sends everything it owes or, after abandon(), empty messages in
/// its place; so every receive meets its message whatever happens, and nobody waits for ever. The destructor does the
/// same for an exchange that an exception cuts short.
class pattern_exchange {
 public:
  /// Takes the memory; communicates nothing, so that ranks can agree that all have it. `ranks` must be used by nobody
  /// else meanwhile (communicator::duplicate).
  /// With a `transport`, made of the plan's shape, patterns travel by it; without, by MPI.
  pattern_exchange(communicator const& ranks, exchange_plan plan, std::unique_ptr<transport> by = nullptr);
  ~pattern_exchange();
  pattern_exchange(pattern_exchange const&) = delete;
  pattern_exchange& operator=(pattern_exchange const&) = delete;

  /// Starts to receive.
  void open();
  /// The patterns of this rank's frames, [frame of mine][quantity][channel], to be filled from the first frame on. They
  /// stay after the exchange, for those who write them, until take_received().
  std::span<float> mine() { return mine_; }
  /// The first `frames` of my frames are filled and will not change: starts to send the rounds that are now complete.
  void filled(std::uint64_t frames);
  /// The rest will not come: empty messages take the place of what was not sent (a transport sends what is there).
  void abandon();
  /// Moves messages on. True when all of mine have gone and all of the others' have come.
  bool poll();

  /// When poll() is true: the patterns of all frames in the channels of my slab, [frame][quantity][channel of slab].
  /// Rows of ranks that abandoned are undefined. With one rank, these are mine() itself, moved.
  std::vector<float> take_received();

 private:
  void receive_from(int rank);
  void send_to(int rank, int round, bool empty);
  void send_round(int round, bool empty);
  void start_transport(int round);
  std::uint64_t pieces_of(std::uint64_t frames, std::uint64_t channels) const;

  communicator ranks_;
  exchange_plan plan_;
  std::unique_ptr<transport> by_;
  std::vector<float> mine_;
  std::vector<float> received_;
  std::vector<MPI_Request> requests_;
  std::vector<int> indices_;  // scratch of poll()
  int next_round_ = 0;
  bool open_ = false;
  bool complete_ = false;
};

}  // namespace xrdct
