#include "tests/tomo/dense_operator.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace xrdct::test {
namespace {

/// How much sample k counts for a ray at t: a hat over it.
double hat(double t, int k) { return std::max(0.0, 1 - std::abs(t - k)); }

double ray(scan_geometry const& geometry, int row, int column, std::size_t rotation) {
  double const angle = geometry.angles[rotation];
  double const shift = geometry.shifts.empty() ? 0 : geometry.shifts[rotation];
  double const x = column - geometry.centre;
  double const up = geometry.centre - row;
  return geometry.axis + shift + x * std::cos(angle) + up * std::sin(angle);
}

}  // namespace

dense_operator::dense_operator(scan_geometry const& geometry, filter_taps const& filter,
                               std::span<double const> weights)
    : pixels_(static_cast<std::size_t>(geometry.size * geometry.size)),
      entries_(geometry.angles.size() * static_cast<std::size_t>(geometry.translations)),
      matrix_(pixels_ * entries_) {
  int const translations = geometry.translations;
  for (int row = 0; row < geometry.size; ++row) {
    for (int column = 0; column < geometry.size; ++column) {
      double* const line = matrix_.data() + static_cast<std::size_t>(row * geometry.size + column) * entries_;
      for (std::size_t a = 0; a < geometry.angles.size(); ++a) {
        double t = ray(geometry, row, column, a);
        if (t < -1e-6 || t > translations - 1 + 1e-6) continue;
        t = std::clamp(t, 0.0, translations - 1.0);
        for (int j = 0; j < translations; ++j) {
          double sum = 0;
          for (int k = std::max(0, static_cast<int>(t) - 1); k < std::min(translations, static_cast<int>(t) + 3); ++k) {
            sum += hat(t, k) * filter.taps[static_cast<std::size_t>(std::abs(k - j))];
          }
          line[a * static_cast<std::size_t>(translations) + static_cast<std::size_t>(j)] = weights[a] * sum;
        }
      }
    }
  }
}

template <class Square>
std::vector<double> dense_operator::apply(std::vector<float> const& sinogram, std::size_t channels,
                                          Square square) const {
  std::vector<double> result(pixels_ * channels);
  for (std::size_t pixel = 0; pixel < pixels_; ++pixel) {
    for (std::size_t entry = 0; entry < entries_; ++entry) {
      double const m = square(matrix_[pixel * entries_ + entry]);
      if (m == 0) continue;
      for (std::size_t c = 0; c < channels; ++c) result[pixel * channels + c] += m * sinogram[entry * channels + c];
    }
  }
  return result;
}

std::vector<double> dense_operator::values(std::vector<float> const& sinogram, std::size_t channels) const {
  return apply(sinogram, channels, [](double m) { return m; });
}

std::vector<double> dense_operator::variances(std::vector<float> const& variance, std::size_t channels) const {
  return apply(variance, channels, [](double m) { return m * m; });
}

}  // namespace xrdct::test
