#include "kernels/reference/bin_sums.hpp"

namespace xrdct::reference {
namespace {

// A second pass, as the mean must be known. Norms that cancel each other have no mean, and nothing scatters about it.
double scatter(std::vector<contribution> const& pixels, bin_sums const& sums) {
  if (sums.norm == 0) return 0;
  double const mean = sums.signal / sums.norm;
  double variance = 0;
  for (auto const& p : pixels) {
    double const off = p.weight() * (p.value() - mean);
    variance += off * off;
  }
  return variance;
}

}  // namespace

bin_sums sum_up(std::vector<contribution> const& pixels, error_model errors) {
  bin_sums sums;
  for (auto const& p : pixels) {
    double const c = p.coefficient;
    sums.signal += c * p.signal;
    sums.variance += c * c * p.variance;
    sums.norm += p.weight();
    sums.norm_squares += p.weight() * p.weight();
    sums.count += c;
  }
  if (errors == error_model::azimuthal) sums.variance = scatter(pixels, sums);
  return sums;
}

}  // namespace xrdct::reference
