#include "xrdct/comm/pattern_exchange.hpp"

#include "xrdct/comm/patience.hpp"

#include <algorithm>
#include <utility>

namespace xrdct {
namespace {

constexpr int most_rounds = 8;
constexpr std::uint64_t batches_a_round = 4;                   // fewer rounds where there is little to send
constexpr std::uint64_t piece_bytes = std::uint64_t{1} << 28;  // a message's length, which MPI counts with int

/// An MPI datatype for the length of a scope.
class row_type {
 public:
  /// `rows` rows of `length` floats, `stride` floats apart.
  row_type(std::uint64_t rows, std::uint64_t length, std::uint64_t stride) {
    check_mpi(
        MPI_Type_vector(static_cast<int>(rows), static_cast<int>(length), static_cast<int>(stride), MPI_FLOAT, &type_),
        "describing rows of a pattern");
    check_mpi(MPI_Type_commit(&type_), "describing rows of a pattern");
  }
  ~row_type() { MPI_Type_free(&type_); }
  row_type(row_type const&) = delete;
  row_type& operator=(row_type const&) = delete;
  MPI_Datatype get() const { return type_; }

 private:
  MPI_Datatype type_ = MPI_DATATYPE_NULL;
};

std::uint64_t frames_a_piece(std::uint64_t channels) {
  return std::max<std::uint64_t>(
      1, piece_bytes / (pattern_quantities * sizeof(float) * std::max<std::uint64_t>(1, channels)));
}

}  // namespace

frame_range exchange_plan::round_of(int rank, int round) const {
  auto const& all = frames[static_cast<std::size_t>(rank)];
  return share_of(all.first, all.count, round, rounds, batch);
}

std::uint64_t exchange_plan::frame_count() const {
  return frames.empty() ? 0 : frames.back().first + frames.back().count;
}

exchange_plan plan_exchange(std::vector<frame_range> frames, std::uint64_t channels, std::uint64_t batch) {
  exchange_plan plan;
  std::uint64_t most = 0;
  for (auto const& range : frames) most = std::max(most, range.count);
  plan.slabs = channel_layout(channels, static_cast<int>(frames.size()));
  plan.frames = std::move(frames);
  plan.channels = channels;
  plan.batch = std::max<std::uint64_t>(1, batch);
  plan.rounds = static_cast<int>(std::clamp<std::uint64_t>(most / (batches_a_round * plan.batch), 1, most_rounds));
  return plan;
}

gather_shape shape_of(exchange_plan const& plan, std::vector<int> teams) {
  gather_shape shape;
  for (auto const& slab : plan.slabs) shape.lengths.push_back(slab.count * sizeof(float));
  for (int round = 0; round < plan.rounds; ++round) {
    auto& rows = shape.rows.emplace_back();
    for (std::size_t rank = 0; rank < plan.slabs.size(); ++rank)
      rows.push_back(plan.round_of(static_cast<int>(rank), round).count * pattern_quantities);
  }
  shape.teams = std::move(teams);
  return shape;
}

pattern_exchange::pattern_exchange(communicator const& ranks, exchange_plan plan, std::unique_ptr<transport> by)
    : ranks_(ranks), plan_(std::move(plan)), by_(std::move(by)) {
  auto const me = static_cast<std::size_t>(ranks_.rank());
  mine_.resize(plan_.frames[me].count * pattern_quantities * plan_.channels);
  if (ranks_.size() == 1 || plan_.rounds == 0) return;
  received_.resize(plan_.frame_count() * pattern_quantities * plan_.slabs[me].count);
  if (by_) return;
  std::uint64_t messages = 0;
  for (int rank = 0; rank < ranks_.size(); ++rank)
    for (int round = 0; round < plan_.rounds; ++round) {
      messages += pieces_of(plan_.round_of(rank, round).count, plan_.slabs[me].count);
      messages +=
          pieces_of(plan_.round_of(ranks_.rank(), round).count, plan_.slabs[static_cast<std::size_t>(rank)].count);
    }
  requests_.reserve(messages);
  indices_.resize(messages);
}

pattern_exchange::~pattern_exchange() {
  if (!open_ || complete_) return;
  try {
    abandon();
    for (patience patient; !poll();) patient.wait();
  } catch (...) {  // MPI itself failed: nothing is left to be done
  }
}

std::uint64_t pattern_exchange::pieces_of(std::uint64_t frames, std::uint64_t channels) const {
  if (channels == 0) return 0;
  auto const each = frames_a_piece(channels);
  return (frames + each - 1) / each;
}

void pattern_exchange::open() {
  open_ = true;
  if (by_) return;
  for (int rank = 0; rank < ranks_.size(); ++rank)
    if (rank != ranks_.rank()) receive_from(rank);
}

void pattern_exchange::receive_from(int rank) {
  auto const channels = plan_.slabs[static_cast<std::size_t>(ranks_.rank())].count;
  auto const row = pattern_quantities * channels;
  for (int round = 0; round < plan_.rounds; ++round) {
    auto const range = plan_.round_of(rank, round);
    auto const each = frames_a_piece(channels);
    for (std::uint64_t at = 0; at < range.count && channels > 0; at += each) {
      auto const frames = std::min(each, range.count - at);
      check_mpi(MPI_Irecv(received_.data() + (range.first + at) * row, static_cast<int>(frames * row), MPI_FLOAT, rank,
                          round, ranks_.handle(), &requests_.emplace_back(MPI_REQUEST_NULL)),
                "receiving a part of the sinogram");
    }
  }
}

void pattern_exchange::send_to(int rank, int round, bool empty) {
  auto const& slab = plan_.slabs[static_cast<std::size_t>(rank)];
  auto const range = plan_.round_of(ranks_.rank(), round);
  auto const first = range.first - plan_.frames[static_cast<std::size_t>(ranks_.rank())].first;
  auto const each = frames_a_piece(slab.count);
  for (std::uint64_t at = 0; at < range.count && slab.count > 0; at += each) {
    auto const rows = std::min(each, range.count - at) * pattern_quantities;
    row_type const type(rows, slab.count, plan_.channels);
    float const* const data = mine_.data() + (first + at) * pattern_quantities * plan_.channels + slab.first;
    check_mpi(MPI_Isend(data, empty ? 0 : 1, type.get(), rank, round, ranks_.handle(),
                        &requests_.emplace_back(MPI_REQUEST_NULL)),
              "sending a part of the sinogram");
  }
}

void pattern_exchange::filled(std::uint64_t frames) {
  auto const first = plan_.frames[static_cast<std::size_t>(ranks_.rank())].first;
  for (; next_round_ < plan_.rounds; ++next_round_) {
    auto const range = plan_.round_of(ranks_.rank(), next_round_);
    if (range.first + range.count > first + frames) return;
    send_round(next_round_, false);
  }
}

void pattern_exchange::abandon() {
  for (; next_round_ < plan_.rounds; ++next_round_) send_round(next_round_, true);
}

void pattern_exchange::send_round(int round, bool empty) {
  if (ranks_.size() > 1 && by_) return start_transport(round);
  // Everyone begins with the rank after it, so that not all send to the same one.
  for (int step = 1; step < ranks_.size(); ++step) send_to((ranks_.rank() + step) % ranks_.size(), round, empty);
}

void pattern_exchange::start_transport(int round) {
  auto const me = static_cast<std::size_t>(ranks_.rank());
  auto const rows_at = [](std::vector<float>& memory, std::uint64_t first_value, std::uint64_t rows,
                          std::uint64_t length, std::uint64_t stride) {
    auto* const data = rows * length > 0 ? reinterpret_cast<std::byte*>(memory.data() + first_value) : nullptr;
    return host_rows{data, rows, length * sizeof(float), stride * sizeof(float)};
  };
  auto const own = plan_.round_of(ranks_.rank(), round);
  auto const first = (own.first - plan_.frames[me].first) * pattern_quantities * plan_.channels;
  auto const width = plan_.slabs[me].count;
  std::vector<host_rows> give, take;
  for (int rank = 0; rank < ranks_.size(); ++rank) {
    auto const& slab = plan_.slabs[static_cast<std::size_t>(rank)];
    auto const theirs = plan_.round_of(rank, round);
    give.push_back(rows_at(mine_, first + slab.first, own.count * pattern_quantities, slab.count, plan_.channels));
    take.push_back(
        rows_at(received_, theirs.first * pattern_quantities * width, theirs.count * pattern_quantities, width, width));
  }
  by_->start(std::move(give), std::move(take));
}

bool pattern_exchange::poll() {
  if (!requests_.empty()) {
    int ended = 0;
    check_mpi(MPI_Testsome(static_cast<int>(requests_.size()), requests_.data(), &ended, indices_.data(),
                           MPI_STATUSES_IGNORE),
              "exchanging the sinogram");
    if (ended != 0) std::erase(requests_, MPI_REQUEST_NULL);
  }
  bool const travelled = !by_ || by_->poll();
  complete_ = open_ && travelled && requests_.empty() && next_round_ == plan_.rounds;
  return complete_;
}

std::vector<float> pattern_exchange::take_received() {
  by_.reset();  // on all ranks at about the same time
  if (ranks_.size() == 1) return std::move(mine_);
  auto const& own = plan_.frames[static_cast<std::size_t>(ranks_.rank())];
  auto const& slab = plan_.slabs[static_cast<std::size_t>(ranks_.rank())];
  for (std::uint64_t row = 0; row < own.count * pattern_quantities; ++row)
    std::copy_n(mine_.data() + row * plan_.channels + slab.first, slab.count,
                received_.data() + (own.first * pattern_quantities + row) * slab.count);
  mine_ = std::vector<float>();  // which gives its memory back, as {} does not
  return std::move(received_);
}

}  // namespace xrdct
