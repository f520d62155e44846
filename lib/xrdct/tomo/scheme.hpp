#pragma once
/// \file One algorithm on some channels at a time: what solvers have in common, and the list of them.

#include "xrdct/tomo/algorithm.hpp"
#include "xrdct/tomo/ray_operator.hpp"

#include <memory>
#include <span>
#include <vector>

namespace xrdct {

/// How an iteration went, channel by channel.
struct iteration_figures {
  std::vector<double> residual;  ///< ‖A x − y‖ / ‖y‖
  std::vector<double> change;    ///< ‖x − x before‖ / ‖x‖
};

/// An algorithm and all it knows. Channels never mix.
class scheme {
 public:
  virtual ~scheme() = default;

  /// One iteration. Channels whose `active` is 0 keep their image; 1 for others.
  virtual iteration_figures advance(std::span<float const> active) = 0;

  /// What it knows, to be saved, or to become that of fewer channels.
  struct parts {
    std::vector<std::unique_ptr<field>*> kept;     ///< from one iteration to the next; the image is the first
    std::vector<std::unique_ptr<field>*> scratch;  ///< may hold anything between iterations
    std::vector<std::vector<double>*> numbers;     ///< one a channel
  };
  virtual parts all() = 0;
};

/// Makes a scheme of sinograms without NaN: rays that are not usable hold 0. `roots` are, for weighted least squares,
/// the roots of the weights of all values, of any scale, and 0 of rays that are not usable; none: all are 1.
std::unique_ptr<scheme> make_scheme(ray_operator const& matrix, solver_options const& options,
                                    std::unique_ptr<field> sinogram, std::unique_ptr<field> roots = {});

// By the algorithm, each in a file of its name; mlem is osem of one subset.
std::unique_ptr<scheme> make_sirt(ray_operator const& matrix, solver_options const& options,
                                  std::unique_ptr<field> sinogram, std::unique_ptr<field> roots = {});
std::unique_ptr<scheme> make_cgls(ray_operator const& matrix, std::unique_ptr<field> sinogram,
                                  std::unique_ptr<field> roots = {});
std::unique_ptr<scheme> make_osem(ray_operator const& matrix, std::unique_ptr<field> sinogram);
std::unique_ptr<scheme> make_tv(ray_operator const& matrix, solver_options const& options,
                                std::unique_ptr<field> sinogram);

// Numbers of channels.

/// √(a/b); 0 where b is.
std::vector<double> root_ratio(std::vector<double> const& a, std::vector<double> const& b);
/// All the same.
std::vector<float> all_of(double value, std::size_t channels);
/// 1 − a.
std::vector<float> others(std::span<float const> active);

}  // namespace xrdct
