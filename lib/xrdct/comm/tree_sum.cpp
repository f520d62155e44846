#include "xrdct/comm/tree_sum.hpp"

#include "xrdct/comm/patience.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace xrdct {
namespace {

constexpr std::size_t most_at_once = std::size_t{1} << 24;  // values a message: MPI counts in int
constexpr int tag = 71;
constexpr char const* what = "adding up back-projections";

/// Sends some values to a partner and receives others from it.
template <class T>
void exchange(communicator const& ranks, int partner, std::span<T const> out, std::span<T> in) {
  auto const most = std::max(out.size(), in.size());
  for (std::size_t at = 0; at < most; at += most_at_once) {
    auto const piece = [at](auto values) {
      auto const first = std::min(at, values.size());
      return values.subspan(first, std::min(most_at_once, values.size() - first));
    };
    auto const sent = std::as_bytes(piece(out));
    auto const received = std::as_writable_bytes(piece(in));
    std::array<MPI_Request, 2> requests{MPI_REQUEST_NULL, MPI_REQUEST_NULL};
    check_mpi(MPI_Irecv(received.data(), static_cast<int>(received.size()), MPI_BYTE, partner, tag, ranks.handle(),
                        requests.data()),
              what);
    check_mpi(
        MPI_Isend(sent.data(), static_cast<int>(sent.size()), MPI_BYTE, partner, tag, ranks.handle(), &requests[1]),
        what);
    patience patient;
    for (int ended = 0;;) {
      check_mpi(MPI_Testall(2, requests.data(), &ended, MPI_STATUSES_IGNORE), what);
      if (ended != 0) break;
      patient.wait();
    }
  }
}

/// A piece of the values, [begin, end).
struct piece {
  std::size_t begin;
  std::size_t end;
};

template <class T>
void sum_in_tree(communicator const& ranks, int workers, std::span<T> values) {
  int const rank = ranks.rank();
  if (workers == 1 || rank >= workers) return;
  auto const part = [&](piece of) { return values.subspan(of.begin, of.end - of.begin); };
  std::vector<piece> held{{0, values.size()}};  // after each exchange
  std::vector<T> other;
  for (int distance = 1; distance < workers; distance *= 2) {
    auto const [begin, end] = held.back();
    auto const middle = begin + (end - begin) / 2;
    bool const lower = (rank & distance) == 0;
    piece const mine = lower ? piece{begin, middle} : piece{middle, end};
    piece const theirs = lower ? piece{middle, end} : piece{begin, middle};
    other.resize(mine.end - mine.begin);
    exchange<T>(ranks, rank ^ distance, part(theirs), other);
    auto const own = part(mine);
    for (std::size_t i = 0; i < own.size(); ++i) own[i] += other[i];  // a+b has the bits of b+a
    held.push_back(mine);
  }
  for (int distance = workers / 2; distance > 0; distance /= 2) {
    auto const mine = held.back();
    held.pop_back();
    auto const [begin, end] = held.back();
    piece const theirs = mine.begin == begin ? piece{mine.end, end} : piece{begin, mine.begin};
    exchange<T>(ranks, rank ^ distance, part(mine), part(theirs));
  }
}

}  // namespace

void tree_sum(communicator const& ranks, int workers, std::span<float> values) { sum_in_tree(ranks, workers, values); }
void tree_sum(communicator const& ranks, int workers, std::span<double> values) { sum_in_tree(ranks, workers, values); }

}  // namespace xrdct
