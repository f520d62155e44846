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

 private:
  range nonzero(int parity) const;

  int size_;
  std::vector<float> taps_;
  range even_;
  range odd_;
};

/// A filter with tap(d) = tap(−d), by halves. Be m = size / 2 the middle sample: an output at m + k and that at m − k
/// are the sum and the difference of
///     ½·(tap(k)·s[0] + Σ_j (tap(k − j) + tap(k + j))·s[j])   of the sums s[j] = in[m + j] + in[m − j], and
///     ½·Σ_j (tap(k − j) − tap(k + j))·a[j]                   of the differences a[j] = in[m + j] − in[m − j],
/// with j = 1 … m: half as many products as for each by itself. What parities of distances save stays, as the
/// middle is a sample: one of zero is thought behind an even number of them.
class symmetric_filter {
 public:
  /// `taps` holds tap(d) for d = 0 … size − 1, and perhaps more.
  symmetric_filter(std::span<double const> taps, int size);

  toeplitz const& matrix() const { return matrix_; }
  int middle() const { return middle_; }
  /// Twice what the sums above are, by k, where all s[j], or all a[j], are 1.
  std::span<double const> sums_of_ones() const { return sums_of_ones_; }
  std::span<double const> differences_of_ones() const { return differences_of_ones_; }

 private:
  static std::vector<double> both_sides(std::span<double const> taps, int size);

  toeplitz matrix_;
  int middle_;
  std::vector<double> sums_of_ones_;
  std::vector<double> differences_of_ones_;
};

/// out[i] = weight · Σ_j tap(i − j)·in[j] for rows of `channel_block` channels, aligned to 64 bytes; `in` and `out`
/// hold matrix.size() rows and do not overlap. In single precision: for taps and samples that are positive, so that
/// nothing cancels.
void filter_plainly(toeplitz const& matrix, double weight, float const* in, float* out);

/// The same for a symmetric filter, of any sign. `rows` holds the samples, and has room for one row more where their
/// number is even; it is overwritten.
///
/// In single precision. The terms of a ramp cancel to a hundredth of their size and less where a rotation is smooth,
/// and their rounding would make errors of 10⁻⁵ of the tomogram: what is filtered is therefore what sums and
/// differences of samples differ by from one in the midst of the outputs at hand, and that one times what the filter
/// makes of ones is added.
void filter_by_halves(symmetric_filter const& filter, double weight, float* rows, float* out);

/// "AVX3" and the like: what the filters and the back-projection run on here.
char const* tomograph_instruction_set();

}  // namespace xrdct::cpu
