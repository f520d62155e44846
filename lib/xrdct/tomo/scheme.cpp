#include "xrdct/tomo/scheme.hpp"

#include <cmath>
#include <stdexcept>
#include <utility>

namespace xrdct {

std::unique_ptr<scheme> make_scheme(ray_operator const& matrix, solver_options const& options,
                                    std::unique_ptr<field> sinogram, std::unique_ptr<field> roots) {
  switch (options.algorithm) {
    case algorithm::sirt: return make_sirt(matrix, options, std::move(sinogram), std::move(roots));
    case algorithm::cgls: return make_cgls(matrix, std::move(sinogram), std::move(roots));
    case algorithm::mlem:
    case algorithm::osem: return make_osem(matrix, std::move(sinogram));
    case algorithm::tv: return make_tv(matrix, options, std::move(sinogram));
    case algorithm::fbp: break;
  }
  throw std::logic_error("filtered back-projection has no iterations");
}

std::vector<double> root_ratio(std::vector<double> const& a, std::vector<double> const& b) {
  std::vector<double> made(a.size());
  for (std::size_t c = 0; c < a.size(); ++c) made[c] = b[c] > 0 ? std::sqrt(a[c] / b[c]) : 0;
  return made;
}

std::vector<float> all_of(double value, std::size_t channels) {
  return std::vector<float>(channels, static_cast<float>(value));
}

std::vector<float> others(std::span<float const> active) {
  std::vector<float> made;
  for (float const a : active) made.push_back(1 - a);
  return made;
}

}  // namespace xrdct
