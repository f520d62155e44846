#include "xrdct/base/robust.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace xrdct {

double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  auto const middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  // Halves first: the sum of two large values may be infinite.
  return *middle / 2 + *std::max_element(values.begin(), middle) / 2;
}

double median_deviation(std::vector<double> values, double centre) {
  constexpr double of_normal = 1.4826;  // 1/Φ⁻¹(3/4)
  if (values.empty()) return 0;
  for (auto& v : values) v = std::abs(v - centre);
  return of_normal * median(std::move(values));
}

}  // namespace xrdct
