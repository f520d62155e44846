#pragma once
/// \file The sample: ellipses of several phases, and what a beam meets on its way through them.

#include <cstddef>
#include <vector>

namespace xrdct {

/// An ellipse filled evenly with one phase. Lengths in units of the sample's radius; x to the right, y downwards, as
/// in a tomogram.
struct ellipse {
  std::size_t phase = 0;
  double x = 0, y = 0;  ///< its centre
  double a = 1, b = 1;  ///< its semi-axes
  double angle = 0;     ///< of the first one, degrees from x towards y
  double density = 1;   ///< volume fraction, added to what is there already; negative makes a hole
};

/// The sample within a circle of radius 1 around the rotation axis.
struct phantom {
  std::size_t phases = 0;
  std::vector<ellipse> ellipses;
};

/// A porous pellet of the first phase with a shell of the second, and grains of the others within. Any number of phases
/// from 1; densities are nowhere negative.
phantom make_pellet(std::size_t phases);

/// The path integral of the density through an ellipse for a parallel beam at rotation `angle` (degrees), averaged over
/// the beam's width: the beam is the set of lines x·cos − y·sin = t with t within `width`/2 of `position`. Exact.
double ray_sum(ellipse const& e, double angle, double position, double width);

/// The density of a phase at a point.
double density_at(phantom const& sample, std::size_t phase, double x, double y);

/// The density of a phase on a grid of size × size pixels of edge `pixel`, [y][x], centred on the axis: the mean over a
/// pixel; at the edges of ellipses from 16 × 16 points in it.
std::vector<float> density_map(phantom const& sample, std::size_t phase, int size, double pixel);

}  // namespace xrdct
