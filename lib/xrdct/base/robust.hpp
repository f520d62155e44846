#pragma once
/// \file What few bad values cannot move.

#include <vector>

namespace xrdct {

/// The middle value, or the mean of the two in the middle; NaN of none. The values must be finite or infinite, not NaN.
double median(std::vector<double> values);

/// 1.4826 × the median of distances from `centre`: of normally distributed values their standard deviation. 0 of none.
double median_deviation(std::vector<double> values, double centre = 0);

}  // namespace xrdct
