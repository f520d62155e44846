#include "xrdct/simulation/counts_table.hpp"

#include <algorithm>

namespace xrdct {
namespace {

constexpr double words = 4294967296.0;  // 2³²

/// m^k/k! for k = 0, 1, …, up to where what follows is less than one word in all: without exp(−m), whose last bit
/// differs between libraries.
std::vector<double> poisson_terms(double mean) {
  std::vector<double> terms{1};
  double sum = 1;
  for (double k = 1; k <= mean || terms.back() * words > 0.25 * sum; ++k) {
    terms.push_back(terms.back() * (mean / k));
    sum += terms.back();
  }
  return terms;
}

}  // namespace

counts_table::counts_table(double largest_mean) {
  auto const last = static_cast<std::size_t>(largest_mean * steps) + 1;
  for (std::size_t step = 0; step <= last; ++step) add_row(static_cast<double>(step) / steps);
}

std::uint16_t counts_table::step_of(double mean) const {
  auto const nearest = static_cast<std::size_t>(std::max(0.0, mean) * steps + 0.5);
  return static_cast<std::uint16_t>(std::min(nearest, rows_.size() - 1));
}

void counts_table::add_row(double mean) {
  auto const terms = poisson_terms(mean);
  double total = 0, reached = 0;
  for (double const term : terms) total += term;
  rows_.push_back(bounds_.size());
  for (double const term : terms) {
    reached += term;
    bounds_.push_back(static_cast<std::uint64_t>(reached / total * words));
  }
  bounds_.back() = std::uint64_t{1} << 32;
  auto const* const row = bounds_.data() + rows_.back();
  std::uint16_t count = 0;
  for (std::uint64_t byte = 0; byte < guides; ++byte) {
    while (byte << guide_shift >= row[count]) ++count;
    guide_.push_back(count);
  }
}

}  // namespace xrdct
