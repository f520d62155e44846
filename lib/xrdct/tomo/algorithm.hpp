#pragma once
/// \file Which way a tomogram is reconstructed, and what can be chosen about it.

#include <optional>
#include <string>
#include <string_view>

namespace xrdct {

enum class algorithm {
  fbp,   ///< filtered back-projection (tomo/fbp.hpp)
  sirt,  ///< simultaneous iterative reconstruction
  cgls,  ///< conjugate gradients for least squares
  mlem,  ///< maximum likelihood of Poisson counts, by expectation maximisation
  osem,  ///< the same with ordered subsets of the rotations
  tv,    ///< least squares and total variation
};

/// Names as options have them. Throws usage_error for others.
algorithm parse_algorithm(std::string_view name);
std::string_view name_of(algorithm which);
inline bool iterative(algorithm which) { return which != algorithm::fbp; }

/// What was asked for; none: what suits the algorithm.
struct solver_choice {
  xrdct::algorithm algorithm = xrdct::algorithm::fbp;
  std::optional<int> iterations;
  std::optional<double> tolerance;
  std::optional<int> subsets;
  std::optional<double> tv_weight;
  bool non_negative = false;
  bool weighted = false;  ///< least squares by the errors of the sinogram
};

/// The same, settled.
struct solver_options {
  xrdct::algorithm algorithm = xrdct::algorithm::fbp;
  int iterations = 1;    ///< at most
  double tolerance = 0;  ///< a channel is done where an iteration changes its image by no more than this share of it
  int subsets = 1;       ///< of the rotations, one after the other in every iteration
  double tv_weight = 0;  ///< of total variation, relative to the data of each channel (tv.cpp)
  bool non_negative = false;
  bool weighted = false;  ///< the square of a difference counts by 1/σ² (sirt, cgls)
};

/// What a solver makes as small as it can, in words for the result file.
std::string objective_of(solver_options const& options);

/// Throws usage_error for what the algorithm cannot do, or does not have.
solver_options settle(solver_choice const& choice, int rotations);

}  // namespace xrdct
