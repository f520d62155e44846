#include "xrdct/plot/ticks.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace xrdct {

std::string short_number(double value, double step) {
  std::array<char, 48> text{};
  if (value == 0) return "0";
  double const size = std::max(std::abs(value), step);
  if (size >= 1e5 || size < 1e-3) {
    int const exponent = static_cast<int>(std::floor(std::log10(size)));
    int const digits = std::clamp(exponent - static_cast<int>(std::floor(std::log10(step) + 1e-9)), 0, 6);
    std::snprintf(text.data(), text.size(), "%.*fe%d", digits, value / std::pow(10, exponent), exponent);
    return text.data();
  }
  int const digits = std::clamp(-static_cast<int>(std::floor(std::log10(step) + 1e-9)), 0, 9);
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::vector<tick> ticks_between(double lower, double upper, int wanted) {
  std::vector<tick> ticks;
  double const span = upper - lower;
  if (!std::isfinite(span) || span <= 0 || wanted < 1) return ticks;
  double const rough = span / wanted;
  double const power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (double factor : {5.0, 2.0, 1.0})
    if (factor * power >= rough * 0.999) step = factor * power;
  double const first = std::ceil(lower / step - 1e-9);
  for (int i = 0; i <= 2 * wanted; ++i) {
    double const value = (first + i) * step;
    if (value > upper + 1e-9 * span) break;
    ticks.push_back({value, short_number(value, step)});
  }
  return ticks;
}

}  // namespace xrdct
