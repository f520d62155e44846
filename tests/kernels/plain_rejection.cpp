#include "tests/kernels/plain_rejection.hpp"

#include <cmath>
#include <map>
#include <utility>

namespace xrdct::test {
namespace {

using entries_of_bin = std::vector<plain_entry>;

long double ratio(plain_entry const& e) { return static_cast<long double>(e.s) / e.omega; }

long double weight(plain_entry const& e) { return static_cast<long double>(e.c) * e.omega; }

// How many standard deviations are too many: SEMANTICS §5.
long double allowed(long double count, double threshold) {
  constexpr long double pi = 3.14159265358979323846L;
  if (count < 3) count = 3;
  auto const chauvenet = std::sqrt(2 * (std::log(count) - std::log(2 * pi) / 2));
  return chauvenet > threshold ? chauvenet : static_cast<long double>(threshold);
}

// One cycle: the entries that are no outliers.
entries_of_bin clip_once(entries_of_bin const& entries, double threshold, error_model errors, bool& undecided) {
  auto const sums = sum_plainly(entries, errors);
  if (sums.norm.value == 0 || sums.variance.value <= 0) return entries;
  auto const mean = sums.signal.value / sums.norm.value;
  auto const limit = allowed(sums.count.value, threshold) * std::sqrt(sums.variance.value / sums.norm_squares.value);
  auto const rounding = 1e-12L * (limit + sums.signal.size / std::fabs(sums.norm.value));
  entries_of_bin left;
  for (auto const& e : entries) {
    auto const off = std::fabs(ratio(e) - mean);
    bool const equal = off <= std::ldexp(std::fabs(mean), -23);
    if (!equal && std::fabs(off - limit) <= rounding) undecided = true;
    if (equal || off <= limit) left.push_back(e);
  }
  return left;
}

// Whether a weight from `from` to `to` lies between two quantiles, or covers both.
bool between(float from, float to, float low, float high) {
  bool const inside = from >= low && to <= high;
  bool const covers = from <= low && to >= high;
  return inside || covers;
}

entries_of_bin middle(entries_of_bin const& entries, double lower, double upper) {
  std::map<std::pair<float, std::size_t>, float> ascending;  // weights by value and place
  double total = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    auto const& e = entries[i];
    ascending[{e.s / e.omega, i}] = e.c * e.omega;
    total += static_cast<double>(e.c * e.omega);
  }
  auto const low = static_cast<float>(lower * total), high = static_cast<float>(upper * total);
  std::map<std::size_t, plain_entry> left;  // by place
  double reached = 0;
  for (auto const& [where, share] : ascending) {
    auto const before = reached;
    reached += static_cast<double>(share);
    if (between(static_cast<float>(before), static_cast<float>(reached), low, high))
      left[where.second] = entries[where.second];
  }
  entries_of_bin in_order;
  for (auto const& [place, e] : left) in_order.push_back(e);
  return in_order;
}

}  // namespace

void plain_sum::add(long double term, long double term_size) {
  value += term;
  size += std::fabs(term_size);
}

plain_sums sum_plainly(std::vector<plain_entry> const& entries, error_model errors) {
  plain_sums sums;
  for (auto const& e : entries) {
    auto const c = static_cast<long double>(e.c);
    sums.signal.add(c * e.s);
    sums.norm.add(weight(e));
    sums.norm_squares.add(weight(e) * weight(e));
    sums.count.add(c);
    if (errors != error_model::azimuthal) sums.variance.add(c * c * e.v);
  }
  if (errors != error_model::azimuthal || sums.norm.value == 0) return sums;
  // The mean is as inexact as its terms are large, and that shows in every deviation from it.
  auto const mean = sums.signal.value / sums.norm.value;
  auto const mean_size = sums.signal.size / std::fabs(sums.norm.value);
  for (auto const& e : entries) {
    auto const off = std::fabs(ratio(e) - mean), magnitude = std::fabs(ratio(e)) + mean_size;
    auto const square = weight(e) * weight(e);
    sums.variance.add(square * off * off, square * (off * magnitude + 1e-14L * magnitude * magnitude));
  }
  return sums;
}

std::vector<plain_entry> reject_plainly(std::vector<plain_entry> const& entries, rejection const& how,
                                        error_model errors, bool& undecided) {
  if (how.method == rejection_method::quantiles) return middle(entries, how.lower, how.upper);
  auto left = entries;
  if (how.method == rejection_method::none) return left;
  for (int cycle = 0; cycle < how.cycles; ++cycle) left = clip_once(left, how.threshold, errors, undecided);
  return left;
}

}  // namespace xrdct::test
