#include "xrdct/tomo/slice.hpp"

#include "xrdct/tomo/fading.hpp"
#include "xrdct/tomo/filters.hpp"
#include "xrdct/tomo/geometry.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>

namespace xrdct {
namespace {

/// Calls visit(pixel, k, part) for every pixel that is seen between columns k and k + 1 of a rotation.
template <class Visit>
void for_pixels(int length, double sine, double cosine, double axis, Visit visit) {
  auto const size = static_cast<std::size_t>(length);
  double const centre = (length - 1) / 2.0;
  for (std::size_t row = 0; row < size; ++row) {
    double const first = axis - centre * cosine - (static_cast<double>(row) - centre) * sine;
    for (std::size_t column = 0; column < size; ++column) {
      double const t = first + static_cast<double>(column) * cosine;
      if (!(t >= 0 && t < length - 1)) continue;
      auto const k = static_cast<std::size_t>(t);
      visit(row * size + column, k, t - static_cast<double>(k));
    }
  }
}

}  // namespace

slice_model::slice_model(std::vector<double> const& angles, int columns, int margin)
    : columns_(columns), margin_(margin), weights_(angle_weights(angles, convention::xrdct)) {
  for (double const angle : angles) {
    sines_.push_back(std::sin(angle));
    cosines_.push_back(std::cos(angle));
  }
}

std::vector<double> slice_model::extended(std::vector<double> const& measured) const {
  std::vector<double> sinogram;
  auto const columns = static_cast<std::size_t>(columns_);
  for (std::size_t first = 0; first < rotations() * columns; first += columns) {
    for (int d = margin_; d > 0; --d) sinogram.push_back(measured[first] * fading(d, margin_));
    for (std::size_t c = 0; c < columns; ++c) sinogram.push_back(measured[first + c]);
    for (int d = 1; d <= margin_; ++d) sinogram.push_back(measured[first + columns - 1] * fading(d, margin_));
  }
  return sinogram;
}

std::vector<double> slice_model::filtered(std::vector<double> const& sinogram) const {
  auto const taps = make_filter(window::ramp, convention::xrdct, length()).taps;
  std::vector<double> result(sinogram.size());
  for (std::size_t r = 0; r < rotations(); ++r) {
    auto const first = r * static_cast<std::size_t>(length());
    for (int i = 0; i < length(); ++i) {
      double sum = 0;
      for (int j = 0; j < length(); ++j)
        sum += taps[static_cast<std::size_t>(std::abs(i - j))] * sinogram[first + static_cast<std::size_t>(j)];
      result[first + static_cast<std::size_t>(i)] = weights_[r] * sum;
    }
  }
  return result;
}

std::vector<double> slice_model::back_project(std::vector<double> const& filtered,
                                              std::vector<double> const& axes) const {
  auto const size = static_cast<std::size_t>(length());
  std::vector<double> tomogram(size * size);
  for (std::size_t r = 0; r < rotations(); ++r) {
    double const* const samples = &filtered[r * size];
    for_pixels(length(), sines_[r], cosines_[r], axes[r], [&](std::size_t pixel, std::size_t k, double part) {
      tomogram[pixel] += (1 - part) * samples[k] + part * samples[k + 1];
    });
  }
  return tomogram;
}

std::vector<double> slice_model::project(std::vector<double> const& tomogram, std::vector<double> const& axes) const {
  auto const size = static_cast<std::size_t>(length());
  std::vector<double> projected(rotations() * size);
  for (std::size_t r = 0; r < rotations(); ++r) {
    double* const samples = &projected[r * size];
    for_pixels(length(), sines_[r], cosines_[r], axes[r], [&](std::size_t pixel, std::size_t k, double part) {
      samples[k] += (1 - part) * tomogram[pixel];
      samples[k + 1] += part * tomogram[pixel];
    });
  }
  return projected;
}

int slice_model::first_compared() const {
  constexpr int edge = 3;
  return margin_ + std::min(edge, columns_ / 8);
}

double slice_model::unexplained(std::vector<double> const& sinogram, std::vector<double> const& projected) const {
  double n = 0;
  double x = 0;
  double y = 0;
  for (std::size_t r = 0; r < rotations(); ++r)
    for (int c = first_compared(); c < end_compared(); ++c) {
      auto const i = r * static_cast<std::size_t>(length()) + static_cast<std::size_t>(c);
      n += 1;
      x += projected[i];
      y += sinogram[i];
    }
  double xx = 0;
  double xy = 0;
  double yy = 0;
  for (std::size_t r = 0; r < rotations(); ++r)
    for (int c = first_compared(); c < end_compared(); ++c) {
      auto const i = r * static_cast<std::size_t>(length()) + static_cast<std::size_t>(c);
      double const dx = projected[i] - x / n;
      double const dy = sinogram[i] - y / n;
      xx += dx * dx;
      xy += dx * dy;
      yy += dy * dy;
    }
  if (!(yy > 0)) return 0;
  return xx > 0 ? std::max(0.0, 1 - xy * xy / (xx * yy)) : 1;
}

}  // namespace xrdct
