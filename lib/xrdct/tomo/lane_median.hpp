#pragma once
/// \file Medians of up to 16 numbers, in 16 channels at once.

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <utility>

namespace xrdct {

inline constexpr std::size_t median_lanes = 16;

using median_comparison = std::pair<std::size_t, std::size_t>;

/// Batcher's odd-even merge sort (Knuth, The Art of Computer Programming 3, 5.2.2, algorithm M) of 16 numbers.
constexpr std::array<median_comparison, 63> median_comparisons() {
  constexpr std::size_t most = 16;
  std::array<median_comparison, 63> all{};
  std::size_t next = 0;
  for (std::size_t p = 1; p < most; p *= 2)
    for (std::size_t k = p; k >= 1; k /= 2)
      for (std::size_t j = k % p; j + k < most; j += 2 * k)
        for (std::size_t i = j; i < j + k; ++i)
          if (i + k < most && i / (2 * p) == (i + k) / (2 * p)) all[next++] = {i, i + k};
  return all;
}

/// Rows of numbers of as many channels; what counts for nothing is infinite.
class lane_median {
 public:
  static constexpr std::size_t most = 16;
  using lanes = std::array<float, median_lanes>;

  lane_median() { clear(); }
  void clear() {
    for (auto& row : rows_) row.fill(std::numeric_limits<float>::infinity());
    used_ = 0;
    count_.fill(0);
  }
  /// Adds a number to every channel for which `counts` is not 0.
  void add(float const* values, unsigned char const* counts) {
    auto& row = rows_[used_++];
    for (std::size_t c = 0; c < median_lanes; ++c) {
      row[c] = counts[c] != 0 ? values[c] : std::numeric_limits<float>::infinity();
      count_[c] += counts[c] != 0 ? 1 : 0;
    }
  }
  int count(std::size_t channel) const { return count_[channel]; }

  /// Sorts; then of each channel the middle number, or the mean of the two in the middle; infinite of none.
  lanes medians() {
    static constexpr auto comparisons = median_comparisons();
    for (auto const& [low, high] : comparisons) exchange(rows_[low], rows_[high]);
    lanes middle{};
    for (std::size_t c = 0; c < median_lanes; ++c) {
      auto const n = static_cast<std::size_t>(count_[c]);
      middle[c] = n == 0 ? std::numeric_limits<float>::infinity() : (rows_[(n - 1) / 2][c] + rows_[n / 2][c]) / 2;
    }
    return middle;
  }

 private:
  static void exchange(lanes& a, lanes& b) {
    for (std::size_t c = 0; c < median_lanes; ++c) {
      float const low = std::min(a[c], b[c]);
      b[c] = std::max(a[c], b[c]);
      a[c] = low;
    }
  }

  std::array<lanes, most> rows_{};
  std::size_t used_ = 0;
  std::array<int, median_lanes> count_{};
};

}  // namespace xrdct
