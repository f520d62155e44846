#include "xrdct/comm/block_exchange.hpp"

#include "xrdct/comm/pattern_exchange.hpp"

#include <utility>

namespace xrdct {

block_exchange::block_exchange(communicator const& ranks, block_plan plan)
    : ranks_(ranks),
      plan_(std::move(plan)),
      mine_(mapped_memory::sparse(plan_.frame_count() * pattern_quantities * plan_.channels * sizeof(float))),
      received_(plan_.frame_count() * pattern_quantities * plan_.slabs[static_cast<std::size_t>(ranks.rank())].count) {}

block_exchange::~block_exchange() {
  // Only where MPI failed, or what was opened was not ended: nobody else can be waited for.
  for (auto& request : requests_) {
    if (request == MPI_REQUEST_NULL) continue;
    MPI_Cancel(&request);
    MPI_Request_free(&request);
  }
}

std::span<float> block_exchange::mine() {
  return {reinterpret_cast<float*>(mine_.bytes().data()), mine_.bytes().size() / sizeof(float)};
}

void block_exchange::open() {
  auto const row = pattern_quantities * plan_.slabs[static_cast<std::size_t>(ranks_.rank())].count;
  for (std::size_t block = 0; block < plan_.blocks.size(); ++block) {
    auto const& frames = plan_.blocks[block];
    check_mpi(
        MPI_Irecv(received_.data() + frames.first * row, static_cast<int>(frames.count * row), MPI_FLOAT,
                  MPI_ANY_SOURCE, static_cast<int>(block), ranks_.handle(), &requests_.emplace_back(MPI_REQUEST_NULL)),
        "receiving a part of the sinogram");
  }
}

void block_exchange::send(std::size_t block, bool empty) {
  auto const& frames = plan_.blocks[block];
  auto const rows = static_cast<int>(frames.count * pattern_quantities);
  float const* const first = mine().data() + frames.first * pattern_quantities * plan_.channels;
  // Everyone begins with the rank after it, so that not all send to the same one.
  for (int step = 1; step <= ranks_.size(); ++step) {
    int const to = (ranks_.rank() + step) % ranks_.size();
    auto const& slab = plan_.slabs[static_cast<std::size_t>(to)];
    MPI_Datatype type = MPI_DATATYPE_NULL;
    check_mpi(MPI_Type_vector(rows, static_cast<int>(slab.count), static_cast<int>(plan_.channels), MPI_FLOAT, &type),
              "describing rows of a pattern");
    int code = MPI_Type_commit(&type);
    if (code == MPI_SUCCESS)
      code = MPI_Isend(first + slab.first, empty ? 0 : 1, type, to, static_cast<int>(block), ranks_.handle(),
                       &requests_.emplace_back(MPI_REQUEST_NULL));
    MPI_Type_free(&type);
    check_mpi(code, "sending a part of the sinogram");
  }
}

bool block_exchange::poll() {
  if (requests_.empty()) return true;
  indices_.resize(requests_.size());
  int ended = 0;
  check_mpi(
      MPI_Testsome(static_cast<int>(requests_.size()), requests_.data(), &ended, indices_.data(), MPI_STATUSES_IGNORE),
      "exchanging the sinogram");
  if (ended != 0) std::erase(requests_, MPI_REQUEST_NULL);
  return requests_.empty();
}

std::vector<float> block_exchange::take_received() {
  mine_ = mapped_memory();
  return std::move(received_);
}

}  // namespace xrdct
