#include "xrdct/plot/colour_map.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace xrdct {
namespace {

float gamma(double linear) {
  double const v = std::clamp(linear, 0.0, 1.0);
  return static_cast<float>(v <= 0.0031308 ? 12.92 * v : 1.055 * std::pow(v, 1 / 2.4) - 0.055);
}

/// OKLab lightness, chroma and hue (degrees) to sRGB.
colour from_oklch(double lightness, double chroma, double hue) {
  double const a = chroma * std::cos(hue * std::numbers::pi / 180);
  double const b = chroma * std::sin(hue * std::numbers::pi / 180);
  auto const cube = [](double x) { return x * x * x; };
  double const l = cube(lightness + 0.3963377774 * a + 0.2158037573 * b);
  double const m = cube(lightness - 0.1055613458 * a - 0.0638541728 * b);
  double const s = cube(lightness - 0.0894841775 * a - 1.2914855480 * b);
  return {gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
          gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
          gamma(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s)};
}

}  // namespace

colour map_colour(double share) {
  if (std::isnan(share)) return {0.88F, 0.88F, 0.88F};
  double const t = std::clamp(share, 0.0, 1.0);
  double const hue = 312 - 207 * std::pow(t, 0.9);
  double const chroma = 0.10 + 0.055 * std::sin(std::numbers::pi * std::pow(t, 1.4));
  return from_oklch(0.22 + 0.70 * t, chroma + 0.05 * t * t, hue);
}

colour mark_colour(std::size_t index) {
  constexpr std::array<double, 4> hues{27, 255, 145, 310};
  return from_oklch(0.58, 0.17, hues[index % hues.size()]);
}

}  // namespace xrdct
