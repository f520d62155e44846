#pragma once
/// \file Lanes that work side by side on one thing: what algorithms for devices are written against.

#include "kernels/lanes/host_device.hpp"

#include <concepts>
#include <cstdint>

namespace xrdct::lanes {

/// Items that a group works on at a time, whatever its size: the frames of a batch, neighbouring pixels or channels.
inline constexpr std::uint32_t tile = 32;

/// Lanes that go the same way through a function: all call the same members in the same order, with the same value
/// wherever one says so. Three models: the 32 threads of a warp of a GPU; one lane; and, in tests, 32 threads with
/// a barrier, among which ThreadSanitizer finds a sync() that is missing even where results happen to be right.
///
/// What is to be done for n items is `for (i = lanes.rank(); i < n; i += lanes.size())`, so that a group may have any
/// size up to 32; an algorithm must not let its result depend on that.
template <class G>
concept lane_group = requires(G const& lanes, bool holds, std::uint32_t v, std::uint64_t wide, std::uint32_t of) {
  { lanes.size() } -> std::same_as<std::uint32_t>;
  { lanes.rank() } -> std::same_as<std::uint32_t>;
  /// What lanes wrote before it, all of the group read behind it; nothing else orders what they do to memory.
  {lanes.sync()};
  /// Bit i: whether it holds in lane i.
  { lanes.ballot(holds) } -> std::same_as<std::uint32_t>;
  /// What lane `of` < size() has.
  { lanes.shuffle(v, of) } -> std::same_as<std::uint32_t>;
  { lanes.shuffle(wide, of) } -> std::same_as<std::uint64_t>;
  /// What the lane `of` ranks before this one has; its own where there is none.
  { lanes.shuffle_up(v, of) } -> std::same_as<std::uint32_t>;
  { lanes.shuffle_up(wide, of) } -> std::same_as<std::uint64_t>;
};

/// A group of a single lane.
struct one_lane {
  XRDCT_HOST_DEVICE std::uint32_t size() const { return 1; }
  XRDCT_HOST_DEVICE std::uint32_t rank() const { return 0; }
  XRDCT_HOST_DEVICE void sync() const {}
  XRDCT_HOST_DEVICE std::uint32_t ballot(bool holds) const { return holds ? 1 : 0; }
  template <class T>
  XRDCT_HOST_DEVICE T shuffle(T v, std::uint32_t) const {
    return v;
  }
  template <class T>
  XRDCT_HOST_DEVICE T shuffle_up(T v, std::uint32_t) const {
    return v;
  }
};
static_assert(lane_group<one_lane>);

/// Whether it holds in any lane, and in all.
template <lane_group G>
XRDCT_HOST_DEVICE bool any(G const& lanes, bool holds) {
  return lanes.ballot(holds) != 0;
}
template <lane_group G>
XRDCT_HOST_DEVICE bool all(G const& lanes, bool holds) {
  return lanes.ballot(!holds) == 0;
}

/// The sum of what the lanes up to this one have; wraps.
template <lane_group G, class T>
XRDCT_HOST_DEVICE T inclusive_sum(G const& lanes, T v) {
  for (std::uint32_t d = 1; d < lanes.size(); d *= 2) {
    T const before = lanes.shuffle_up(v, d);
    if (lanes.rank() >= d) v += before;
  }
  return v;
}

}  // namespace xrdct::lanes
