#pragma once
/// \file Memory that knows what was taken from it.

#include <cstddef>
#include <exception>
#include <iterator>
#include <map>
#include <memory_resource>
#include <mutex>
#include <new>

namespace xrdct::test {

/// Any thread may use it. It has `most` bytes.
class counted_memory final : public std::pmr::memory_resource {
 public:
  explicit counted_memory(std::size_t most = std::size_t{1} << 40) : most_(most) {}

  std::size_t in_use() const {
    std::lock_guard const lock(mutex_);
    return in_use_;
  }
  std::size_t times_taken() const {
    std::lock_guard const lock(mutex_);
    return times_taken_;
  }
  bool holds(std::byte const* begin, std::size_t bytes) const {
    std::lock_guard const lock(mutex_);
    auto const behind = pieces_.upper_bound(begin);
    if (behind == pieces_.begin()) return false;
    auto const& [at, size] = *std::prev(behind);
    return begin + bytes <= at + size;
  }

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    std::lock_guard const lock(mutex_);
    if (bytes > most_ - in_use_) throw std::bad_alloc();
    auto* const made = std::pmr::new_delete_resource()->allocate(bytes, alignment);
    pieces_.emplace(static_cast<std::byte const*>(made), bytes);
    in_use_ += bytes;
    ++times_taken_;
    return made;
  }
  void do_deallocate(void* place, std::size_t bytes, std::size_t alignment) override {
    std::lock_guard const lock(mutex_);
    auto const found = pieces_.find(static_cast<std::byte const*>(place));
    if (found == pieces_.end() || found->second != bytes) std::terminate();  // it was never taken here
    in_use_ -= bytes;
    pieces_.erase(found);
    std::pmr::new_delete_resource()->deallocate(place, bytes, alignment);
  }
  bool do_is_equal(std::pmr::memory_resource const& other) const noexcept override { return this == &other; }

  mutable std::mutex mutex_;
  std::map<std::byte const*, std::size_t> pieces_;
  std::size_t most_, in_use_ = 0, times_taken_ = 0;
};

}  // namespace xrdct::test
