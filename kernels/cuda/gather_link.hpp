#pragma once
/// \file How patterns are moved between the ranks of a GPU, by CUDA IPC, and between GPUs, by NCCL.

#include "kernels/common/gather_plan.hpp"
#include "kernels/common/team_gather.hpp"
#include "kernels/cuda/nccl.hpp"
#include "kernels/cuda/team_memory.hpp"

#include <memory>
#include <string>
#include <vector>

namespace xrdct::cuda {

/// A stream for copies and messages.
class plain_stream {
 public:
  plain_stream() { check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "making a stream"); }
  plain_stream(plain_stream&& other) noexcept : stream_(std::exchange(other.stream_, nullptr)) {}
  plain_stream& operator=(plain_stream&& other) noexcept {
    std::swap(stream_, other.stream_);
    return *this;
  }
  ~plain_stream() {
    if (stream_ != nullptr) static_cast<void>(cudaStreamDestroy(stream_));
  }
  cudaStream_t get() const { return stream_; }
  bool is_over() const;

 private:
  cudaStream_t stream_ = nullptr;
};

/// A link of team_gather. The team's memory is the leader's: what is given, and behind it what is taken.
class gather_link {
 public:
  /// Collective over all ranks. All throw where one of them cannot.
  gather_link(gather_plan const& plan, bootstrap& among);
  gather_link(gather_link&&) = default;
  gather_link& operator=(gather_link&&) = delete;
  ~gather_link();

  std::string description() const { return description_; }
  void put(host_rows const& from, std::uint64_t to);
  void get(bool given, std::uint64_t from, host_rows const& to);
  bool copied() const { return copies_.is_over(); }
  void exchange(std::vector<gather_plan::section> const& gives, std::vector<gather_plan::section> const& takes);
  bool exchanged() const;
  void tell(gather_step step, std::uint64_t count) { board_.at(member_, static_cast<int>(step)) = count; }
  std::uint64_t heard(int member, gather_step step) const { return board_.at(member, static_cast<int>(step)); }

 private:
  void share_memory(gather_plan const& plan, bootstrap& among);
  void join_leaders(gather_plan const& plan, bootstrap& among);

  std::string description_;
  int team_, member_ = 0, members_;
  std::uint64_t taken_at_;
  team_board board_;
  team_device_memory memory_;
  plain_stream copies_, messages_;
  nccl_group leaders_;
};

/// Collective over all ranks.
std::unique_ptr<transport> make_transport(int number, gather_shape const& shape, bootstrap& among);

}  // namespace xrdct::cuda
