#pragma once
/// \file Memory of a GPU that all ranks of a team reach, and the numbers that they tell each other beside it.

#include "kernels/common/gather_plan.hpp"
#include "kernels/common/team_gather.hpp"
#include "kernels/cuda/cuda_memory.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace xrdct::cuda {

/// What every member of a team tells the others, in memory of the node.
class team_board {
 public:
  team_board() = default;
  /// Makes one, of a name that nobody else has; or opens that of another. Throws std::runtime_error.
  explicit team_board(int members);
  team_board(std::string const& name, int members);
  team_board(team_board&& other) noexcept;
  team_board& operator=(team_board&& other) noexcept;
  ~team_board();

  std::string const& name() const { return name_; }
  /// When all have opened it: the name goes, and with it what a process that dies would leave behind.
  void forget_name();
  std::atomic<std::uint64_t>& at(int member, int what) const;

 private:
  static constexpr std::size_t line = 64;  // of the cache: members do not write into each other's
  struct numbers {
    alignas(line) std::array<std::atomic<std::uint64_t>, 4> of;
  };
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
  void map(int file, int members);

  std::string name_;  // while it is to be removed
  numbers* all_ = nullptr;
  std::size_t bytes_ = 0;
};

/// The leader's memory, which is cudaMalloc's, or the same as another process sees it.
class team_device_memory {
 public:
  team_device_memory() = default;
  explicit team_device_memory(std::size_t bytes) : own_(bytes), data_(own_.data()) {}
  explicit team_device_memory(cudaIpcMemHandle_t const& of_leader);
  team_device_memory(team_device_memory&& other) noexcept;
  team_device_memory& operator=(team_device_memory&& other) noexcept;
  ~team_device_memory();

  std::byte* data() const { return data_; }
  cudaIpcMemHandle_t handle() const;

 private:
  device_memory<std::byte> own_;
  std::byte* data_ = nullptr;
  bool opened_ = false;
};

}  // namespace xrdct::cuda
