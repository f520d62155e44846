#pragma once
/// \file A queue of a device that fields are worked on in, and small things that its kernels are told.

#include "kernels/lanes/engine.hpp"

#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace xrdct::lanes {

template <engine E>
class workplace {
 public:
  explicit workplace(E engine) : engine_(std::move(engine)), queue_(engine_.make_queue()) {}
  workplace(workplace const&) = delete;
  workplace& operator=(workplace const&) = delete;

  E const& on() const { return engine_; }
  typename E::queue& queue() { return queue_; }

  /// Where on the device kernels find a copy of `values`, which may be dropped after the call. The kernels must be
  /// launched in queue(), before as many more calls as there are slots.
  template <class T>
  T const* put(std::span<T const> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    slot& into = slots_[next_];
    next_ = (next_ + 1) % slots_.size();
    if (into.copied) into.copied->synchronize();
    if (into.host.size() < values.size_bytes()) {
      queue_.synchronize();  // a kernel may still read what is on the device
      into = {engine_.template make_staging<std::byte>(values.size_bytes()),
              engine_.template make<std::byte>(values.size_bytes()), std::nullopt};
    }
    if (!values.empty()) std::memcpy(into.host.data(), values.data(), values.size_bytes());
    queue_.copy_in(std::span<std::byte const>(into.host.data(), values.size_bytes()), into.device.data());
    into.copied.emplace(queue_.put_mark());
    return reinterpret_cast<T const*>(into.device.data());
  }

 private:
  struct slot {
    typename E::template staging<std::byte> host;
    typename E::template array<std::byte> device;
    std::optional<typename E::mark> copied;
  };

  E engine_;
  std::array<slot, 8> slots_;  // so many calls need not wait for the device
  std::size_t next_ = 0;
  typename E::queue queue_;  // the first to go: it ends its work
};

/// Waits for all work at a place before it goes: last among the members of what owns memory that the work may need.
template <engine E>
class last_wait {
 public:
  explicit last_wait(std::shared_ptr<workplace<E>> place) : place_(std::move(place)) {}
  ~last_wait() {
    try {
      place_->queue().synchronize();
    } catch (...) {  // whoever waits for the device next is told
    }
  }
  last_wait(last_wait const&) = delete;
  last_wait& operator=(last_wait const&) = delete;

 private:
  std::shared_ptr<workplace<E>> place_;
};

}  // namespace xrdct::lanes
