#include "xrdct/simulation/powder.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace xrdct {
namespace {

/// Points of the table in a line's full width at half maximum: linear interpolation is then good to 2e-5 of the peak.
constexpr double points_in_width = 200;
/// A profile is followed this many widths to either side; its Lorentzian part is 1e-4 of its height there.
constexpr double reach = 40;

powder_pattern empty_pattern(double width, double two_theta_max) {
  powder_pattern pattern;
  pattern.step = width / points_in_width;
  pattern.values.assign(static_cast<std::size_t>(two_theta_max / pattern.step) + 2, 0.0);
  return pattern;
}

/// A pseudo-Voigt profile of unit area and full width at half maximum 1.
double profile(double x) {
  constexpr double lorentzian_share = 0.3;
  double const gauss = 2 * std::sqrt(std::numbers::ln2 / std::numbers::pi) * std::exp(-4 * std::numbers::ln2 * x * x);
  double const lorentz = 2 / std::numbers::pi / (1 + 4 * x * x);
  return lorentzian_share * lorentz + (1 - lorentzian_share) * gauss;
}

}  // namespace

std::vector<powder_line> powder_lines(unit_cell const& cell, double wavelength, double two_theta_max) {
  constexpr double finest_d = 0.25;  // Å; finer planes scatter next to nothing
  double const angstroms = wavelength * 1e10;
  double const d_min = std::max(finest_d, angstroms / (2 * std::sin(std::min(two_theta_max, std::numbers::pi) / 2)));
  double const per_volume = 1 / (cell.volume() * cell.volume());
  std::vector<powder_line> lines;
  for (auto const& plane : reflections(cell, d_min)) {
    double const sine = angstroms / (2 * plane.d);
    if (sine >= 1) continue;
    double const theta = std::asin(sine);
    lines.push_back({plane, 2 * theta, plane.strength * per_volume / (sine * std::sin(2 * theta))});
  }
  return lines;
}

double powder_pattern::operator()(double two_theta) const {
  double const at = two_theta / step;
  if (!(at >= 0) || at >= static_cast<double>(values.size() - 1)) return at < 0 ? values.front() : values.back();
  auto const k = static_cast<std::size_t>(at);
  double const share = at - static_cast<double>(k);
  return values[k] * (1 - share) + values[k + 1] * share;
}

powder_pattern make_pattern(std::span<powder_line const> lines, double width, double two_theta_max) {
  powder_pattern pattern = empty_pattern(width, two_theta_max);
  auto const last = static_cast<double>(pattern.values.size() - 1);
  for (auto const& line : lines) {
    double const lower = std::max(0.0, (line.two_theta - reach * width) / pattern.step);
    double const upper = std::min(last, (line.two_theta + reach * width) / pattern.step);
    for (auto k = static_cast<std::size_t>(lower); static_cast<double>(k) <= upper; ++k)
      pattern.values[k] +=
          line.area / width * profile((static_cast<double>(k) * pattern.step - line.two_theta) / width);
  }
  return pattern;
}

powder_pattern air_scattering(double width, double two_theta_max) {
  powder_pattern pattern = empty_pattern(width, two_theta_max);
  double const hill = two_theta_max / 4;
  for (std::size_t k = 0; k < pattern.values.size(); ++k) {
    double const x = static_cast<double>(k) * pattern.step / hill;
    pattern.values[k] = 0.15 + 0.85 * std::exp(-x * x);
  }
  return pattern;
}

}  // namespace xrdct
