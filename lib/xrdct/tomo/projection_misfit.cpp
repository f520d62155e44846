#include "xrdct/tomo/projection_misfit.hpp"

#include "xrdct/base/parallel.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace xrdct {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

// The coarse search looks at pictures of about this many pixels, the fine one at larger ones: an axis is found to a
// tenth of a pixel or two, and the time of a look is their third power.
constexpr int coarse_columns = 48;
constexpr int fine_columns = 128;

std::vector<double> some_of(std::vector<double> const& angles, int stride) {
  std::vector<double> some;
  for (std::size_t i = 0; i < angles.size(); i += static_cast<std::size_t>(stride)) some.push_back(angles[i]);
  return some;
}

/// The smallest of a parabola through values at −2 … 2 by least squares, and its second derivative.
struct parabola {
  double least = 0;
  double curvature = 0;
};
parabola fit_parabola(std::vector<double> const& y) {
  double const slope = (-2 * y[0] - y[1] + y[3] + 2 * y[4]) / 10;
  double const curvature = 2 * (2 * y[0] - y[1] - 2 * y[2] - y[3] + 2 * y[4]) / 14;
  return {curvature > 0 ? std::clamp(-slope / curvature, -2.0, 2.0) : 0, curvature};
}

std::vector<double> misfits_at(projection_misfit const& misfit, std::vector<double> const& axes, int threads) {
  std::vector<double> found(axes.size());
  in_parallel(threads, axes.size(), [&](std::size_t i) { found[i] = misfit.at(axes[i]); });
  return found;
}

int stride_for(int rotations, int most) { return std::max(1, (rotations + most - 1) / most); }

}  // namespace

projection_misfit::projection_misfit(total_scattering const& total, int bin, int stride)
    : bin_(bin),
      slice_(some_of(total.angles, stride), total.entries.translations / bin, total.entries.translations / bin / 2) {
  std::vector<double> means;
  for (int r = 0; r < total.entries.rotations; r += stride) {
    auto const* const line =
        &total.values[static_cast<std::size_t>(r) * static_cast<std::size_t>(total.entries.translations)];
    for (int c = 0; c < slice_.columns(); ++c)
      means.push_back(std::accumulate(line + c * bin, line + (c + 1) * bin, 0.0) / bin);
  }
  sinogram_ = slice_.extended(means);
  filtered_ = slice_.filtered(sinogram_);
}

double projection_misfit::at(double axis) const {
  std::vector<double> const axes(slice_.rotations(), (axis - (bin_ - 1) / 2.0) / bin_ + slice_.margin());
  return slice_.unexplained(sinogram_, slice_.project(slice_.back_project(filtered_, axes), axes));
}

misfit_minimum find_least_misfit(total_scattering const& total, int threads) {
  int const translations = total.entries.translations;
  double const middle = (translations - 1) / 2.0;
  misfit_minimum found{middle, 1, infinite};
  if (translations < 8 || total.entries.rotations < 4) return found;
  int bin = std::max(1, translations / coarse_columns);
  projection_misfit const coarse(total, bin, stride_for(total.entries.rotations, 2 * coarse_columns));
  std::vector<double> axes;
  for (double axis = middle - 0.4 * translations; axis <= middle + 0.4 * translations; axis += bin)
    axes.push_back(axis);
  auto misfits = misfits_at(coarse, axes, threads);
  auto const best = static_cast<std::size_t>(std::ranges::min_element(misfits) - misfits.begin());
  found.axis = axes[best];
  if (best == 0 || best + 1 == axes.size()) return found;

  double step = bin;
  bin = std::max(1, translations / fine_columns);
  projection_misfit const fine(total, bin, stride_for(total.entries.rotations, 2 * fine_columns));
  // The steps stay so large that interpolation between translations, which has a period of one, does not matter.
  for (;; step = std::max(step / 2, 0.4 * bin)) {
    axes.clear();
    for (int i = -2; i <= 2; ++i) axes.push_back(found.axis + i * step);
    misfits = misfits_at(fine, axes, threads);
    auto const fit = fit_parabola(misfits);
    found.axis += fit.least * step;
    found.misfit = *std::ranges::min_element(misfits);
    auto const values = static_cast<double>(total.entries.rotations) * translations;
    found.error = fit.curvature > 0 ? step * std::sqrt(2 * found.misfit / fit.curvature / values) : infinite;
    if (step <= 0.4 * bin) return found;
  }
}

}  // namespace xrdct
