#pragma once
/// \file What ranks tell each other while they work apart: how far they are, and that all shall stop.

#include "xrdct/base/timer.hpp"
#include "xrdct/comm/communicator.hpp"

#include <cstdint>
#include <list>
#include <vector>

namespace xrdct {

/// Frames and bytes that are done.
struct work_done {
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;
};

/// Two-sided messages through rank 0, moved on by poll(): every rank reports to rank 0 at most five times a second, and
/// a stop that one of them asks for, or a signal asks it for (base/stop_request.hpp), reaches all. Rank 0 ends the
/// conversation when all have said their last word, so that no message is left behind. Used by the main thread.
class control_channel {
 public:
  /// Communicates nothing yet. `ranks` must be used by nobody else meanwhile (communicator::duplicate).
  explicit control_channel(communicator const& ranks);
  /// Holds the final handshake where finish() was not called after open().
  ~control_channel();
  control_channel(control_channel const&) = delete;
  control_channel& operator=(control_channel const&) = delete;

  void open();
  /// This rank's progress so far; cheap to call often.
  void report(work_done mine);
  /// Asks all ranks to stop; they learn of it from stopping() after some poll().
  void stop();
  bool stopping() const { return stopping_; }
  /// Moves messages on.
  void poll();
  /// Rank 0: what all have reported so far. Others: their own.
  work_done total() const;
  /// Every rank calls it, when it neither reports nor asks any more. Returns when all have.
  void finish();

 private:
  enum class word : std::uint64_t { progress, stop, last };
  struct message {
    word what = word::progress;
    work_done done;
  };
  struct sending {
    message content;
    MPI_Request request = MPI_REQUEST_NULL;
  };

  void listen();
  void send(int to, message const& content);
  void send_all(message const& content);
  void hear(message const& heard, int from);
  void say_goodbye();
  bool everything_sent();
  bool waiting_for_words() const;

  communicator ranks_;
  std::vector<work_done> reported_;  // rank 0: by rank
  work_done mine_;
  std::list<sending> sent_;  // messages stay where they are until they have gone
  message incoming_;
  MPI_Request listening_ = MPI_REQUEST_NULL;
  int last_words_ = 0;  // heard so far; rank 0 waits for one of each other rank, others for that of rank 0
  std::vector<std::uint8_t> heard_stop_;  // rank 0: by rank
  bool asked_ = false;                    // this rank has told the others to stop
  bool ended_ = false;                    // nobody listens any more
  bool stopping_ = false;
  bool open_ = false;
  timer since_report_;
  bool reported_before_ = false;
};

}  // namespace xrdct
