#pragma once
/// \file Poisson numbers by table: fast enough to fill many frames with, and the same on every platform.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace xrdct {

/// The distributions of all means from 0 to a largest one in steps of 1/16, to 2⁻³². Only operations are used whose
/// results IEEE 754 fixes, so that a word gives the same number everywhere; lib/simulation/poisson.hpp serves where
/// means matter more than speed.
class counts_table {
 public:
  static constexpr double steps = 16;  ///< of the mean, a count

  explicit counts_table(double largest_mean);

  /// The step that is nearest to a mean, at most that of the largest.
  std::uint16_t step_of(double mean) const;

  /// The Poisson number of a step's mean that a uniform random word stands for.
  std::uint32_t operator()(std::uint16_t step, std::uint32_t word) const {
    auto const& row = rows_[step];
    std::uint32_t count = guide_[step * guides + (word >> guide_shift)];
    while (word >= bounds_[row + count]) ++count;  // the last bound is never reached
    return count;
  }

 private:
  // A word's first byte says where to begin: one comparison then suffices for most words.
  static constexpr std::size_t guides = 256;
  static constexpr int guide_shift = 24;

  void add_row(double mean);

  std::vector<std::size_t> rows_;      // where a step's bounds begin
  std::vector<std::uint64_t> bounds_;  // P(number ≤ k)·2³², ascending k; then 2³²
  std::vector<std::uint16_t> guide_;   // [step][first byte]: the least number that such a word can stand for
};

}  // namespace xrdct
