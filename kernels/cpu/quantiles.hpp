#pragma once
/// \file Trimmed means and medians of bins.

#include "kernels/cpu/bin_result.hpp"
#include "kernels/cpu/simd_bins.hpp"

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace xrdct::cpu {

/// Rejects all pixels of a bin that are not between two quantiles of s/ω.
class quantiles {
 public:
  quantiles(variance_source errors, double lower, double upper);

  /// Reduces a bin for the lanes (bit by bit) that are wanted.
  void reduce(bin_values const& bin, std::uint32_t lanes_wanted, std::span<bin_sums, simd::lanes> into);

 private:
  void keep_between(bin_values const& bin, std::size_t lane);
  bin_sums sum_up(bin_values const& bin, std::size_t lane) const;

  variance_source errors_;
  double lower_;
  double upper_;
  std::vector<std::pair<float, std::uint32_t>> sorted_;  // s/ω, entry
};

}  // namespace xrdct::cpu
