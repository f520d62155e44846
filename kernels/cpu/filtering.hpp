#pragma once
/// \file The filter of one rotation, as a Toeplitz product over a block of channels.

#include "kernels/cpu/channel_block.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace xrdct::cpu {

/// In double: the terms of a ramp filter cancel to a hundredth of their size and less, which single precision would
/// make into errors of 10⁻⁵ of the tomogram.
///
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
  double const* centre() const { return taps_.data() + size_ - 1; }
  static constexpr int spare = 16;

 private:
  range nonzero(int parity) const;

  int size_;
  std::vector<double> taps_;
  range even_;
  range odd_;
};

/// out[i] = weight · Σ_j tap(i − j)·in[j] for rows of `channel_block` channels, aligned to 64 bytes; `in` and `out`
/// hold matrix.size() rows. `scratch` holds as many rows of double, also aligned; `out` may be `in`.
void filter_rotation(toeplitz const& matrix, double weight, float const* in, double* scratch, float* out);

/// "AVX3" and the like: what filter_rotation() and the back-projection run on here.
char const* tomograph_instruction_set();

}  // namespace xrdct::cpu
