#pragma once
/// \file The diffraction pattern of a powder, as a function of the scattering angle.

#include "xrdct/simulation/crystal.hpp"

#include <span>
#include <string>
#include <vector>

namespace xrdct {

/// A ring: where it is, and its intensity per unit of solid angle, integrated over 2θ.
struct powder_line {
  reflection plane;
  double two_theta = 0;  ///< radians
  double area = 0;       ///< |F|²·multiplicity/V² · Lorentz factor, for a volume fraction of 1 and one step of path
};

/// The lines of a structure up to `two_theta_max` (radians). `wavelength` in metres. The Lorentz factor
/// 1/(sin θ·sin 2θ) is that of a powder seen by a small part of its ring; polarization is the detector's affair.
std::vector<powder_line> powder_lines(unit_cell const& cell, double wavelength, double two_theta_max);

/// Intensity per unit of solid angle, tabulated at equal distances in 2θ from 0 and linear between: that function *is*
/// the simulation's truth.
struct powder_pattern {
  double step = 0;  ///< radians
  std::vector<double> values;

  double operator()(double two_theta) const;
};

/// All lines with a pseudo-Voigt profile of full width `width` at half maximum (radians), 30 % of it Lorentzian.
powder_pattern make_pattern(std::span<powder_line const> lines, double width, double two_theta_max);

/// What is scattered by the air, whether or not the sample is in the beam: a constant and a hill around the beam.
/// Its largest value is 1.
powder_pattern air_scattering(double width, double two_theta_max);

}  // namespace xrdct
