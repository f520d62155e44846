#include "kernels/cpu/quantiles.hpp"

#include <algorithm>
#include <limits>

namespace xrdct::cpu {

using simd::lanes;

quantiles::quantiles(variance_source errors, double lower, double upper)
    : errors_(errors), lower_(lower), upper_(upper) {}

void quantiles::reduce(bin_values const& bin, std::uint32_t lanes_wanted, std::span<bin_sums, lanes> into) {
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    if ((lanes_wanted >> lane & 1) == 0) continue;
    keep_between(bin, lane);
    into[lane] = sum_up(bin, lane);
  }
}

void quantiles::keep_between(bin_values const& bin, std::size_t lane) {
  auto const& of = bin.entries;
  sorted_.clear();
  for (std::uint32_t e = 0; e < of.size; ++e)
    if (bin.is_left(e, lane)) sorted_.emplace_back(bin.signal(e, lane) / of.norm[e], e);
  std::sort(sorted_.begin(), sorted_.end());
  auto const weight = [&](std::uint32_t e) { return static_cast<double>(of.coefficient[e] * of.norm[e]); };
  double total = 0;
  for (auto const& [value, e] : sorted_) total += weight(e);
  auto const low = static_cast<float>(lower_ * total), high = static_cast<float>(upper_ * total);
  double sum = 0;
  for (auto const& [value, e] : sorted_) {
    auto const from = static_cast<float>(sum);
    sum += weight(e);
    auto const to = static_cast<float>(sum);
    bool const stays = (low <= from && to <= high) || (from <= low && high <= to);
    if (!stays) bin.rows[e * lanes + lane] = std::numeric_limits<float>::quiet_NaN();
  }
}

bin_sums quantiles::sum_up(bin_values const& bin, std::size_t lane) const {
  bin_sums sums;
  for (std::size_t e = 0; e < bin.entries.size; ++e) {
    if (!bin.is_left(e, lane)) continue;
    double const c = bin.coefficient(e), weight = c * bin.norm(e);
    sums.signal += c * static_cast<double>(bin.signal(e, lane));
    sums.norm += weight;
    sums.norm_squares += weight * weight;
    sums.count += c;
    if (errors_.image) sums.variance += c * c * static_cast<double>(bin.entries.variance[e]);
    if (!errors_.image && !errors_.scatter && !errors_.none)
      sums.variance += c * c * static_cast<double>(std::max(bin.raw(e, lane), errors_.floor));
  }
  if (!errors_.scatter || sums.norm == 0) return sums;
  double const mean = sums.signal / sums.norm;
  for (std::size_t e = 0; e < bin.entries.size; ++e) {
    if (!bin.is_left(e, lane)) continue;
    double const value = static_cast<double>(bin.signal(e, lane)) / bin.norm(e);
    double const off = bin.coefficient(e) * bin.norm(e) * (value - mean);
    sums.variance += off * off;
  }
  return sums;
}

}  // namespace xrdct::cpu
