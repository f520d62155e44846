#include "kernels/cuda/gather_link.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <exception>
#include <span>
#include <stdexcept>
#include <thread>
#include <utility>

namespace xrdct::cuda {
namespace {

constexpr int closed = gather_steps;  // of a board: whether a member has closed the leader's memory

/// How a leader shows its team what it has.
struct introduction {
  cudaIpcMemHandle_t memory;
  std::array<char, 64> board;
};

std::span<std::byte> bytes_of(auto& value) { return std::as_writable_bytes(std::span(&value, 1)); }

/// Collective. What one rank cannot do, none goes on without.
template <class Work>
void on_all(bootstrap& among, Work const& work) {
  std::exception_ptr failure;
  try {
    work();
  } catch (...) {
    failure = std::current_exception();
  }
  bool const all = among.all(!failure);
  if (failure) std::rethrow_exception(failure);
  if (!all) throw std::runtime_error("another rank cannot share its device's memory");
}

}  // namespace

bool plain_stream::is_over() const {
  auto const code = cudaStreamQuery(stream_);
  if (code == cudaErrorNotReady) {
    static_cast<void>(cudaGetLastError());
    return false;
  }
  check(code, "moving patterns");
  return true;
}

gather_link::gather_link(gather_plan const& plan, bootstrap& among)
    : team_(plan.team()),
      members_(static_cast<int>(plan.members(plan.team()).size())),
      taken_at_((plan.most_given() + 255) / 256 * 256) {
  auto const& members = plan.members(team_);
  member_ = static_cast<int>(std::ranges::find(members, plan.rank()) - members.begin());
  share_memory(plan, among);
  if (plan.teams() > 1) join_leaders(plan, among);
  if (plan.teams() > 1) description_ = "NCCL among " + std::to_string(plan.teams()) + " devices";
  if (plan.teams() < plan.ranks())
    description_ += std::string(description_.empty() ? "" : ", ") + "CUDA IPC among ranks that share a device";
}

void gather_link::share_memory(gather_plan const& plan, bootstrap& among) {
  introduction own{};
  on_all(among, [&] {
    if (!plan.leads()) return;
    memory_ = team_device_memory(std::max<std::uint64_t>(1, taken_at_ + plan.most_taken()));
    board_ = team_board(members_);
    if (members_ > 1) own.memory = memory_.handle();
    board_.name().copy(own.board.data(), own.board.size() - 1);
  });
  introduction of_leader{};
  for (int team = 0; team < plan.teams(); ++team) {
    auto shown = own;
    among.share(bytes_of(shown), plan.members(team).front());
    if (team == team_) of_leader = shown;
  }
  on_all(among, [&] {
    if (plan.leads()) return;
    board_ = team_board(of_leader.board.data(), members_);
    memory_ = team_device_memory(of_leader.memory);
  });
  board_.forget_name();
}

void gather_link::join_leaders(gather_plan const& plan, bootstrap& among) {
  ncclUniqueId id{};
  on_all(among, [&] {
    if (!plan.leads()) return;
    auto const& library = nccl();
    if (team_ == 0) library.check(library.get_id(&id), "naming a group");
  });
  among.share(bytes_of(id), plan.members(0).front());
  on_all(among, [&] {
    if (plan.leads()) leaders_ = nccl_group(id, plan.teams(), team_);
  });
}

gather_link::~gather_link() {
  if (memory_.data() == nullptr) return;  // moved from, or never whole
  if (member_ != 0) {
    memory_ = {};
    board_.at(member_, closed) = 1;
    return;
  }
  // Memory that others have opened is not to go before they closed it; who died will not.
  auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  for (int member = 1; member < members_; ++member)
    while (board_.at(member, closed) == 0 && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void gather_link::put(host_rows const& from, std::uint64_t to) {
  check(cudaMemcpy2DAsync(memory_.data() + to, from.length, from.data, from.stride, from.length, from.rows,
                          cudaMemcpyHostToDevice, copies_.get()),
        "copying patterns to the device");
}

void gather_link::get(bool given, std::uint64_t from, host_rows const& to) {
  auto const* const source = memory_.data() + from + (given ? 0 : taken_at_);
  check(cudaMemcpy2DAsync(to.data, to.stride, source, to.length, to.length, to.rows, cudaMemcpyDeviceToHost,
                          copies_.get()),
        "copying patterns from the device");
}

void gather_link::exchange(std::vector<gather_plan::section> const& gives,
                           std::vector<gather_plan::section> const& takes) {
  if (leaders_.get() == nullptr) return;  // there is one device
  auto const& library = nccl();
  library.check(library.group_start(), "exchanging patterns");
  for (auto const& part : gives)
    if (part.team != team_ && part.bytes > 0)
      library.check(
          library.send(memory_.data() + part.offset, part.bytes, ncclChar, part.team, leaders_.get(), messages_.get()),
          "sending patterns");
  for (auto const& part : takes)
    if (part.team != team_ && part.bytes > 0)
      library.check(library.receive(memory_.data() + taken_at_ + part.offset, part.bytes, ncclChar, part.team,
                                    leaders_.get(), messages_.get()),
                    "receiving patterns");
  library.check(library.group_end(), "exchanging patterns");
}

bool gather_link::exchanged() const {
  if (leaders_.get() == nullptr) return true;
  leaders_.check();
  return messages_.is_over();
}

std::unique_ptr<transport> make_transport(int number, gather_shape const& shape, bootstrap& among) {
  check(cudaSetDevice(number), "choosing a device");
  gather_plan const plan(shape, among.rank());
  return std::make_unique<team_gather<gather_link>>(plan, gather_link(plan, among));
}

}  // namespace xrdct::cuda
