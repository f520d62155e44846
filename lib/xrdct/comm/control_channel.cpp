#include "xrdct/comm/control_channel.hpp"

#include "xrdct/base/stop_request.hpp"
#include "xrdct/comm/patience.hpp"

namespace xrdct {
namespace {

constexpr double report_interval = 0.2;  // seconds
constexpr int control_tag = 1;
constexpr int goodbye_tag = 2;

}  // namespace

control_channel::control_channel(communicator const& ranks)
    : ranks_(ranks),
      reported_(static_cast<std::size_t>(ranks.root() ? ranks.size() : 1)),
      heard_stop_(reported_.size()) {}

control_channel::~control_channel() {
  if (!open_) return;
  try {
    finish();
  } catch (...) {  // MPI itself failed: nothing is left to be done
  }
}

void control_channel::open() {
  open_ = true;
  if (waiting_for_words()) listen();
}

bool control_channel::waiting_for_words() const { return last_words_ < (ranks_.root() ? ranks_.size() - 1 : 1); }

void control_channel::listen() {
  check_mpi(MPI_Irecv(&incoming_, sizeof incoming_, MPI_BYTE, ranks_.root() ? MPI_ANY_SOURCE : 0, control_tag,
                      ranks_.handle(), &listening_),
            "listening to other ranks");
}

void control_channel::send(int to, message const& content) {
  sending& kept = sent_.emplace_back(sending{content});
  check_mpi(MPI_Isend(&kept.content, sizeof kept.content, MPI_BYTE, to, control_tag, ranks_.handle(), &kept.request),
            "telling another rank");
}

void control_channel::send_all(message const& content) {
  for (int rank = 1; rank < ranks_.size(); ++rank) send(rank, content);
}

bool control_channel::everything_sent() {
  sent_.remove_if([](sending& one) {
    int gone = 0;
    check_mpi(MPI_Test(&one.request, &gone, MPI_STATUS_IGNORE), "telling another rank");
    return gone != 0;
  });
  return sent_.empty();
}

void control_channel::report(work_done mine) {
  mine_ = mine;
  if (ranks_.root()) {
    reported_[0] = mine;
    return;
  }
  if (reported_before_ && since_report_.seconds() < report_interval) return;
  if (!everything_sent()) return;  // rank 0 is slow to listen: do not pile up
  reported_before_ = true;
  since_report_.restart();
  send(0, {word::progress, mine_});
}

void control_channel::stop() {
  if (stopping_) return;
  stopping_ = true;
  if (ended_) return;
  asked_ = true;
  if (ranks_.root())
    send_all({word::stop, {}});
  else
    send(0, {word::stop, mine_});
}

void control_channel::poll() {
  if (stop_requested()) stop();
  everything_sent();
  while (listening_ != MPI_REQUEST_NULL) {
    int arrived = 0;
    MPI_Status status;
    check_mpi(MPI_Test(&listening_, &arrived, &status), "listening to other ranks");
    if (arrived == 0) return;
    hear(incoming_, status.MPI_SOURCE);
    if (waiting_for_words()) listen();
  }
}

void control_channel::hear(message const& heard, int from) {
  if (ranks_.root() && heard.what != word::stop) reported_[static_cast<std::size_t>(from)] = heard.done;
  if (ranks_.root() && heard.what == word::stop) heard_stop_[static_cast<std::size_t>(from)] = 1;
  if (heard.what == word::last) ++last_words_;
  if (heard.what != word::stop || stopping_) return;
  stopping_ = true;
  if (ranks_.root() && !ended_) send_all({word::stop, {}});
}

work_done control_channel::total() const {
  if (!ranks_.root()) return mine_;
  work_done sum;
  for (auto const& one : reported_) {
    sum.frames += one.frames;
    sum.bytes += one.bytes;
  }
  return sum;
}

void control_channel::finish() {
  if (!open_) return;
  open_ = false;
  if (!ranks_.root()) send(0, {word::last, mine_});
  patience patient;
  while (waiting_for_words()) {
    poll();
    patient.wait();
  }
  ended_ = true;
  if (ranks_.root()) send_all({word::last, {}});
  say_goodbye();
  while (!everything_sent()) patient.wait();
}

/// Between its last word and that of rank 0 a rank may still have asked for a stop: rank 0 takes it from the way, but
/// nothing that is of a later conversation.
void control_channel::say_goodbye() {
  if (!ranks_.root()) {
    std::uint8_t const asked = asked_ ? 1 : 0;
    check_mpi(MPI_Send(&asked, 1, MPI_BYTE, 0, goodbye_tag, ranks_.handle()), "telling another rank");
    return;
  }
  for (int rank = 1; rank < ranks_.size(); ++rank) {
    std::uint8_t asked = 0;
    check_mpi(MPI_Recv(&asked, 1, MPI_BYTE, rank, goodbye_tag, ranks_.handle(), MPI_STATUS_IGNORE),
              "listening to other ranks");
    if (asked == 0 || heard_stop_[static_cast<std::size_t>(rank)] != 0) continue;
    message late;
    check_mpi(MPI_Recv(&late, sizeof late, MPI_BYTE, rank, control_tag, ranks_.handle(), MPI_STATUS_IGNORE),
              "listening to other ranks");
  }
}

}  // namespace xrdct
