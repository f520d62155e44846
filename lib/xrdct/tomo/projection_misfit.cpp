#include "xrdct/tomo/projection_misfit.hpp"

#include "xrdct/base/parallel.hpp"
#include "xrdct/tomo/filters.hpp"
#include "xrdct/tomo/geometry.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace xrdct {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

// The coarse search looks at pictures of about this many pixels, the fine one at larger ones: an axis is found to a
// tenth of a pixel or two, and the time of a look is their third power.
constexpr int coarse_columns = 48;
constexpr int fine_columns = 128;
constexpr int edge = 3;  // columns at the ends that are not compared: what is beside the field acts on them most

/// Beside the last value, at `distance` of `reach` columns.
double fading(int distance, int reach) { return 0.5 + 0.5 * std::cos(std::numbers::pi * distance / (reach + 1)); }

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
    : bin_(bin), columns_(total.entries.translations / bin), margin_(columns_ / 2) {
  std::vector<double> angles;
  for (int r = 0; r < total.entries.rotations; r += stride) {
    auto const* const line =
        &total.values[static_cast<std::size_t>(r) * static_cast<std::size_t>(total.entries.translations)];
    angles.push_back(total.angles[static_cast<std::size_t>(r)]);
    std::vector<double> means;
    for (int c = 0; c < columns_; ++c) {
      double sum = 0;
      for (int i = 0; i < bin; ++i) sum += line[c * bin + i];
      means.push_back(sum / bin);
    }
    for (int d = margin_; d > 0; --d) sinogram_.push_back(means.front() * fading(d, margin_));
    sinogram_.insert(sinogram_.end(), means.begin(), means.end());
    for (int d = 1; d <= margin_; ++d) sinogram_.push_back(means.back() * fading(d, margin_));
  }
  weights_ = angle_weights(angles, convention::xrdct);
  for (double const angle : angles) {
    sines_.push_back(std::sin(angle));
    cosines_.push_back(std::cos(angle));
  }
  filtered_ = filtered();
}

projection_misfit::image projection_misfit::filtered() const {
  int const length = columns_ + 2 * margin_;
  auto const taps = make_filter(window::ramp, convention::xrdct, length).taps;
  image result(sinogram_.size());
  for (std::size_t first = 0; first < sinogram_.size(); first += static_cast<std::size_t>(length))
    for (int i = 0; i < length; ++i) {
      double sum = 0;
      for (int j = 0; j < length; ++j)
        sum += taps[static_cast<std::size_t>(std::abs(i - j))] * sinogram_[first + static_cast<std::size_t>(j)];
      result[first + static_cast<std::size_t>(i)] = sum;
    }
  return result;
}

projection_misfit::image projection_misfit::back_project(double axis) const {
  int const length = columns_ + 2 * margin_;
  auto const size = static_cast<std::size_t>(length);
  double const centre = (length - 1) / 2.0;
  image tomogram(size * size);
  for (std::size_t a = 0; a < sines_.size(); ++a) {
    double const* const samples = &filtered_[a * size];
    for (std::size_t row = 0; row < size; ++row) {
      double t = axis - centre * cosines_[a] - (static_cast<double>(row) - centre) * sines_[a];
      for (std::size_t column = 0; column < size; ++column, t += cosines_[a]) {
        if (!(t >= 0 && t < length - 1)) continue;
        auto const k = static_cast<std::size_t>(t);
        double const part = t - static_cast<double>(k);
        tomogram[row * size + column] += weights_[a] * ((1 - part) * samples[k] + part * samples[k + 1]);
      }
    }
  }
  return tomogram;
}

/// The transpose of the interpolation in back_project().
std::vector<double> projection_misfit::project(image const& tomogram, double axis) const {
  int const length = columns_ + 2 * margin_;
  auto const size = static_cast<std::size_t>(length);
  double const centre = (length - 1) / 2.0;
  std::vector<double> projected(sinogram_.size());
  for (std::size_t a = 0; a < sines_.size(); ++a) {
    double* const samples = &projected[a * size];
    for (std::size_t row = 0; row < size; ++row) {
      double t = axis - centre * cosines_[a] - (static_cast<double>(row) - centre) * sines_[a];
      for (std::size_t column = 0; column < size; ++column, t += cosines_[a]) {
        if (!(t >= 0 && t < length - 1)) continue;
        auto const k = static_cast<std::size_t>(t);
        double const part = t - static_cast<double>(k);
        samples[k] += (1 - part) * tomogram[row * size + column];
        samples[k + 1] += part * tomogram[row * size + column];
      }
    }
  }
  return projected;
}

double projection_misfit::misfit(std::vector<double> const& projected) const {
  double n = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;
  auto const length = static_cast<std::size_t>(columns_ + 2 * margin_);
  int const skipped = margin_ + std::min(edge, columns_ / 8);
  for (std::size_t first = 0; first < sinogram_.size(); first += length)
    for (auto i = first + static_cast<std::size_t>(skipped); i < first + length - static_cast<std::size_t>(skipped);
         ++i) {
      n += 1;
      x += projected[i];
      y += sinogram_[i];
      xx += projected[i] * projected[i];
      xy += projected[i] * sinogram_[i];
      yy += sinogram_[i] * sinogram_[i];
    }
  double const variance = yy - y * y / n;
  double const spread = xx - x * x / n;
  double const common = xy - x * y / n;
  if (!(variance > 0)) return 0;
  return spread > 0 ? std::max(0.0, 1 - common * common / (spread * variance)) : 1;
}

double projection_misfit::at(double axis) const {
  double const binned = (axis - (bin_ - 1) / 2.0) / bin_ + margin_;
  return misfit(project(back_project(binned), binned));
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
