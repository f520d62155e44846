#include "tests/tomo/dense_projection.hpp"

#include <algorithm>
#include <cmath>

namespace xrdct::test {
namespace {

struct ray {
  double c;
  double s;
  double p;

  /// How much of a pixel at (x, y) the ray x·cos θ − y·sin θ = p takes: a hat over where it crosses the pixel's row or
  /// column, times the way that it takes through that.
  double share(double x, double y) const {
    if (std::abs(c) >= std::abs(s)) return std::max(0.0, 1 - std::abs(x - (p + y * s) / c)) / std::abs(c);
    return std::max(0.0, 1 - std::abs(y - (x * c - p) / s)) / std::abs(s);
  }
};

void add(double a, float const* from, double* values, double* squares, std::size_t channels) {
  for (std::size_t c = 0; c < channels; ++c) {
    double const term = a * static_cast<double>(from[c]);
    values[c] += term;
    squares[c] += term * term;
  }
}

dense_projection::sums finish(std::vector<double> values, std::vector<double> squares) {
  for (auto& s : squares) s = std::sqrt(s);
  return {std::move(values), std::move(squares)};
}

}  // namespace

dense_projection::dense_projection(ray_list const& rays)
    : entries_(static_cast<std::size_t>(rays.rotations) * static_cast<std::size_t>(rays.translations)),
      pixels_(static_cast<std::size_t>(rays.size) * static_cast<std::size_t>(rays.size)) {
  auto const size = static_cast<std::size_t>(rays.size);
  for (std::size_t entry = 0; entry < entries_; ++entry) {
    if (rays.weights[entry] == 0) continue;
    ray const one{std::cos(rays.angles[entry]), std::sin(rays.angles[entry]), rays.positions[entry]};
    for (std::size_t pixel = 0; pixel < pixels_; ++pixel) {
      double const x = static_cast<double>(pixel % size) - rays.centre;
      double const y = static_cast<double>(pixel / size) - rays.centre;
      double const value = static_cast<double>(rays.weights[entry]) * one.share(x, y);
      if (value != 0) elements_.push_back({entry, pixel, value});
    }
  }
}

dense_projection::sums dense_projection::project(std::vector<float> const& image, std::size_t channels) const {
  std::vector<double> values(entries_ * channels);
  std::vector<double> squares(entries_ * channels);
  for (auto const& [entry, pixel, a] : elements_)
    add(a, &image[pixel * channels], &values[entry * channels], &squares[entry * channels], channels);
  return finish(std::move(values), std::move(squares));
}

dense_projection::sums dense_projection::back_project(std::vector<float> const& sinogram, std::size_t channels,
                                                      std::vector<bool> const& meant) const {
  std::vector<double> values(pixels_ * channels);
  std::vector<double> squares(pixels_ * channels);
  for (auto const& [entry, pixel, a] : elements_)
    if (meant[entry])
      add(a, &sinogram[entry * channels], &values[pixel * channels], &squares[pixel * channels], channels);
  return finish(std::move(values), std::move(squares));
}

}  // namespace xrdct::test
