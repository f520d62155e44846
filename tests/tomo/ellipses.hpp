#pragma once
/// \file Samples of ellipses, whose projections are known without any picture of them.

#include "xrdct/kernels/tomograph.hpp"

#include <random>
#include <vector>

namespace xrdct::test {

/// Lengths are in translations, from the rotation axis; x and y as in scan_geometry.
struct ellipse {
  double x = 0, y = 0;
  double a = 1, b = 1;  ///< half axes
  double turn = 0;      ///< of `a` from x, radians
  double density = 1;
};

/// The mean over each translation's width of the integrals along the rays, [rotation][translation]. `geometry` gives
/// angles, translations and axis; `shifts`, one a rotation or none, are added to the axis.
std::vector<double> project_ellipses(std::vector<ellipse> const& sample, scan_geometry const& geometry,
                                     std::vector<double> const& shifts = {});

/// One large ellipse and `grains` smaller ones in it, all within `radius`.
std::vector<ellipse> random_sample(std::mt19937& random, double radius, int grains = 8);

/// n angles over `range` degrees, evenly spaced.
std::vector<double> even_angles(int n, double range);

}  // namespace xrdct::test
