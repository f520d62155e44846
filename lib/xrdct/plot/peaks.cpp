#include "xrdct/plot/peaks.hpp"

#include <algorithm>
#include <cmath>

namespace xrdct {
namespace {

/// The lowest value between a top and the next higher ground on one side, or the end.
double valley(std::vector<double> const& y, std::size_t top, int direction) {
  double lowest = y[top];
  auto const n = static_cast<std::ptrdiff_t>(y.size());
  for (auto i = static_cast<std::ptrdiff_t>(top) + direction; i >= 0 && i < n; i += direction) {
    double const value = y[static_cast<std::size_t>(i)];
    if (value > y[top]) break;
    lowest = std::min(lowest, value);
  }
  return lowest;
}

peak measure(std::vector<double> const& y, std::size_t top) {
  double const floor = std::max(valley(y, top, -1), valley(y, top, 1));
  peak found{top, top, top + 1, y[top] - floor};
  double const half = y[top] - found.prominence / 2;
  while (found.first > 0 && y[found.first - 1] >= half) --found.first;
  while (found.last < y.size() && y[found.last] >= half) ++found.last;
  return found;
}

}  // namespace

std::vector<peak> find_peaks(std::span<double const> pattern, std::size_t most, double least) {
  std::vector<double> y(pattern.begin(), pattern.end());
  for (double& v : y)
    if (!std::isfinite(v)) v = 0;
  std::vector<peak> peaks;
  for (std::size_t i = 1; i + 1 < y.size(); ++i)
    if (y[i] > y[i - 1] && y[i] >= y[i + 1]) peaks.push_back(measure(y, i));
  std::sort(peaks.begin(), peaks.end(), [](peak const& a, peak const& b) { return a.prominence > b.prominence; });
  if (peaks.size() > most) peaks.resize(most);
  while (!peaks.empty() &&
         !(peaks.back().prominence >= least * peaks.front().prominence && peaks.back().prominence > 0))
    peaks.pop_back();
  return peaks;
}

}  // namespace xrdct
