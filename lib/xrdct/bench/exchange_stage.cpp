#include "xrdct/bench/stages.hpp"
#include "xrdct/comm/patience.hpp"
#include "xrdct/comm/pattern_exchange.hpp"

#include <algorithm>
#include <memory>

namespace xrdct {
namespace {

constexpr std::uint64_t most_bytes = std::uint64_t{1} << 28;  // of a rank's patterns

/// One exchange from start to end, its memory included, of as many frames of every rank.
void exchange(communicator const& lane, std::vector<float> const& pattern, std::uint64_t channels,
              std::uint64_t frames) {
  std::vector<frame_range> ranges;
  for (int rank = 0; rank < lane.size(); ++rank) ranges.push_back({static_cast<std::uint64_t>(rank) * frames, frames});
  constexpr std::uint64_t batch = 32;
  pattern_exchange all(lane, plan_exchange(std::move(ranges), channels, batch));
  all.open();
  for (std::uint64_t k = 0; k < frames; ++k) {
    std::ranges::copy(pattern, all.mine().begin() + static_cast<std::ptrdiff_t>(k * pattern.size()));
    if ((k + 1) % batch != 0 && k + 1 != frames) continue;
    all.filled(k + 1);
    all.poll();
  }
  for (patience patient; !all.poll();) patient.wait();
  auto const received = all.take_received();
}

}  // namespace

stage_probe exchange_stage(stage_input const& input) {
  auto const channels = input.scan.channels();
  auto const pattern = std::make_shared<std::vector<float>>(pattern_quantities * channels, 1.0F);
  auto const bytes = pattern->size() * sizeof(float);
  stage_probe made{bench_stage::exchange, {}, ""};
  made.what.threads = 1;
  made.what.step = std::min<std::uint64_t>(32, std::max<std::uint64_t>(1, most_bytes / bytes));
  made.what.most = std::max<std::uint64_t>(1, most_bytes / bytes);
  made.what.bytes_in = made.what.bytes_out = static_cast<double>(bytes);
  made.what.note = input.ranks.size() == 1
                       ? "one rank: patterns are copied to where they are sent from, in fresh memory"
                       : "patterns of every rank to channels of every rank, in fresh memory";
  made.what.run = [lane = input.ranks.duplicate(), pattern, channels](std::uint64_t frames) {
    exchange(lane, *pattern, channels, frames);
  };
  return made;
}

}  // namespace xrdct
