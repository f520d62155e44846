#include "xrdct/simulation/poisson.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>

namespace xrdct {
namespace {

/// Below this mean, counts are found by searching the distribution from 0 on.
constexpr double search_limit = 12;

/// Pixels that are worked on together, so that the loops over them become vector instructions.
constexpr std::size_t strip = 512;

/// exp(−x) for 0 ≤ x ≤ search_limit to 1e-13: 2^−n times a short series, without a branch. Larger x give nothing
/// useful.
double exp_minus(double x) {
  double const turns = x * std::numbers::log2e;
  double const shifted = turns + 0x1.8p52;  // its last bits are the nearest whole number
  double const n = shifted - 0x1.8p52;
  double const r = (n - turns) * std::numbers::ln2;  // within ±ln 2 / 2
  double const low = 1 + r * (1 + r * (1. / 2 + r * (1. / 6)));
  double const middle = 1. / 24 + r * (1. / 120 + r * (1. / 720 + r * (1. / 5040)));
  double const high = 1. / 40320 + r * (1. / 362880 + r * (1. / 3628800 + r * (1. / 39916800)));
  double const r4 = r * r * (r * r);
  double const series = low + r4 * (middle + r4 * high);
  std::uint64_t const exponent =
      (1023 + (std::bit_cast<std::uint64_t>(0x1.8p52) - std::bit_cast<std::uint64_t>(shifted))) << 52;
  return series * std::bit_cast<double>(exponent);
}

/// P(k > 80) at a mean of 12 is far below the 2⁻³³ that a word can tell from 0.
constexpr std::uint32_t most = 80;
constexpr auto reciprocals = [] {
  std::array<double, most + 1> table{};
  for (std::uint32_t k = 1; k <= most; ++k) table[k] = 1.0 / k;
  return table;
}();

/// Inversion of the distribution function for a small mean; `p` is the probability of 0.
std::uint32_t search(double mean, double p, std::uint32_t word) {
  double const u = (static_cast<double>(word) + 0.5) * 0x1p-32;
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

/// What the pixels of a strip need before their counts are drawn one by one.
struct prepared_strip {
  std::array<std::uint32_t, strip> words;
  std::array<double, strip> of_none;  ///< the probability of a count of 0, for small means
};

void prepare(std::span<float const> means, random_source const& random, std::uint32_t first, prepared_strip& s) {
  for (std::size_t i = 0; i < means.size(); i += 4) {
    auto const four = random.words(static_cast<std::uint32_t>(first + i) / 4);
    std::copy(four.begin(), four.end(), s.words.begin() + static_cast<std::ptrdiff_t>(i));
  }
  for (std::size_t i = 0; i < means.size(); ++i) s.of_none[i] = exp_minus(static_cast<double>(means[i]));
}

}  // namespace

double random_source::normal(std::uint32_t item, std::uint32_t draw) const {
  auto const [u, v] = uniform(item, draw);
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
}

void draw_counts(std::span<float const> means, random_source const& random, std::uint32_t first,
                 std::span<std::uint32_t> counts) {
  prepared_strip s;
  for (std::size_t start = 0; start < means.size(); start += strip) {
    auto const here = means.subspan(start, std::min(strip, means.size() - start));
    auto const item = static_cast<std::uint32_t>(first + start);
    prepare(here, random, item, s);
    for (std::size_t i = 0; i < here.size(); ++i) {
      auto const mean = static_cast<double>(here[i]);
      std::uint32_t count = 0;
      if (mean > 0)
        count = mean < search_limit ? search(mean, s.of_none[i], s.words[i])
                                    : reject(std::min(mean, 1e9), random, item + static_cast<std::uint32_t>(i));
      counts[start + i] = count;
    }
  }
}

}  // namespace xrdct
