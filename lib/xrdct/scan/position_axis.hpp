#pragma once
/// \file Distinct positions of a motor among the noisy ones that were recorded.

#include <cstdint>
#include <span>
#include <vector>

namespace xrdct {

/// One axis of a scan.
struct position_axis {
  std::vector<double> centres;      ///< ascending: means of clusters
  std::vector<std::int64_t> index;  ///< of every value: its cluster; −1: not finite
  std::vector<double> values;       ///< as they were clustered (angles perhaps modulo 360°)
  double width = 0;                 ///< of the widest cluster
  double gap = 0;                   ///< the largest that may lie within a cluster
  double bin = 0;                   ///< where uniform bins stand for clusters: their width; 0: clusters
  bool modulo = false;
};

/// Clusters values: neighbours nearer than `tolerance` median steps are one position. The step is robust against noise
/// (up to about a tenth of the step), against any number of repetitions, and against holes.
position_axis cluster_positions(std::span<double const> values, double tolerance);

/// The same for angles in degrees: where they extend over more than one turn, they are taken modulo 360° first, and
/// positions on both sides of 0° = 360° are neighbours.
position_axis cluster_angles(std::span<double const> degrees, double tolerance);

/// All finite values as one position.
position_axis single_position(position_axis const& axis);

/// The median distance of neighbours in an ascending list; 0 for fewer than two.
double median_step(std::span<double const> ascending);

/// Whether the distances between neighbours of the finite values, in order, are alike, as those of a motor that moves
/// are and those of noise are not: their quartiles differ by less than a factor of two.
bool evenly_spaced(std::span<double const> values);

}  // namespace xrdct
