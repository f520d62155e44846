#include "tests/tomo/ellipses.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace xrdct::test {
namespace {

constexpr int samples = 8;  // of a translation's width

/// The chord of an ellipse, times its density, at a distance from the projection of its centre.
double chord(ellipse const& e, double angle, double distance) {
  // The detector's direction is (cos θ, −sin θ).
  double const along = std::cos(angle) * std::cos(e.turn) - std::sin(angle) * std::sin(e.turn);
  double const across = -std::cos(angle) * std::sin(e.turn) - std::sin(angle) * std::cos(e.turn);
  double const half_width = e.a * e.a * along * along + e.b * e.b * across * across;
  double const rest = half_width - distance * distance;
  return rest > 0 ? 2 * e.density * e.a * e.b * std::sqrt(rest) / half_width : 0;
}

}  // namespace

std::vector<double> project_ellipses(std::vector<ellipse> const& sample, scan_geometry const& geometry,
                                     std::vector<double> const& shifts) {
  std::vector<double> sinogram;
  for (std::size_t r = 0; r < geometry.angles.size(); ++r) {
    double const angle = geometry.angles[r];
    for (int t = 0; t < geometry.translations; ++t) {
      double sum = 0;
      for (int i = 0; i < samples; ++i) {
        double const at = t - 0.5 + (i + 0.5) / samples - geometry.axis - (shifts.empty() ? 0 : shifts[r]);
        for (auto const& e : sample) sum += chord(e, angle, at - (e.x * std::cos(angle) - e.y * std::sin(angle)));
      }
      sinogram.push_back(sum / samples);
    }
  }
  return sinogram;
}

std::vector<ellipse> random_sample(std::mt19937& random, double radius, int grains) {
  std::uniform_real_distribution<double> uniform;
  auto const turn = [&] { return 2 * std::numbers::pi * uniform(random); };
  std::vector<ellipse> sample{
      {0.05 * radius, -0.03 * radius, 0.9 * radius, radius * (0.6 + 0.3 * uniform(random)), turn(), 1}};
  for (int i = 0; i < grains; ++i) {
    double const distance = 0.6 * radius * std::sqrt(uniform(random));
    double const direction = turn();
    sample.push_back({distance * std::cos(direction), distance * std::sin(direction),
                      radius * (0.05 + 0.25 * uniform(random)), radius * (0.05 + 0.25 * uniform(random)), turn(),
                      -0.3 + 2 * uniform(random)});
  }
  return sample;
}

std::vector<double> even_angles(int n, double range) {
  std::vector<double> angles;
  for (int i = 0; i < n; ++i) angles.push_back(range * std::numbers::pi / 180 * i / n);
  return angles;
}

}  // namespace xrdct::test
