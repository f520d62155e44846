#include "xrdct/comm/communicator.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/comm/patience.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace xrdct {
namespace {

// MPI counts with int, and some transports fail near 2³¹ bytes: long messages go in pieces.
constexpr std::size_t piece_bytes = std::size_t{1} << 28;
constexpr int gather_tag = 1;

template <class Transfer>
void in_pieces(std::byte* data, std::size_t size, Transfer&& transfer) {
  for (std::size_t at = 0; at < size; at += piece_bytes)
    transfer(data + at, static_cast<int>(std::min(piece_bytes, size - at)));
}

/// Waits for what `start` began. MPI's own blocking calls spin, and slow down the ranks that others wait for.
template <class Start>
void complete(char const* what, Start&& start) {
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(start(&request), what);
  patience patient;
  for (int ended = 0;;) {
    check_mpi(MPI_Test(&request, &ended, MPI_STATUS_IGNORE), what);
    if (ended != 0) return;
    patient.wait();
  }
}

template <class T>
void reduce_in_place(MPI_Comm handle, std::span<T> values, MPI_Datatype type, MPI_Op operation) {
  constexpr std::size_t most = piece_bytes / sizeof(T);
  for (std::size_t at = 0; at < values.size(); at += most)
    complete("adding up over ranks", [&](MPI_Request* request) {
      auto const count = static_cast<int>(std::min(most, values.size() - at));
      return MPI_Iallreduce(MPI_IN_PLACE, values.data() + at, count, type, operation, handle, request);
    });
}

}  // namespace

void check_mpi(int code, char const* what) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw runtime_failure("MPI failed while " + std::string(what) + ": " + std::string(text.data()));
}

communicator communicator::borrowed(MPI_Comm handle) {
  communicator made;
  check_mpi(MPI_Comm_set_errhandler(handle, MPI_ERRORS_RETURN), "setting an error handler");
  made.shared_ = std::make_shared<MPI_Comm>(handle);
  check_mpi(MPI_Comm_rank(handle, &made.rank_), "asking for the rank");
  check_mpi(MPI_Comm_size(handle, &made.size_), "asking for the number of ranks");
  return made;
}

communicator communicator::owned(MPI_Comm handle) {
  communicator made = borrowed(handle);
  made.shared_ = std::shared_ptr<MPI_Comm>(new MPI_Comm(handle), [](MPI_Comm* kept) {
    MPI_Comm_free(kept);
    delete kept;
  });
  return made;
}

void communicator::barrier() const {
  if (size_ == 1) return;
  complete("waiting for all ranks", [&](MPI_Request* request) { return MPI_Ibarrier(*shared_, request); });
}

// Lengths are waited for gently: the wait is for another rank's work. What follows then flows at once, and blocking
// calls are the fastest.

void communicator::broadcast(std::vector<std::byte>& bytes, int from) const {
  if (size_ == 1) return;
  std::uint64_t size = bytes.size();
  complete("broadcasting a length",
           [&](MPI_Request* request) { return MPI_Ibcast(&size, 1, MPI_UINT64_T, from, *shared_, request); });
  bytes.resize(static_cast<std::size_t>(size));
  broadcast_in_place(bytes.data(), bytes.size(), from);
}

void communicator::broadcast_in_place(std::byte* bytes, std::size_t size, int from) const {
  in_pieces(bytes, size, [&](std::byte* data, int count) {
    check_mpi(MPI_Bcast(data, count, MPI_BYTE, from, *shared_), "broadcasting");
  });
}

std::vector<std::vector<std::byte>> communicator::gather(std::vector<std::byte> const& bytes) const {
  if (size_ == 1) return {bytes};
  std::uint64_t mine = bytes.size();
  std::vector<std::uint64_t> sizes(root() ? static_cast<std::size_t>(size_) : 0);
  complete("gathering lengths", [&](MPI_Request* request) {
    return MPI_Igather(&mine, 1, MPI_UINT64_T, sizes.data(), 1, MPI_UINT64_T, 0, *shared_, request);
  });
  if (!root()) {
    in_pieces(const_cast<std::byte*>(bytes.data()), bytes.size(), [&](std::byte* data, int count) {
      check_mpi(MPI_Send(data, count, MPI_BYTE, 0, gather_tag, *shared_), "gathering");
    });
    return {};
  }
  std::vector<std::vector<std::byte>> all(sizes.size());
  all[0] = bytes;
  for (std::size_t rank = 1; rank < sizes.size(); ++rank) {
    all[rank].resize(static_cast<std::size_t>(sizes[rank]));
    in_pieces(all[rank].data(), all[rank].size(), [&](std::byte* data, int count) {
      check_mpi(MPI_Recv(data, count, MPI_BYTE, static_cast<int>(rank), gather_tag, *shared_, MPI_STATUS_IGNORE),
                "gathering");
    });
  }
  return all;
}

void communicator::sum(std::span<std::uint64_t> values) const {
  if (size_ > 1) reduce_in_place(*shared_, values, MPI_UINT64_T, MPI_SUM);
}

void communicator::maximum(std::span<double> values) const {
  if (size_ > 1) reduce_in_place(*shared_, values, MPI_DOUBLE, MPI_MAX);
}

std::int64_t communicator::minimum(std::int64_t value) const {
  if (size_ > 1) reduce_in_place(*shared_, std::span(&value, 1), MPI_INT64_T, MPI_MIN);
  return value;
}

std::int64_t communicator::maximum(std::int64_t value) const {
  if (size_ > 1) reduce_in_place(*shared_, std::span(&value, 1), MPI_INT64_T, MPI_MAX);
  return value;
}

communicator communicator::split(int colour) const {
  if (!shared_) return {};
  MPI_Comm handle = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split(*shared_, colour, rank_, &handle), "splitting the ranks");
  return owned(handle);
}

communicator communicator::duplicate() const {
  if (!shared_) return {};
  MPI_Comm handle = MPI_COMM_NULL;
  check_mpi(MPI_Comm_dup(*shared_, &handle), "duplicating a communicator");
  return owned(handle);
}

communicator communicator::node() const {
  if (!shared_) return {};
  MPI_Comm handle = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split_type(*shared_, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &handle),
            "splitting the ranks by node");
  return owned(handle);
}

}  // namespace xrdct
