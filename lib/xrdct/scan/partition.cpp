#include "xrdct/scan/plan.hpp"

namespace xrdct {
namespace {

constexpr std::uint64_t frame_cost = 4096;  // bytes: what a frame costs besides its bytes; the price of a missing one

}  // namespace

std::vector<frame_range> partition(std::span<std::uint64_t const> stored_bytes, int ranks) {
  // Sums of weights fit 64 bits: 2²⁴ TB.
  std::uint64_t total = 0;
  for (auto const bytes : stored_bytes) total += bytes + frame_cost;
  std::vector<frame_range> ranges;
  std::uint64_t frame = 0;
  std::uint64_t weight = 0;  // of all frames before `frame`
  for (int rank = 1; rank <= ranks; ++rank) {
    auto const target = static_cast<double>(total) / ranks * rank;
    frame_range range{frame, 0};
    // A frame belongs to the rank in whose part its middle lies.
    while (frame < stored_bytes.size()) {
      auto const cost = stored_bytes[frame] + frame_cost;
      if (rank<ranks&& static_cast<double>(weight) + static_cast<double>(cost) / 2> target) break;
      weight += cost;
      ++frame;
    }
    range.count = frame - range.first;
    ranges.push_back(range);
  }
  return ranges;
}

}  // namespace xrdct
