#include "kernels/reference/rejection.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

namespace xrdct::reference {
namespace {

using contributions = std::vector<contribution>;

// In standard deviations. Chauvenet's criterion: among n values of a normal distribution, fewer than one half is
// expected beyond about √(2·ln(n/√(2π))).
double cutoff(double threshold, double count) {
  double const n = std::max(3.0, count);
  return std::max(threshold, std::sqrt(2 * std::log(n / std::sqrt(2 * std::numbers::pi))));
}

contributions clipped(contributions pixels, rejection const& how, error_model errors) {
  for (int cycle = 0; cycle < how.cycles; ++cycle) {
    auto const sums = sum_up(pixels, errors);
    if (sums.norm == 0 || !(sums.variance > 0)) break;  // no mean, or no measure of a deviation
    double const mean = sums.signal / sums.norm;
    double const deviation = std::sqrt(sums.variance / sums.norm_squares);
    // Values that differ by no more than float32 can show are equal, whatever the mean was rounded to.
    double const equal = std::numeric_limits<float>::epsilon() * std::abs(mean);
    double const limit = std::max(cutoff(how.threshold, sums.count) * deviation, equal);
    if (std::erase_if(pixels, [&](contribution const& p) { return std::abs(p.value() - mean) > limit; }) == 0) break;
  }
  return pixels;
}

// The numbers of the pixels by ascending value in float32; of equal ones, the first goes first.
std::vector<std::size_t> ranked(contributions const& pixels) {
  std::vector<std::size_t> order(pixels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  auto const value = [&](std::size_t i) { return pixels[i].signal / pixels[i].norm; };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return value(a) < value(b); });
  return order;
}

contributions between_quantiles(contributions const& pixels, rejection const& how) {
  auto const order = ranked(pixels);
  auto const weight = [&](std::size_t i) { return static_cast<double>(pixels[i].coefficient * pixels[i].norm); };
  double total = 0;
  for (auto const i : order) total += weight(i);
  auto const low = static_cast<float>(how.lower * total), high = static_cast<float>(how.upper * total);

  std::vector<bool> stays(pixels.size());
  double sum = 0;
  for (auto const i : order) {
    auto const from = static_cast<float>(sum);
    sum += weight(i);
    auto const to = static_cast<float>(sum);
    stays[i] = (low <= from && to <= high) || (from <= low && high <= to);
  }
  contributions left;
  for (std::size_t i = 0; i < pixels.size(); ++i)
    if (stays[i]) left.push_back(pixels[i]);
  return left;
}

}  // namespace

std::vector<contribution> without_outliers(std::vector<contribution> const& pixels, rejection const& how,
                                           error_model errors) {
  switch (how.method) {
    case rejection_method::sigma_clip: return clipped(pixels, how, errors);
    case rejection_method::quantiles: return between_quantiles(pixels, how);
    case rejection_method::none: break;
  }
  return pixels;
}

}  // namespace xrdct::reference
