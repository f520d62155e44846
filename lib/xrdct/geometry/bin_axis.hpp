#pragma once
/// \file Bins along the radial or the azimuthal axis.

#include <limits>
#include <vector>

namespace xrdct {

/// The extent of some pixels along an axis; empty (lower > upper) before anything is included.
struct interval {
  double lower = std::numeric_limits<double>::infinity();
  double upper = -std::numeric_limits<double>::infinity();

  void include(double low, double high) {
    if (low < lower) lower = low;
    if (high > upper) upper = high;
  }
  bool empty() const { return !(lower <= upper); }
};

/// Equal bins in internal units (SEMANTICS §3).
class bin_axis {
 public:
  /// The upper end is first moved outwards by one part in 2²³, so that what lies on it is in the last bin.
  bin_axis(interval range, int bins);

  int bins() const { return bins_; }
  double step() const { return step_; }
  /// A value in units of bins: bin k holds [k, k+1).
  double position(double value) const { return (value - lower_) / step_; }
  /// The centres of all bins, times `scale`.
  std::vector<double> centres(double scale) const;

 private:
  double lower_;
  double step_;
  int bins_;
};

}  // namespace xrdct
