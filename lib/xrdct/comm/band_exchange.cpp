#include "xrdct/comm/band_exchange.hpp"

#include "xrdct/comm/patience.hpp"

#include <algorithm>

namespace xrdct {
namespace {

constexpr std::uint64_t band_bytes = 256'000'000;
constexpr std::uint64_t chunk_rows = 16;
constexpr int band_tag = 2;

frame_range overlap(frame_range a, frame_range b) {
  auto const first = std::max(a.first, b.first);
  auto const end = std::min(a.first + a.count, b.first + b.count);
  return {first, end > first ? end - first : 0};
}

/// Messages under way, all of them waited for at the end of the scope, whatever happens.
class pending {
 public:
  MPI_Request* another() { return &requests_.emplace_back(MPI_REQUEST_NULL); }
  void wait() {
    if (requests_.empty()) return;  // perhaps there is no MPI
    patience patient;
    for (int ended = 0; ended == 0;) {
      patient.wait();
      check_mpi(MPI_Testall(static_cast<int>(requests_.size()), requests_.data(), &ended, MPI_STATUSES_IGNORE),
                "gathering rows of the result");
    }
    requests_.clear();
  }
  ~pending() {
    if (!requests_.empty()) MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE);
  }

 private:
  std::vector<MPI_Request> requests_;
};

/// `count` blocks of `width` floats, `stride` floats from one to the next.
class blocks {
 public:
  blocks(std::uint64_t count, std::uint64_t width, std::uint64_t stride) {
    check_mpi(
        MPI_Type_vector(static_cast<int>(count), static_cast<int>(width), static_cast<int>(stride), MPI_FLOAT, &type_),
        "describing rows of the result");
    check_mpi(MPI_Type_commit(&type_), "describing rows of the result");
  }
  ~blocks() { MPI_Type_free(&type_); }
  blocks(blocks const&) = delete;
  blocks& operator=(blocks const&) = delete;
  MPI_Datatype id() const { return type_; }

 private:
  MPI_Datatype type_ = MPI_DATATYPE_NULL;
};

struct band_task {
  communicator const& ranks;
  slab_array const& shape;
  frame_range band;
  view<float const> mine;
  std::span<float> into;
  pending under_way;

  frame_range target(int rank) const { return band_share(band.first, band.count, rank, ranks.size()); }
  channel_slab const& slab(int rank) const { return shape.slabs[static_cast<std::size_t>(rank)]; }

  void receive_from(int rank) {
    auto const to = target(ranks.rank());
    auto const rows = overlap(to, shape.rows_of(rank));
    auto const width = slab(rank).count;
    if (rows.count == 0 || width == 0) return;
    blocks const type(rows.count * shape.columns, width, shape.channels);
    float* const at = into.data() + (rows.first - to.first) * shape.columns * shape.channels + slab(rank).first;
    check_mpi(MPI_Irecv(at, 1, type.id(), rank, band_tag, ranks.handle(), under_way.another()),
              "gathering rows of the result");
  }

  void send_to(int rank) {
    auto const from = shape.rows_of(ranks.rank());
    auto const rows = overlap(target(rank), from);
    auto const width = slab(ranks.rank()).count;
    if (rows.count == 0 || width == 0) return;
    blocks const type(rows.count * shape.columns, width, mine.stride);
    float const* const at = mine.row((rows.first - from.first) * shape.columns).data();
    check_mpi(MPI_Isend(at, 1, type.id(), rank, band_tag, ranks.handle(), under_way.another()),
              "gathering rows of the result");
  }

  void copy_own() {
    auto const to = target(ranks.rank());
    auto const from = shape.rows_of(ranks.rank());
    auto const rows = overlap(to, from);
    auto const& own = slab(ranks.rank());
    for (std::uint64_t i = 0; i < rows.count * shape.columns; ++i)
      std::copy_n(mine.row((rows.first - from.first) * shape.columns + i).data(), own.count,
                  into.data() + ((rows.first - to.first) * shape.columns + i) * shape.channels + own.first);
  }
};

}  // namespace

frame_range slab_array::rows_of(int rank) const {
  auto const& slab = slabs[static_cast<std::size_t>(rank)];
  return share_of(0, rows, slab.member, slab.members);
}

std::uint64_t rows_a_band(slab_array const& shape) {
  auto const row_bytes = std::max<std::uint64_t>(1, shape.columns * shape.channels * sizeof(float));
  auto const rows = std::max<std::uint64_t>(1, band_bytes / row_bytes);  // of one rank at most
  if (rows < chunk_rows) return rows;
  auto const all = chunk_rows * shape.slabs.size();
  return std::max(all, rows / all * all);
}

frame_range band_share(std::uint64_t first, std::uint64_t count, int rank, int ranks) {
  return share_of(first, count, rank, ranks, chunk_rows);
}

void gather_band(communicator const& ranks, slab_array const& shape, frame_range band, view<float const> mine,
                 std::span<float> into) {
  band_task task{ranks, shape, band, mine, into, {}};
  for (int step = 1; step < ranks.size(); ++step)
    task.receive_from((ranks.rank() + ranks.size() - step) % ranks.size());
  for (int step = 1; step < ranks.size(); ++step) task.send_to((ranks.rank() + step) % ranks.size());
  task.copy_own();
  task.under_way.wait();
}

}  // namespace xrdct
