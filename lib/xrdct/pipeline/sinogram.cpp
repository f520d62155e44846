#include "xrdct/pipeline/sinogram.hpp"

#include "xrdct/base/parallel.hpp"
#include "xrdct/comm/pattern_exchange.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace xrdct {
namespace {

constexpr std::size_t channels_at_once = 256;

/// Good frames by entry: those of entry e are frames[first[e]], …, frames[first[e + 1] − 1], ascending.
struct frames_by_entry {
  std::vector<std::uint64_t> first;
  std::vector<std::uint64_t> frames;

  frames_by_entry(scan_plan const& scan, std::span<frame_status const> status) : first(scan.entries() + 1) {
    auto const entry_of = [&](std::uint64_t f) { return status[f] == frame_status::ok ? scan.entry[f] : -1; };
    for (std::uint64_t f = 0; f < scan.entry.size(); ++f)
      if (entry_of(f) >= 0) ++first[static_cast<std::size_t>(entry_of(f)) + 1];
    for (std::size_t e = 1; e < first.size(); ++e) first[e] += first[e - 1];
    frames.resize(first.back());
    auto next = first;
    for (std::uint64_t f = 0; f < scan.entry.size(); ++f)
      if (entry_of(f) >= 0) frames[next[static_cast<std::size_t>(entry_of(f))]++] = f;
  }
  std::span<std::uint64_t const> of(std::size_t entry) const {
    return std::span(frames).subspan(first[entry], first[entry + 1] - first[entry]);
  }
};

/// Channels [first, first + count) of one entry; at most a few, whose sums stay in a cache.
void add_up(std::span<std::uint64_t const> frames, std::span<float const> patterns, air_patterns const& air,
            std::size_t entry, frame_range which, sinogram_slab& into) {
  auto const channels = static_cast<std::size_t>(into.slab.count);
  std::array<std::array<double, channels_at_once>, pattern_quantities> sums{};
  for (auto const frame : frames)
    for (std::size_t q = 0; q < pattern_quantities; ++q) {
      auto const* const values = patterns.data() + (frame * pattern_quantities + q) * channels + which.first;
      for (std::size_t c = 0; c < which.count; ++c) sums[q][c] += values[c];
    }
  for (std::size_t c = 0; c < which.count; ++c) {
    bin_sums sum{sums[0][c], sums[1][c], sums[2][c], sums[3][c]};
    air.subtract(entry, which.first + c, sum);
    auto const value = mean_of(sum[0], sum[1], sum[2], sum[3]);
    auto const at = entry * channels + which.first + c;
    into.intensity[at] = value.intensity;
    into.error[at] = value.error;
    into.normalization[at] = static_cast<float>(sum[2]);
    into.count[at] = static_cast<float>(sum[3]);
  }
}

/// One entry of all channels.
void add_up(std::span<std::uint64_t const> frames, std::span<float const> patterns, air_patterns const& air,
            std::size_t entry, sinogram_slab& into) {
  constexpr float none = std::numeric_limits<float>::quiet_NaN();
  auto const channels = into.slab.count;
  if (frames.empty()) {
    std::fill_n(into.intensity.begin() + static_cast<std::ptrdiff_t>(entry * channels), channels, none);
    std::fill_n(into.error.begin() + static_cast<std::ptrdiff_t>(entry * channels), channels, none);
    return;
  }
  for (std::uint64_t first = 0; first < channels; first += channels_at_once)
    add_up(frames, patterns, air, entry, {first, std::min<std::uint64_t>(channels_at_once, channels - first)}, into);
}

}  // namespace

std::vector<entry_map> measured_entries(scan_plan const& scan, std::span<frame_status const> status) {
  auto const in_layer = scan.entries_of_layer();
  entry_map const none{static_cast<int>(scan.rotation.size()), static_cast<int>(scan.translation.size()),
                       std::vector<std::uint8_t>(in_layer)};
  std::vector<entry_map> layers(scan.layers.count(), none);
  for (std::size_t f = 0; f < scan.entry.size(); ++f) {
    if (status[f] != frame_status::ok || scan.entry[f] < 0) continue;
    auto const entry = static_cast<std::size_t>(scan.entry[f]);
    layers[entry / in_layer].present[entry % in_layer] = 1;
  }
  return layers;
}

sinogram_slab assemble(scan_plan const& scan, std::span<frame_status const> status, channel_slab const& slab,
                       std::span<float const> patterns, air_plan const& air, int threads) {
  sinogram_slab made{slab, measured_entries(scan, status), {}, {}, {}, {}};
  // New memory takes as long as adding up, so threads share that out as well.
  std::array const arrays{&made.intensity, &made.error, &made.normalization, &made.count};
  in_parallel(threads, arrays.size(), [&](std::size_t i) { arrays[i]->resize(scan.entries() * slab.count); });
  frames_by_entry const placed(scan, status);
  air_patterns const subtracted(air, scan, status, patterns, static_cast<std::size_t>(slab.count));
  constexpr std::size_t a_task = 64;  // entries
  in_parallel(threads, (scan.entries() + a_task - 1) / a_task, [&](std::size_t task) {
    auto const end = std::min<std::size_t>((task + 1) * a_task, scan.entries());
    for (auto entry = task * a_task; entry < end; ++entry) add_up(placed.of(entry), patterns, subtracted, entry, made);
  });
  return made;
}

}  // namespace xrdct
