#pragma once
/// \file Bins along the radial axis.

#include <limits>
#include <vector>

namespace xrdct {

/// The extent of some pixels along the radial axis; empty (lower > upper) before anything is included.
struct radial_interval {
  double lower = std::numeric_limits<double>::infinity();
  double upper = -std::numeric_limits<double>::infinity();

  void include(double low, double high) {
    if (low < lower) lower = low;
    if (high > upper) upper = high;
  }
  bool empty() const { return !(lower <= upper); }
};

/// Equal bins in internal units (SEMANTICS §3).
class radial_axis {
 public:
  /// The upper end is first moved outwards by one part in 2²³, so that what lies on it is in the last bin.
  radial_axis(radial_interval range, int bins);

  int bins() const { return bins_; }
  double step() const { return step_; }
  /// A radial value in units of bins: bin k holds [k, k+1).
  double position(double value) const { return (value - lower_) / step_; }
  /// The centres of all bins, times `scale`.
  std::vector<double> centres(double scale) const;

 private:
  double lower_;
  double step_;
  int bins_;
};

}  // namespace xrdct
