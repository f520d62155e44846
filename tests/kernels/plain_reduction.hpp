#pragma once
/// \file What a reduction must give, computed bin by bin in long double from the pixels themselves.

#include "tests/kernels/plain_rejection.hpp"
#include "tests/kernels/reduction_case.hpp"

#include <vector>

namespace xrdct::test {

struct plain_pattern {
  std::vector<plain_sum> signal, variance, norm, count;
  plain_sum raw;
  std::uint32_t saturated = 0;
  std::vector<std::uint32_t> entries;  ///< of pixels that are left in every bin
  /// Bins in which rounding decides whether a pixel is an outlier: they are not compared.
  std::vector<bool> undecided;
};

/// The live pixels of every bin, and what is known of the frame without bins.
struct plain_pixels {
  std::vector<std::vector<plain_entry>> bins;
  plain_sum raw;
  std::uint32_t saturated = 0;
};

plain_pixels gather_plainly(reduction_case const& given, image_bits const& image);

plain_pattern reduce_plainly(reduction_case const& given, image_bits const& image);

/// Memory for the patterns of a batch.
struct pattern_memory {
  pattern_memory(std::size_t frames, std::size_t bins);
  patterns all();
  /// The same from frame `first` on.
  patterns from(std::size_t first, std::size_t count);

  std::size_t bins;
  std::vector<float> signal, variance, norm, count;
  std::vector<frame_status> status;
  std::vector<double> raw_sum;
  std::vector<std::uint32_t> saturated;
};

/// Fails the running test where row `i` is not what is expected, up to rounding to float32.
void expect_pattern(plain_pattern const& expected, pattern_memory const& found, std::size_t i);

/// Fails the running test where row `i` is not all zeros.
void expect_zeros(pattern_memory const& found, std::size_t i);

/// Fails the running test where row `i` of `a` and row `j` of `b` differ in any bit.
void expect_same_bits(pattern_memory const& a, std::size_t i, pattern_memory const& b, std::size_t j);

}  // namespace xrdct::test
