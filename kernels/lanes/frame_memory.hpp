#pragma once
/// \file Memory of the host that frames are read into, and that a device copies from by itself.

#include "kernels/lanes/engine.hpp"

#include <cstddef>
#include <memory_resource>
#include <mutex>
#include <new>
#include <unordered_map>
#include <utility>

namespace xrdct::lanes {

/// An engine's staging memory, for whoever asks. Any thread may.
template <engine E>
class frame_memory final : public std::pmr::memory_resource {
 public:
  explicit frame_memory(E on) : on_(std::move(on)) {}

 private:
  using staging = typename E::template staging<std::byte>;

  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    if (alignment > alignof(std::max_align_t)) throw std::bad_alloc();
    on_.use();
    auto made = on_.template make_staging<std::byte>(bytes > 0 ? bytes : 1);
    auto* const place = made.data();
    std::lock_guard const lock(mutex_);
    given_.emplace(place, std::move(made));
    return place;
  }
  void do_deallocate(void* place, std::size_t /*bytes*/, std::size_t /*alignment*/) override {
    try {
      on_.use();
    } catch (...) {  // whoever waits for the device next is told
    }
    staging back;  // the last to go, when others may come again: it takes long
    std::lock_guard const lock(mutex_);
    auto const found = given_.find(place);
    std::swap(back, found->second);
    given_.erase(found);
  }
  bool do_is_equal(std::pmr::memory_resource const& other) const noexcept override { return this == &other; }

  E on_;
  std::mutex mutex_;
  std::unordered_map<void*, staging> given_;
};

}  // namespace xrdct::lanes
