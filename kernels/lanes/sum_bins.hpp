#pragma once
/// \file Sums of bins whose pixels all stay, in two steps of a fixed order.

#include "kernels/lanes/bin_entries.hpp"
#include "kernels/lanes/engine.hpp"

namespace xrdct::lanes {

/// Entries that one group sums up. A bin of a thousand has some 7,000 of an Eiger 4M's: 28,000 groups are more than a
/// GPU runs at a time, and their sums are few against what they read (1 KB of 33).
inline constexpr std::uint32_t segment_entries = 256;

/// A group a segment of a bin; lanes are frames, so that the 32 values of a pixel are one line of memory and its place
/// and coefficient are read once for all. 32 frames of 4.5 million pixels, with 1.6 entries each, are 0.9 GB from the
/// second cache or memory: 0.3 ms of an H200 for what 20,000 frames/s leave 1.6 ms for.
struct sum_segments {
  static constexpr std::uint32_t groups = 4;
  static constexpr int phases = 1;

  bin_reader reader;
  std::uint32_t const* bin_of = nullptr;         ///< [segment]
  std::uint32_t const* first_segment = nullptr;  ///< [bin], and the end
  std::uint32_t segments = 0;
  bin_sums* sums = nullptr;  ///< [segment][frame]

  std::size_t launched() const { return (std::size_t{segments} + groups - 1) / groups; }
  std::size_t shared_bytes() const { return 0; }

  template <int phase, lane_group G>
  XRDCT_HOST_DEVICE void run(G const& lanes, block_place at, std::byte*) const {
    auto const segment = at.block * groups + at.group;
    if (segment >= segments) return;
    auto const bin = bin_of[segment];
    auto const first =
        reader.entries.first[bin] + static_cast<std::uint32_t>(segment - first_segment[bin]) * segment_entries;
    auto const last = reader.entries.first[bin + 1];
    auto const end = last - first < segment_entries ? last : first + segment_entries;
    for (auto frame = lanes.rank(); frame < batch_frames; frame += lanes.size()) {
      sums[segment * batch_frames + frame] = sum(first, end, frame);
    }
  }

 private:
  // Entries that are read before any of them is added: memory takes some hundred cycles, and the sums wait for each
  // other as they are made in order.
  static constexpr std::uint32_t at_a_time = 4;

  XRDCT_HOST_DEVICE bin_sums sum(std::uint32_t entry, std::uint32_t end, std::uint32_t frame) const {
    bin_sums all;
    contribution c[at_a_time];
    bool counts[at_a_time];
    for (; entry + at_a_time <= end; entry += at_a_time) {
      for (std::uint32_t k = 0; k < at_a_time; ++k) counts[k] = reader.read(entry + k, frame, c[k]);
      for (std::uint32_t k = 0; k < at_a_time; ++k)
        if (counts[k]) all.add(c[k]);
    }
    for (; entry < end; ++entry)
      if (reader.read(entry, frame, c[0])) all.add(c[0]);
    return all;
  }
};

/// A group a bin; lanes are frames.
struct add_segments {
  static constexpr std::uint32_t groups = 4;
  static constexpr int phases = 1;

  std::uint32_t bins = 0;
  std::uint32_t const* first_segment = nullptr;
  bin_sums const* sums = nullptr;
  pattern_rows patterns;

  std::size_t launched() const { return (std::size_t{bins} + groups - 1) / groups; }
  std::size_t shared_bytes() const { return 0; }

  template <int phase, lane_group G>
  XRDCT_HOST_DEVICE void run(G const& lanes, block_place at, std::byte*) const {
    auto const bin = static_cast<std::uint32_t>(at.block * groups + at.group);
    if (bin >= bins) return;
    for (auto frame = lanes.rank(); frame < batch_frames; frame += lanes.size()) {
      bin_sums all;
      for (auto s = first_segment[bin]; s < first_segment[bin + 1]; ++s)
        all.add(sums[std::size_t{s} * batch_frames + frame]);
      patterns.put(frame, bin, all);
    }
  }
};

}  // namespace xrdct::lanes
