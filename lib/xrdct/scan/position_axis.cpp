#include "xrdct/scan/position_axis.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace xrdct {
namespace {

constexpr double full_turn = 360;
constexpr double separation = 0.25;  // of the step: gaps below it lie within a cluster while the step is sought
constexpr double too_wide = 0.5;     // of the step: a cluster that wide is a chain of real steps

struct cluster {
  std::size_t first = 0;  // in the sorted values
  std::size_t end = 0;
};

std::vector<cluster> split_at_gaps(std::span<double const> sorted, double gap) {
  std::vector<cluster> clusters;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (i == 0 || sorted[i] - sorted[i - 1] > gap) clusters.push_back({i, i});
    clusters.back().end = i + 1;
  }
  return clusters;
}

std::vector<double> gaps_of(std::span<double const> sorted) {
  std::vector<double> gaps;
  for (std::size_t i = 1; i < sorted.size(); ++i) gaps.push_back(sorted[i] - sorted[i - 1]);
  return gaps;
}

/// The gap at which the smaller ones make up a third of the way. Noise makes most of the gaps, but the steps make most
/// of the way; a hole may make up to two thirds of it.
double typical_gap(std::vector<double> gaps) {
  std::sort(gaps.begin(), gaps.end());
  double const whole = std::accumulate(gaps.begin(), gaps.end(), 0.0);
  double way = 0;
  for (double const gap : gaps) {
    way += gap;
    if (way >= whole / 3) return gap;
  }
  return 0;
}

/// The typical gap is too long where fine steps lie beside coarse ones or a hole: the fine ones then form chains, and
/// the step is sought again within these.
double find_step(std::span<double const> sorted) {
  double step = typical_gap(gaps_of(sorted));
  while (step > 0) {
    std::vector<double> within;
    for (auto const& c : split_at_gaps(sorted, separation * step)) {
      if (sorted[c.end - 1] - sorted[c.first] <= too_wide * step) continue;
      auto const gaps = gaps_of(sorted.subspan(c.first, c.end - c.first));
      within.insert(within.end(), gaps.begin(), gaps.end());
    }
    if (within.empty()) return step;
    step = typical_gap(std::move(within));
  }
  return 0;
}

/// The mean, exact where all values are equal.
double mean_of(std::span<double const> values) {
  double sum = 0;
  for (double const v : values) sum += v - values.front();
  return values.front() + sum / static_cast<double>(values.size());
}

std::vector<double> means_of(std::span<double const> sorted, std::vector<cluster> const& clusters) {
  std::vector<double> means;
  for (auto const& c : clusters) means.push_back(mean_of(sorted.subspan(c.first, c.end - c.first)));
  return means;
}

/// The finite values in ascending order, and where each came from.
struct ordered {
  std::vector<double> values;
  std::vector<std::size_t> from;
};

ordered in_order(std::span<double const> values) {
  ordered result;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::isfinite(values[i])) result.from.push_back(i);
  std::sort(result.from.begin(), result.from.end(),
            [&](std::size_t a, std::size_t b) { return values[a] != values[b] ? values[a] < values[b] : a < b; });
  for (auto const i : result.from) result.values.push_back(values[i]);
  return result;
}

/// The largest gap that lies within a position.
double merging_gap(std::span<double const> sorted, double tolerance) {
  double const rough = find_step(sorted);
  double const step = median_step(means_of(sorted, split_at_gaps(sorted, separation * rough)));
  return tolerance * step;
}

position_axis with_gap(std::span<double const> values, ordered const& sorted, double gap) {
  position_axis axis;
  axis.values.assign(values.begin(), values.end());
  axis.index.assign(values.size(), -1);
  axis.gap = gap;
  auto const clusters = split_at_gaps(sorted.values, gap);
  axis.centres = means_of(sorted.values, clusters);
  for (std::size_t c = 0; c < clusters.size(); ++c) {
    axis.width = std::max(axis.width, sorted.values[clusters[c].end - 1] - sorted.values[clusters[c].first]);
    for (std::size_t i = clusters[c].first; i < clusters[c].end; ++i)
      axis.index[sorted.from[i]] = static_cast<std::int64_t>(c);
  }
  return axis;
}

double modulo_turn(double degrees) {
  double const rest = std::fmod(degrees, full_turn);
  return rest < 0 ? rest + full_turn : rest;
}

/// Values just below 360° that belong to the position at 0° get there.
void close_circle(std::vector<double>& degrees, ordered const& sorted, double gap) {
  auto const clusters = split_at_gaps(sorted.values, gap);
  if (clusters.size() < 2 || sorted.values.front() + full_turn - sorted.values.back() > gap) return;
  for (std::size_t i = clusters.back().first; i < clusters.back().end; ++i) degrees[sorted.from[i]] -= full_turn;
}

}  // namespace

double median_step(std::span<double const> ascending) {
  auto gaps = gaps_of(ascending);
  if (gaps.empty()) return 0;
  auto const middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
  std::nth_element(gaps.begin(), middle, gaps.end());
  return *middle;
}

bool evenly_spaced(std::span<double const> values) {
  auto gaps = gaps_of(in_order(values).values);
  if (gaps.size() < 3) return true;
  std::sort(gaps.begin(), gaps.end());
  return gaps[gaps.size() - 1 - gaps.size() / 4] < 2 * gaps[gaps.size() / 4];
}

position_axis cluster_positions(std::span<double const> values, double tolerance) {
  auto const sorted = in_order(values);
  return with_gap(values, sorted, merging_gap(sorted.values, tolerance));
}

position_axis cluster_angles(std::span<double const> degrees, double tolerance) {
  auto const unwrapped = in_order(degrees);
  if (unwrapped.values.empty()) return cluster_positions(degrees, tolerance);
  double const extent = unwrapped.values.back() - unwrapped.values.front();
  if (extent <= full_turn + too_wide * find_step(unwrapped.values)) return cluster_positions(degrees, tolerance);
  std::vector<double> wrapped;
  for (double const d : degrees) wrapped.push_back(modulo_turn(d));  // NaN stays NaN
  auto sorted = in_order(wrapped);
  double const gap = merging_gap(sorted.values, tolerance);
  close_circle(wrapped, sorted, gap);
  sorted = in_order(wrapped);
  auto axis = with_gap(wrapped, sorted, gap);
  axis.modulo = true;
  return axis;
}

position_axis single_position(position_axis const& axis) {
  auto const sorted = in_order(axis.values);
  auto single = with_gap(axis.values, sorted, std::numeric_limits<double>::infinity());
  single.modulo = axis.modulo;
  return single;
}

}  // namespace xrdct
