#include "xrdct/simulation/poisson.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace xrdct {
namespace {

using counter = std::array<std::uint32_t, 4>;

TEST(Philox, GivesTheKnownAnswersOfItsAuthors) {
  // Random123's kat_vectors for philox4x32-10.
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (counter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  std::uint32_t const ones = 0xffffffff;
  EXPECT_EQ(philox({ones, ones, ones, ones}, {ones, ones}), (counter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (counter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, NormalNumbersAreNormal) {
  random_source const random(3, purpose::monitor, 5);
  constexpr int n = 100'000;
  double sum = 0, squares = 0, within = 0;
  for (std::uint32_t i = 0; i < n; ++i) {
    double const x = random.normal(i);
    sum += x;
    squares += x * x;
    within += std::abs(x) < 1;
  }
  EXPECT_NEAR(sum / n, 0, 4.5 / std::sqrt(n));
  EXPECT_NEAR(squares / n, 1, 4.5 * std::sqrt(2. / n));
  EXPECT_NEAR(within / n, 0.682689, 4.5 * std::sqrt(0.6827 * 0.3173 / n));
}

std::vector<std::uint32_t> draw(float mean, std::size_t n, random_source const& random) {
  std::vector<float> const means(n, mean);
  std::vector<std::uint32_t> counts(n);
  draw_counts(means, random, 0, counts);
  return counts;
}

/// ln P(k) for a Poisson number, by the library's gamma function.
double log_probability(double mean, double k) { return k * std::log(mean) - mean - std::lgamma(k + 1); }

/// Pearson's χ² against the exact distribution, in bins that expect at least 10, as a standard normal number (Wilson
/// and Hilferty's transformation).
double chi_square_deviation(std::vector<std::uint32_t> counts, double mean) {
  std::sort(counts.begin(), counts.end());
  auto const n = static_cast<double>(counts.size());
  double const reach = 12 * std::sqrt(mean) + 30;
  auto const lowest = static_cast<std::uint64_t>(std::max(0.0, mean - reach));
  auto const highest = static_cast<std::uint64_t>(mean + reach);
  auto const seen_until = [&](std::uint64_t k) {
    return static_cast<double>(std::upper_bound(counts.begin(), counts.end(), k) - counts.begin());
  };
  double chi2 = 0;
  double expected = 0;  // in the bin that is being filled
  double total = 0;
  double seen_before = 0;
  int bins = 0;
  for (std::uint64_t k = lowest; k <= highest; ++k) {
    double const p = n * std::exp(log_probability(mean, static_cast<double>(k)));
    expected += p;
    total += p;
    bool const last = n - total < 10;  // what remains belongs to this bin
    if (expected < 10 && !last) continue;
    if (last) expected += n - total;
    double const seen = (last ? n : seen_until(k)) - seen_before;
    seen_before += seen;
    chi2 += (seen - expected) * (seen - expected) / expected;
    expected = 0;
    ++bins;
    if (last) break;
  }
  double const freedom = bins - 1;
  if (freedom < 1) return 0;
  return (std::cbrt(chi2 / freedom) - (1 - 2 / (9 * freedom))) / std::sqrt(2 / (9 * freedom));
}

class PoissonMeans : public testing::TestWithParam<float> {};

TEST_P(PoissonMeans, HaveTheRightMeanVarianceAndDistribution) {
  float const mean = GetParam();
  constexpr std::size_t n = 400'000;
  auto const counts = draw(mean, n, random_source(12345, purpose::counts, 7));
  double const lambda = static_cast<double>(mean);
  double sum = 0;
  for (auto k : counts) sum += k;
  double const average = sum / n;
  EXPECT_NEAR(average, lambda, 4.5 * std::sqrt(lambda / n));
  double squares = 0;
  for (auto k : counts) squares += (k - lambda) * (k - lambda);
  // The variance of (k − λ)² is λ + 2λ².
  EXPECT_NEAR(squares / n, lambda, 4.5 * std::sqrt((lambda + 2 * lambda * lambda) / n));
  EXPECT_LT(chi_square_deviation(counts, lambda), 4);
  EXPECT_GT(chi_square_deviation(counts, lambda), -4);
}

INSTANTIATE_TEST_SUITE_P(FromFewToMany, PoissonMeans,
                         testing::Values(0.01F, 0.1F, 0.7F, 1.F, 3.3F, 7.F, 11.99F, 12.F, 13.5F, 30.F, 100.F, 1000.F,
                                         1e4F, 1e5F));

TEST(Poisson, TheTestFindsAWrongSampler) {
  auto counts = draw(5, 400'000, random_source(1, purpose::counts, 1));
  for (std::size_t i = 0; i < counts.size(); i += 100) counts[i] = 5;  // one in a hundred is too regular
  EXPECT_GT(chi_square_deviation(counts, 5), 4);
}

TEST(Poisson, CountsDependOnThePlaceAlone) {
  std::vector<float> means(1003);
  for (std::size_t i = 0; i < means.size(); ++i) means[i] = static_cast<float>(i % 60) * 0.7F;
  random_source const random(99, purpose::counts, 4);
  std::vector<std::uint32_t> whole(means.size());
  draw_counts(means, random, 0, whole);
  std::vector<std::uint32_t> pieces(means.size());
  for (std::size_t first = 0; first < means.size(); first += 52) {
    std::size_t const count = std::min<std::size_t>(52, means.size() - first);
    draw_counts(std::span(means).subspan(first, count), random, static_cast<std::uint32_t>(first),
                std::span(pieces).subspan(first, count));
  }
  EXPECT_EQ(whole, pieces);
}

TEST(Poisson, SeedsFramesAndPixelsAreIndependent) {
  constexpr std::size_t n = 100'000;
  auto const base = draw(4, n, random_source(1, purpose::counts, 1));
  for (auto const& other :
       {draw(4, n, random_source(2, purpose::counts, 1)), draw(4, n, random_source(1, purpose::counts, 2)),
        draw(4, n, random_source(1ULL << 40, purpose::counts, 1)),
        draw(4, n, random_source(1, purpose::counts, 1ULL << 40))}) {
    double product = 0;
    for (std::size_t i = 0; i < n; ++i) product += (base[i] - 4.0) * (other[i] - 4.0);
    EXPECT_LT(std::abs(product / 4 / std::sqrt(n)), 4.5);
  }
  double neighbours = 0;
  for (std::size_t i = 1; i < n; ++i) neighbours += (base[i] - 4.0) * (base[i - 1] - 4.0);
  EXPECT_LT(std::abs(neighbours / 4 / std::sqrt(n)), 4.5);
}

TEST(Poisson, MeansOutsideTheUsualAreSafe) {
  float const nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> const means{0, -1, nan, -std::numeric_limits<float>::infinity(), 1e9F, 1e20F};
  std::vector<std::uint32_t> counts(means.size(), 77);
  draw_counts(means, random_source(1, purpose::counts, 1), 0, counts);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(counts[static_cast<std::size_t>(i)], 0U);
  EXPECT_NEAR(counts[4], 1e9, 2e5);
  EXPECT_NEAR(counts[5], 1e9, 2e5);
}

}  // namespace
}  // namespace xrdct
