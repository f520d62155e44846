#pragma once
/// \file Where a rank puts the frames that it reads.

#include <atomic>
#include <cstddef>
#include <memory_resource>
#include <mutex>
#include <unordered_set>

namespace xrdct {

/// The memory that a device asks for (frame_reducer::frame_memory()). Where it cannot be had, it is memory like any
/// other from then on: that is slower, and a user is told so once. Any thread may use it.
class frame_memory final : public std::pmr::memory_resource {
 public:
  explicit frame_memory(std::pmr::memory_resource& of_device)
      : of_device_(of_device), is_plain_(of_device.is_equal(plain())) {}

 private:
  static std::pmr::memory_resource& plain() { return *std::pmr::new_delete_resource(); }
  void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  void do_deallocate(void* place, std::size_t bytes, std::size_t alignment) override;
  bool do_is_equal(std::pmr::memory_resource const& other) const noexcept override { return this == &other; }

  std::pmr::memory_resource& of_device_;
  std::atomic<bool> is_plain_;  // what is asked for from now on
  std::mutex mutex_;
  std::unordered_set<void*> from_device_;
};

}  // namespace xrdct
