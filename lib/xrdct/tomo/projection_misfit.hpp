#pragma once
/// \file How well one channel of a sinogram and the projection of its own tomogram agree, by where the rotation axis
/// is.

#include "xrdct/tomo/mass_centre.hpp"
#include "xrdct/tomo/slice.hpp"

#include <vector>

namespace xrdct {

/// Samples larger than the field have no centre of mass in their projections, but their tomogram still tells a wrong
/// axis: projected again, it does not give the sinogram that it was made of.
class projection_misfit {
 public:
  /// Of `total`, the means of `bin` translations next to one another, and every `stride`-th rotation.
  projection_misfit(total_scattering const& total, int bin, int stride);

  /// The sum of squared differences between the sinogram and what the tomogram by filtered back-projection projects
  /// to, as a share of the sinogram's variance, with the best factor and constant. The ends of projections are
  /// continued beside the field, falling to nothing over half its width. `axis` is an index of a translation of
  /// `total`.
  double at(double axis) const;

  int bin() const { return bin_; }

 private:
  int bin_ = 1;
  slice_model slice_;
  std::vector<double> sinogram_;
  std::vector<double> filtered_;
};

/// Where the misfit is smallest.
struct misfit_minimum {
  double axis = 0;
  double misfit = 0;
  double error = 0;  ///< standard error, from the curvature; infinite where there is no clear minimum
};

/// Looks over the middle four fifths of the translations, coarsely first.
misfit_minimum find_least_misfit(total_scattering const& total, int threads = 1);

}  // namespace xrdct
