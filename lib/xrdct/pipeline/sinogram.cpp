#include "xrdct/pipeline/sinogram.hpp"

#include "xrdct/comm/pattern_exchange.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace xrdct {
namespace {

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

/// One entry of all channels.
void add_up(std::span<std::uint64_t const> frames, std::span<float const> patterns, air_patterns const& air,
            std::size_t entry, sinogram_slab& into) {
  auto const channels = static_cast<std::size_t>(into.slab.count);
  for (std::size_t c = 0; c < channels; ++c) {
    bin_sums sum{};
    for (auto const frame : frames)
      for (std::size_t q = 0; q < pattern_quantities; ++q)
        sum[q] += patterns[(frame * pattern_quantities + q) * channels + c];
    air.subtract(entry, c, sum);
    auto const value = mean_of(sum[0], sum[1], sum[2], sum[3]);
    into.intensity[entry * channels + c] = value.intensity;
    into.error[entry * channels + c] = value.error;
    into.normalization[entry * channels + c] = static_cast<float>(sum[2]);
    into.count[entry * channels + c] = static_cast<float>(sum[3]);
  }
}

}  // namespace

mean_and_error mean_of(double signal, double variance, double norm, double count) {
  if (count == 0 || norm == 0) return {};
  return {static_cast<float>(signal / norm), static_cast<float>(std::sqrt(variance) / std::abs(norm))};
}

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
                       std::span<float const> patterns, air_plan const& air) {
  constexpr float none = std::numeric_limits<float>::quiet_NaN();
  sinogram_slab made{slab, measured_entries(scan, status), {}, {}, {}, {}};
  auto const size = scan.entries() * slab.count;
  made.intensity.assign(size, none);
  made.error.assign(size, none);
  made.normalization.resize(size);
  made.count.resize(size);
  frames_by_entry const placed(scan, status);
  air_patterns const subtracted(air, scan, status, patterns, static_cast<std::size_t>(slab.count));
  for (std::size_t entry = 0; entry < scan.entries(); ++entry)
    if (auto const frames = placed.of(entry); !frames.empty()) add_up(frames, patterns, subtracted, entry, made);
  return made;
}

}  // namespace xrdct
