#pragma once
/// \file The filter of one rotation, as a Toeplitz product over a block of channels.

#include "kernels/cpu/channel_block.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace xrdct::cpu {

/// The matrix M[i][j] = tap(i − j) of a filter that need not be symmetric, |i − j| < size. Distances are told apart by
/// parity, as all taps of the ramp at even distances but 0 are zero: the range of distances with taps other than
/// zero is kept for each parity.
class toeplitz {
 public:
  /// `taps` holds tap(d) for d = −(size−1) … size−1 in ascending order.
  explicit toeplitz(std::span<double const> taps);

  struct range {
    int first = 1;
    int last = 0;
    bool empty() const { return first > last; }
  };

  int size() const { return size_; }
  range even() const { return even_; }
  range odd() const { return odd_; }
  /// tap(d) is centre()[d], for d = −(size−1) … size−1+spare, zero where |d| ≥ size.
  float const* centre() const { return taps_.data() + size_ - 1; }
  static constexpr int spare = 16;
  /// Σ_j tap(i − j), by i: what the filter makes of a constant.
  std::span<double const> of_ones() const { return of_ones_; }

 private:
  range nonzero(int parity) const;

  int size_;
  std::vector<float> taps_;
  std::vector<double> of_ones_;
  range even_;
  range odd_;
};

/// out[i] = weight · Σ_j tap(i − j)·in[j] for rows of `channel_block` channels, aligned to 64 bytes; `in` and `out`
/// hold matrix.size() rows and do not overlap.
///
/// In single precision. The terms of a ramp cancel to a hundredth of their size and less where a rotation is smooth,
/// and their rounding would make errors of 10⁻⁵ of the tomogram; filter_differences() therefore filters what the
/// samples differ by from one in the midst of the outputs at hand, and adds that one times of_ones(). filter_positive()
/// does without, so that nothing cancels where taps and samples are positive.
void filter_differences(toeplitz const& matrix, double weight, float const* in, float* out);
void filter_positive(toeplitz const& matrix, double weight, float const* in, float* out);

/// "AVX3" and the like: what the filters and the back-projection run on here.
char const* tomograph_instruction_set();

}  // namespace xrdct::cpu
