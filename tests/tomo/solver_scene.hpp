#pragma once
/// \file Small scans to be reconstructed, on every backend, and what is known of their solution.

#include "tests/tomo/dense_projection.hpp"
#include "xrdct/kernels/device.hpp"
#include "xrdct/tomo/solver.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <vector>

namespace xrdct::test {

struct solver_backend {
  std::string name;
  std::shared_ptr<device> on;
};

inline void PrintTo(solver_backend const& one, std::ostream* out) { *out << one.name; }

/// "reference", "cpu" with 1, 2 and 3 threads, and what devices with lanes run, by groups of one lane.
std::vector<solver_backend> const& solver_backends();
solver_backend const& solver_backend_named(std::string const& name);

/// [row][column] in double.
using matrix = std::vector<std::vector<double>>;
using values = std::vector<float>;

/// Rays enough to determine all pixels: none of them at the place of another, and a twentieth missing.
ray_list many_rays(int size, std::mt19937_64& random);
/// A of a list of rays, in double.
matrix matrix_of(ray_list const& rays);
/// The solution of min Σ weight·(A x − y)², by normal equations.
std::vector<double> least_squares(matrix const& a, std::vector<double> const& weight, std::vector<double> const& y);
/// The same with x ≥ 0, by coordinate descent until nothing moves.
std::vector<double> non_negative_least_squares(matrix const& a, std::vector<double> const& weight,
                                               std::vector<double> const& y);
std::vector<double> product(matrix const& a, std::vector<double> const& x);
double norm(std::vector<double> const& x);

/// A list of rays, sinograms [entry][channel], and their reconstruction on a device.
struct solver_scene {
  ray_list rays;
  std::size_t channels = 1;
  values sinogram;
  values errors{};  ///< for weighted options

  std::size_t pixels() const { return static_cast<std::size_t>(rays.size) * static_cast<std::size_t>(rays.size); }
  std::vector<double> channel(std::size_t which) const;
  void set_channel(std::size_t which, std::vector<double> const& y);
  /// Missing entries become NaN.
  void forget_missing();
  /// [pixel][channel]
  values solve_on(device& on, solver_options const& options, solver_outcome* outcome = nullptr,
                  solver_observer const& observer = {}, group_source const& begin = {}) const;
};

std::vector<double> channel_of(values const& all, std::size_t channels, std::size_t which);

}  // namespace xrdct::test
