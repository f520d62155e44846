#include "xrdct/tomo/algorithm.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/tomo/names.hpp"

#include <algorithm>

namespace xrdct {
namespace {

constexpr named<algorithm> algorithms[] = {{"fbp", algorithm::fbp},   {"sirt", algorithm::sirt},
                                           {"cgls", algorithm::cgls}, {"mlem", algorithm::mlem},
                                           {"osem", algorithm::osem}, {"tv", algorithm::tv}};

// Ten rotations or so in a subset keep its image from being streaky.
constexpr int default_subsets = 10;

/// Where noise is not yet worse than what further iterations gain, on scans of some hundred positions a line.
int usual_iterations(algorithm which) {
  switch (which) {
    case algorithm::cgls: return 15;
    case algorithm::osem: return 10;
    case algorithm::mlem: return 60;
    default: return 100;
  }
}

void require(bool condition, std::string const& otherwise) {
  if (!condition) throw usage_error(otherwise);
}

}  // namespace

algorithm parse_algorithm(std::string_view name) { return parse_name("algorithm", name, algorithms); }
std::string_view name_of(algorithm which) { return name_in(which, algorithms); }

std::string objective_of(solver_options const& options) {
  std::string const positive = options.non_negative ? ", values not being negative" : "";
  std::string const square = options.weighted ? "((A x - y) / sigma)^2" : "(A x - y)^2";
  switch (options.algorithm) {
    case algorithm::fbp: return "";
    case algorithm::sirt:
      return "sum of " + square + " over rays, each divided by the ray's length in the image" + positive;
    case algorithm::cgls: return "the sum of " + square + " over rays";
    case algorithm::mlem:
    case algorithm::osem: return "minus the logarithm of the likelihood of y as Poisson counts around A x";
    case algorithm::tv: return "half the sum of (A x - y)^2 over rays, plus weight x total variation of x" + positive;
  }
  return "";
}

solver_options settle(solver_choice const& choice, int rotations) {
  auto const which = choice.algorithm;
  auto const name = std::string(name_of(which));
  require(iterative(which) || !(choice.iterations || choice.tolerance),
          "--iterations and --tolerance belong to iterative algorithms: --algorithm " + name + " has none");
  require(which == algorithm::osem || !choice.subsets, "--subsets belongs to --algorithm osem, not to " + name);
  require(which == algorithm::tv || !choice.tv_weight, "--tv-weight belongs to --algorithm tv, not to " + name);
  require(which != algorithm::cgls || !choice.non_negative,
          "--non-negative is nothing that conjugate gradients can do: take --algorithm sirt, mlem, osem or tv");
  require(which == algorithm::sirt || which == algorithm::cgls || !choice.weighted,
          "--weights errors belongs to least squares, --algorithm sirt or cgls, not to " + name);
  solver_options made;
  made.algorithm = which;
  made.iterations = choice.iterations.value_or(usual_iterations(which));
  made.tolerance = choice.tolerance.value_or(1e-4);
  if (which == algorithm::osem) made.subsets = std::clamp(choice.subsets.value_or(default_subsets), 1, rotations);
  made.tv_weight = choice.tv_weight.value_or(0.05);
  made.non_negative = choice.non_negative;
  made.weighted = choice.weighted;
  return made;
}

}  // namespace xrdct
