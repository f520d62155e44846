#include "xrdct/simulation/poisson.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace xrdct {
namespace {

/// Below this mean, counts are found by searching the distribution from 0 on.
constexpr float search_limit = 12;

auto const exponentials = [] {
  std::array<double, static_cast<std::size_t>(search_limit) * 8 + 2> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = std::exp(-static_cast<double>(i) / 8);
  return table;
}();

/// exp(−x) for 0 ≤ x ≤ search_limit to 1e-13, by the nearest eighth and a short series: faster than the library's.
double exp_minus(double x) {
  auto const i = static_cast<std::size_t>(x * 8 + 0.5);
  double const r = static_cast<double>(i) / 8 - x;  // within ±1/16
  double const series =
      1 + r * (1 + r * (1. / 2 + r * (1. / 6 + r * (1. / 24 + r * (1. / 120 + r * (1. / 720 + r / 5040))))));
  return exponentials[i] * series;
}

/// P(k > 80) at a mean of 12 is far below the 2⁻³³ that a word can tell from 0.
constexpr std::uint32_t most = 80;
constexpr auto reciprocals = [] {
  std::array<double, most + 1> table{};
  for (std::uint32_t k = 1; k <= most; ++k) table[k] = 1.0 / k;
  return table;
}();

/// Inversion of the distribution function for a small mean.
std::uint32_t search(double mean, std::uint32_t word) {
  double const u = (static_cast<double>(word) + 0.5) * 0x1p-32;
  double p = exp_minus(mean);
  double sum = p;
  std::uint32_t k = 0;
  while (u > sum && k < most) {
    ++k;
    p *= mean * reciprocals[k];
    sum += p;
  }
  return k;
}

auto const small = [] {
  std::array<double, 16> table{};
  for (std::size_t i = 2; i < table.size(); ++i) table[i] = table[i - 1] + std::log(static_cast<double>(i));
  return table;
}();

/// ln(k!), from Stirling's series for large k.
double log_factorial(double k) {
  if (k < static_cast<double>(small.size())) return small[static_cast<std::size_t>(k)];
  double const x = k + 1;
  double const series = (1. / 12 - (1. / 360 - 1. / (1260 * x * x)) / (x * x)) / x;
  return (x - 0.5) * std::log(x) - x + 0.5 * std::log(2 * std::numbers::pi) + series;
}

/// Transformed rejection with squeeze: W. Hörmann, "The transformed rejection method for generating Poisson random
/// variables", Insurance: Mathematics and Economics 12 (1993) 39–45, algorithm PTRS. For means of at least 10.
std::uint32_t reject(double mean, random_source const& random, std::uint32_t item) {
  double const b = 0.931 + 2.53 * std::sqrt(mean);
  double const a = -0.059 + 0.02483 * b;
  double const squeeze = 0.9277 - 3.6224 / (b - 2);
  for (std::uint32_t draw = 1;; ++draw) {
    auto const [first, v] = random.uniform(item, draw);
    double const u = first - 0.5;
    double const us = 0.5 - std::abs(u);
    double const k = std::floor((2 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= squeeze) return static_cast<std::uint32_t>(k);
    if (k < 0 || (us < 0.013 && v > us)) continue;
    double const inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    double const height = std::log(v * inverse_alpha / (a / (us * us) + b));
    if (height <= -mean + k * std::log(mean) - log_factorial(k)) return static_cast<std::uint32_t>(k);
  }
}

std::uint32_t draw_one(float mean, std::uint32_t word, random_source const& random, std::uint32_t item) {
  if (!(mean > 0)) return 0;
  if (mean < search_limit) return search(mean, word);
  return reject(std::min(static_cast<double>(mean), 1e9), random, item);
}

}  // namespace

double random_source::normal(std::uint32_t item, std::uint32_t draw) const {
  auto const [u, v] = uniform(item, draw);
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
}

void draw_counts(std::span<float const> means, random_source const& random, std::uint32_t first,
                 std::span<std::uint32_t> counts) {
  for (std::size_t i = 0; i < means.size(); i += 4) {
    auto const item = static_cast<std::uint32_t>(first + i);
    auto const words = random.words(item / 4);
    std::size_t const here = std::min<std::size_t>(4, means.size() - i);
    for (std::size_t j = 0; j < here; ++j)
      counts[i + j] = draw_one(means[i + j], words[j], random, item + static_cast<std::uint32_t>(j));
  }
}

}  // namespace xrdct
