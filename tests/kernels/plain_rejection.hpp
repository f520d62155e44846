#pragma once
/// \file Outliers and sums of one bin, computed in long double: what backends are compared with.

#include "xrdct/kernels/reduction.hpp"

#include <vector>

namespace xrdct::test {

/// A sum, and the sum of the absolute values of its terms: what rounding is measured against.
struct plain_sum {
  long double value = 0;
  long double size = 0;
  void add(long double term) { add(term, term); }
  void add(long double term, long double term_size);
};

/// A live pixel in a bin: coefficient, signal, norm, variance.
struct plain_entry {
  float c = 0, s = 0, omega = 0;
  long double v = 0;
};

struct plain_sums {
  plain_sum signal, variance, norm, norm_squares, count;
};

plain_sums sum_plainly(std::vector<plain_entry> const& entries, error_model errors);

/// What is left of a bin's entries, which come in the order of the pixels. `undecided` becomes true where a decision
/// is so close that rounding in double makes it.
std::vector<plain_entry> reject_plainly(std::vector<plain_entry> const& entries, rejection const& how,
                                        error_model errors, bool& undecided);

}  // namespace xrdct::test
