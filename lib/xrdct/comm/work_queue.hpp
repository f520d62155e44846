#pragma once
/// \file Work that rank 0 hands out, piece by piece, to whoever is ready for more.

#include "xrdct/comm/communicator.hpp"

#include <cstddef>
#include <list>
#include <optional>
#include <vector>

namespace xrdct {

/// Pieces 0, 1, … are handed out in order. Every rank asks for its next piece when it takes one, so that it is there
/// when that one is done, although rank 0, which works too, answers only when it polls. Two-sided messages: remote
/// access to memory waits for a target that computes. Used by the main thread.
class work_queue {
 public:
  /// Communicates nothing yet. `ranks` must be used by nobody else meanwhile (communicator::duplicate).
  work_queue(communicator const& ranks, std::size_t pieces);
  ~work_queue();
  work_queue(work_queue const&) = delete;
  work_queue& operator=(work_queue const&) = delete;

  /// Asks for the first piece.
  void open();
  /// A piece for this rank, if one is there.
  std::optional<std::size_t> take();
  /// No more pieces come to this rank.
  bool ended() const { return ended_; }
  /// On rank 0: no more pieces are handed out. Those that were not, it gets back, to do without them what others
  /// expect.
  std::vector<std::size_t> withdraw();
  /// Moves messages on. True when all ranks know that nothing comes any more, as far as this one has to do with it.
  bool poll();

 private:
  void ask();
  void answer();
  std::optional<std::size_t> next_piece();

  communicator ranks_;
  std::size_t pieces_, next_ = 0;
  bool opened_ = false;
  bool ended_ = false;
  int told_ = 0;  // on rank 0: ranks that know that nothing comes any more
  std::optional<std::size_t> given_;
  long long incoming_ = 0;
  char question_ = 0;
  MPI_Request listening_ = MPI_REQUEST_NULL;
  struct sending {
    long long content = 0;
    MPI_Request request = MPI_REQUEST_NULL;
  };
  std::list<sending> sent_;  // messages stay where they are until they have gone
};

}  // namespace xrdct
