#pragma once
/// \file The centre of mass of every projection, and the sinusoid on which it goes round the rotation axis.

#include "xrdct/tomo/fill.hpp"

#include <span>
#include <vector>

namespace xrdct {

/// What is scattered in total at every entry [rotation · translation], missing ones filled, and what of it is there
/// without a sample.
struct total_scattering {
  entry_map entries;
  std::vector<double> angles;  ///< of the rotations, radians
  std::vector<double> values;  ///< of all entries
};

/// The level beside the sample: the mean of the half of the first and last values of all rotations that lies in the
/// smallest range. It is not moved by a sample that reaches one of the ends in less than half of the rotations.
double level_of_air(total_scattering const& total);

/// Σ t·p/Σ p over the translations t (indices) of each rotation, p being the scattering above `air`; NaN where that is
/// not positive, or fewer than half of the entries were measured.
std::vector<double> mass_centres(total_scattering const& total, double air);

/// m(θ) = offset + cosine·cos θ + sine·sin θ.
struct sinusoid {
  double offset = 0;
  double cosine = 0;
  double sine = 0;
  double offset_error = 0;  ///< standard error; infinite where the angles do not tell the three from one another
  double deviation = 0;     ///< of one value from the curve, 1.4826 × the median distance

  double at(double angle) const;
};

/// Fits values at angles; NaN are left out. Outliers have little weight (Tukey's biweight, with 4.685 deviations), and
/// in the end none. The centre of mass of a projection is that of the sample, seen at that angle (the Helgason-Ludwig
/// condition of first order; Natterer, The Mathematics of Computerized Tomography, 1986, theorem II.4.2), so the offset
/// is the rotation axis.
sinusoid fit_sinusoid(std::span<double const> angles, std::span<double const> values);

}  // namespace xrdct
