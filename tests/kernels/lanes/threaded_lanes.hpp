#pragma once
/// \file 32 threads with a barrier as a group of lanes: what is written for the warps of a GPU runs without one, and
/// ThreadSanitizer finds where lanes do not wait for each other.

#include "kernels/lanes/lane_group.hpp"

#include <array>
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
  std::array<std::uint64_t, size>& slots() { return slots_; }

 private:
  std::barrier<> barrier_{size};
  std::array<std::uint64_t, size> slots_{};
};

class threaded_lane {
 public:
  threaded_lane(lane_team& team, std::uint32_t rank) : team_(&team), rank_(rank) {}

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
    team_->slots()[rank_] = v;
    team_->meet();
    T const picked = pick(team_->slots());
    team_->meet();
    return picked;
  }

  lane_team* team_;
  std::uint32_t rank_;
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
