#pragma once
/// \file The sums of a bin over its pixels (SEMANTICS §5).

#include "xrdct/kernels/reduction.hpp"

#include <vector>

namespace xrdct::reference {

/// What one pixel gives to one bin.
struct contribution {
  float coefficient = 0;  ///< c
  float signal = 0;       ///< s
  float norm = 0;         ///< ω
  double variance = 0;    ///< v

  double weight() const { return static_cast<double>(coefficient) * norm; }
  double value() const { return static_cast<double>(signal) / norm; }
};

struct bin_sums {
  double signal = 0;        ///< S = Σ c·s
  double variance = 0;      ///< V = Σ c²·v, or Σ (c·ω)²·(s/ω − S/N)²
  double norm = 0;          ///< N = Σ c·ω
  double norm_squares = 0;  ///< N2 = Σ (c·ω)²
  double count = 0;         ///< Σ c
};

/// In the order given.
bin_sums sum_up(std::vector<contribution> const& pixels, error_model errors);

}  // namespace xrdct::reference
