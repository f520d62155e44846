#include "xrdct/comm/work_queue.hpp"

namespace xrdct {
namespace {

constexpr int question_tag = 1;
constexpr int answer_tag = 2;
constexpr long long no_more = -1;

}  // namespace

work_queue::work_queue(communicator const& ranks, std::size_t pieces) : ranks_(ranks), pieces_(pieces) {}

work_queue::~work_queue() {
  // Only where MPI failed: nobody else can be waited for.
  if (listening_ == MPI_REQUEST_NULL) return;
  MPI_Cancel(&listening_);
  MPI_Request_free(&listening_);
}

void work_queue::open() {
  opened_ = true;
  if (!ranks_.root()) ask();
}

void work_queue::ask() {
  check_mpi(MPI_Irecv(&incoming_, 1, MPI_LONG_LONG, 0, answer_tag, ranks_.handle(), &listening_),
            "waiting for more work");
  auto& kept = sent_.emplace_back();
  check_mpi(MPI_Isend(&question_, 1, MPI_CHAR, 0, question_tag, ranks_.handle(), &kept.request), "asking for work");
}

std::optional<std::size_t> work_queue::next_piece() {
  if (next_ >= pieces_) return {};
  return next_++;
}

std::optional<std::size_t> work_queue::take() {
  poll();
  if (ranks_.root()) {
    auto const piece = next_piece();
    if (!piece) ended_ = true;
    return piece;
  }
  if (!given_) return {};
  auto const piece = given_;
  given_.reset();
  ask();
  return piece;
}

std::vector<std::size_t> work_queue::withdraw() {
  std::vector<std::size_t> left;
  while (auto const piece = next_piece()) left.push_back(*piece);
  ended_ = true;
  return left;
}

/// Everyone who has asked gets an answer.
void work_queue::answer() {
  for (;;) {
    int asked = 0;
    MPI_Status status;
    check_mpi(MPI_Iprobe(MPI_ANY_SOURCE, question_tag, ranks_.handle(), &asked, &status), "handing out work");
    if (asked == 0) return;
    char question = 0;
    check_mpi(MPI_Recv(&question, 1, MPI_CHAR, status.MPI_SOURCE, question_tag, ranks_.handle(), MPI_STATUS_IGNORE),
              "handing out work");
    auto const piece = next_piece();
    if (!piece) ++told_;
    auto& kept = sent_.emplace_back();
    kept.content = piece ? static_cast<long long>(*piece) : no_more;
    check_mpi(MPI_Isend(&kept.content, 1, MPI_LONG_LONG, status.MPI_SOURCE, answer_tag, ranks_.handle(), &kept.request),
              "handing out work");
  }
}

bool work_queue::poll() {
  if (!opened_) return true;
  if (ranks_.root()) answer();
  if (listening_ != MPI_REQUEST_NULL) {
    int arrived = 0;
    check_mpi(MPI_Test(&listening_, &arrived, MPI_STATUS_IGNORE), "waiting for more work");
    if (arrived != 0 && incoming_ == no_more) ended_ = true;
    if (arrived != 0 && incoming_ != no_more) given_ = static_cast<std::size_t>(incoming_);
  }
  sent_.remove_if([](sending& one) {
    int gone = 0;
    check_mpi(MPI_Test(&one.request, &gone, MPI_STATUS_IGNORE), "handing out work");
    return gone != 0;
  });
  bool const all_know = ranks_.root() ? told_ == ranks_.size() - 1 : true;
  return ended_ && all_know && sent_.empty();
}

}  // namespace xrdct
