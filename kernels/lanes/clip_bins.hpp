#pragma once
/// \file Sums of bins by their scatter, with and without outliers beyond some deviations of it (rejection_method).

#include "kernels/lanes/bin_entries.hpp"
#include "kernels/lanes/engine.hpp"

#include <cmath>
#include <limits>

namespace xrdct::lanes {

/// A group a bin; lanes are frames. What a cycle drops is not marked: mean and limit of every cycle are kept, and who
/// is beyond any of them is out. That is some comparisons more a pixel, and no memory for marks.
struct clip_bins {
  static constexpr std::uint32_t groups = 2;
  static constexpr int phases = 1;

  /// What one cycle left: values within `limit` of `mean`.
  struct cycle {
    double mean, limit;
  };

  bin_reader reader;
  double threshold = 0;
  std::uint32_t cycles = 0;  ///< 0: nothing is dropped
  cycle* history = nullptr;  ///< [bin][cycle][frame]
  pattern_rows patterns;

  std::size_t launched() const { return (std::size_t{reader.entries.bins} + groups - 1) / groups; }
  std::size_t shared_bytes() const { return 0; }

  template <int phase, lane_group G>
  XRDCT_HOST_DEVICE void run(G const& lanes, block_place at, std::byte*) const {
    auto const bin = static_cast<std::uint32_t>(at.block * groups + at.group);
    if (bin >= reader.entries.bins) return;
    for (auto frame = lanes.rank(); frame < batch_frames; frame += lanes.size())
      patterns.put(frame, bin, clipped(bin, frame));
  }

 private:
  XRDCT_HOST_DEVICE cycle& kept(std::uint32_t bin, std::uint32_t which, std::uint32_t frame) const {
    return history[(std::size_t{bin} * cycles + which) * batch_frames + frame];
  }
  XRDCT_HOST_DEVICE bool stays(contribution const& c, std::uint32_t bin, std::uint32_t done,
                               std::uint32_t frame) const {
    if (done == 0) return true;
    auto const value = c.value();
    for (std::uint32_t i = 0; i < done; ++i) {
      auto const& limits = kept(bin, i, frame);
      if (std::abs(value - limits.mean) > limits.limit) return false;
    }
    return true;
  }

  XRDCT_HOST_DEVICE bin_sums clipped(std::uint32_t bin, std::uint32_t frame) const {
    std::uint32_t left = 0;
    auto sums = sum(bin, 0, frame, left);
    for (std::uint32_t done = 0; done < cycles; ++done) {
      if (sums.norm == 0 || !(sums.variance > 0)) break;  // no mean, or no measure of a deviation
      auto const mean = sums.signal / sums.norm;
      auto const equal = static_cast<double>(std::numeric_limits<float>::epsilon()) * std::abs(mean);
      auto const limit = cutoff(sums.count) * std::sqrt(sums.variance / sums.norm_squares);
      kept(bin, done, frame) = {mean, limit < equal ? equal : limit};
      auto const before = left;
      sums = sum(bin, done + 1, frame, left);
      if (left == before) break;
    }
    return sums;
  }

  // In deviations: Chauvenet's criterion (rejection_method::sigma_clip).
  XRDCT_HOST_DEVICE double cutoff(double count) const {
    constexpr double pi = 3.14159265358979323846;
    auto const n = count > 3 ? count : 3.0;
    auto const chauvenet = std::sqrt(2 * std::log(n / std::sqrt(2 * pi)));
    return chauvenet > threshold ? chauvenet : threshold;
  }

  // Of what stays after so many cycles, `left` entries.
  XRDCT_HOST_DEVICE bin_sums sum(std::uint32_t bin, std::uint32_t done, std::uint32_t frame,
                                 std::uint32_t& left) const {
    auto const first = reader.entries.first[bin], end = reader.entries.first[bin + 1];
    bin_sums sums;
    contribution c;
    left = 0;
    for (auto entry = first; entry < end; ++entry) {
      if (!reader.read(entry, frame, c) || !stays(c, bin, done, frame)) continue;
      sums.add(c);
      ++left;
    }
    if (reader.errors != error_model::azimuthal || sums.norm == 0) return sums;
    auto const mean = sums.signal / sums.norm;
    for (auto entry = first; entry < end; ++entry) {
      if (!reader.read(entry, frame, c) || !stays(c, bin, done, frame)) continue;
      auto const off = c.weight() * (c.value() - mean);
      sums.variance += off * off;
    }
    return sums;
  }
};

}  // namespace xrdct::lanes
