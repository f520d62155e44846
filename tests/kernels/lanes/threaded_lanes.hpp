#pragma once
/// \file 32 threads with a barrier as a group of lanes: what is written for the warps of a GPU runs without one, and
/// ThreadSanitizer finds where lanes do not wait for each other. Votes and exchanged numbers order no memory, as those
/// of a warp do not: only the barrier does.

#include "kernels/lanes/lane_group.hpp"

#include <array>
#include <atomic>
#include <barrier>
#include <cstdint>
#include <thread>
#include <vector>

namespace xrdct::test {

/// What the lanes of a group share.
class lane_team {
 public:
  static constexpr std::uint32_t size = 32;

  void meet() { barrier_.arrive_and_wait(); }

  /// The numbers that all lanes have in exchange number `number`, 1, 2, …
  std::array<std::uint64_t, size> exchange(std::uint32_t number, std::uint32_t rank, std::uint64_t mine) {
    // Whoever is in the next exchange but one knows that all have left this one.
    auto& slots = slots_[number % 2];
    slots[rank].put(number, mine);
    std::array<std::uint64_t, size> all{};
    for (std::uint32_t i = 0; i < size; ++i)
      while (!slots[i].get(number, all[i])) std::this_thread::yield();
    return all;
  }

 private:
  /// Halves of a number, each with the number of the exchange that it belongs to.
  struct slot {
    std::atomic<std::uint64_t> low = 0, high = 0;
    void put(std::uint64_t number, std::uint64_t v) {
      low.store(number << 32 | (v & 0xffffffffU), std::memory_order_relaxed);
      high.store(number << 32 | v >> 32, std::memory_order_relaxed);
    }
    bool get(std::uint64_t number, std::uint64_t& v) const {
      auto const l = low.load(std::memory_order_relaxed), h = high.load(std::memory_order_relaxed);
      v = h << 32 | (l & 0xffffffffU);
      return l >> 32 == number && h >> 32 == number;
    }
  };

  std::barrier<> barrier_{size};
  std::array<std::array<slot, size>, 2> slots_;
};

class threaded_lane {
 public:
  threaded_lane(lane_team& team, std::uint32_t rank) : team_(&team), rank_(rank) {}
  threaded_lane(threaded_lane const&) = delete;  // it counts its exchanges
  threaded_lane& operator=(threaded_lane const&) = delete;

  std::uint32_t size() const { return lane_team::size; }
  std::uint32_t rank() const { return rank_; }
  void sync() const { team_->meet(); }
  std::uint32_t ballot(bool holds) const {
    return exchange<std::uint32_t>(holds ? 1 : 0, [](auto const& slots) {
      std::uint32_t bits = 0;
      for (std::uint32_t i = 0; i < slots.size(); ++i) bits |= static_cast<std::uint32_t>(slots[i]) << i;
      return bits;
    });
  }
  template <class T>
  T shuffle(T v, std::uint32_t of) const {
    return exchange<T>(v, [of](auto const& slots) { return static_cast<T>(slots[of]); });
  }
  template <class T>
  T shuffle_up(T v, std::uint32_t by) const {
    return exchange<T>(v, [&](auto const& slots) { return rank_ >= by ? static_cast<T>(slots[rank_ - by]) : v; });
  }

 private:
  template <class T, class F>
  T exchange(T v, F pick) const {
    return pick(team_->exchange(++exchanges_, rank_, v));
  }

  lane_team* team_;
  std::uint32_t rank_;
  mutable std::uint32_t exchanges_ = 0;
};
static_assert(lanes::lane_group<threaded_lane>);

/// Calls work(lane) for all lanes of a group, each in a thread.
template <class F>
void run_lanes(F const& work) {
  lane_team team;
  std::vector<std::jthread> threads;
  for (std::uint32_t rank = 0; rank < lane_team::size; ++rank)
    threads.emplace_back([&, rank] { work(threaded_lane(team, rank)); });
}

}  // namespace xrdct::test
