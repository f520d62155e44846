#include "xrdct/scan/turn_bins.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <optional>

namespace xrdct {
namespace {

constexpr double full_turn = 360;
constexpr double sparse = 0.45;      // of entries with a frame: less is clearly below the half of two combs
constexpr double much_better = 1.5;  // times as many of them in bins
constexpr double alike = 0.9;        // share of steps near the usual one; and of phases in step
constexpr double many_merged = 0.1;  // of the frames that follow each other
constexpr double most_bins = 1e12;
constexpr double almost_a_frame = 0.05;  // turns are measured with errors

/// Frames of one translation and layer that follow each other while the sample turns one way.
struct sweep {
  std::vector<double> angles;  // turns counted on
  int direction = 0;
};

double median(std::vector<double> values) {
  auto const middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

bool in_one_line(scan_axes const& axes, std::size_t a, std::size_t b) {
  return axes.translation.index[a] == axes.translation.index[b] && axes.layer.index[a] == axes.layer.index[b];
}

/// What frames that follow each other at one translation of one layer are apart, and how many of them share an angle.
struct steps_along_lines {
  std::vector<double> steps;
  std::size_t merged = 0;

  explicit steps_along_lines(scan_axes const& axes) {
    std::optional<std::size_t> before;
    for (std::size_t i = 0; i < axes.frames(); ++i) {
      if (!axes.placed(i)) continue;
      if (before && in_one_line(axes, *before, i)) {
        steps.push_back(std::abs(axes.turned[i] - axes.turned[*before]));
        if (axes.rotation.index[i] == axes.rotation.index[*before]) ++merged;
      }
      before = i;
    }
  }
  bool many_are_merged() const { return static_cast<double>(merged) > many_merged * static_cast<double>(steps.size()); }
};

std::vector<sweep> find_sweeps(scan_axes const& axes, double step) {
  std::vector<sweep> sweeps;
  std::optional<std::size_t> before;
  for (std::size_t i = 0; i < axes.frames(); ++i) {
    if (!axes.placed(i)) continue;
    double const moved = before ? axes.turned[i] - axes.turned[*before] : 0;
    int const direction = std::abs(moved) < step / 2 ? 0 : (moved > 0 ? 1 : -1);
    bool goes_on = before && in_one_line(axes, *before, i);
    goes_on = goes_on && (direction == 0 || sweeps.back().direction == 0 || direction == sweeps.back().direction);
    if (!goes_on) sweeps.emplace_back();
    sweeps.back().angles.push_back(axes.turned[i]);
    if (goes_on && direction != 0) sweeps.back().direction = direction;
    before = i;
  }
  return sweeps;
}

/// The step from frame to frame, as exactly as whole sweeps tell it; none where it is not even, or the rotation is not
/// what moves from frame to frame.
std::optional<double> turning_step(scan_axes const& axes, std::vector<double> const& steps) {
  if (steps.size() < 8 || 2 * steps.size() < axes.frames()) return {};
  double const usual = median(steps);
  auto const near = [&](double s) { return std::abs(s - usual) < usual / 2; };
  auto const even = std::count_if(steps.begin(), steps.end(), near);
  if (static_cast<double>(even) < alike * static_cast<double>(steps.size())) return {};
  std::vector<double> means;
  for (auto const& s : find_sweeps(axes, usual)) {
    if (s.angles.size() < 4) continue;
    double const mean = std::abs(s.angles.back() - s.angles.front()) / static_cast<double>(s.angles.size() - 1);
    if (near(mean)) means.push_back(mean);
  }
  return means.empty() ? usual : median(std::move(means));
}

/// Whether all sweeps of either direction take their angles at the same fraction of the step.
bool repeats(scan_axes const& axes, double step) {
  for (int const direction : {-1, 1}) {
    std::complex<double> sum = 0;
    double count = 0;
    for (auto const& s : find_sweeps(axes, step)) {
      if (s.direction != direction) continue;
      for (double const angle : s.angles)
        sum += std::polar(1.0, 2 * std::numbers::pi * std::remainder(angle / step, 1.0));
      count += static_cast<double>(s.angles.size());
    }
    if (count > 0 && std::abs(sum) < alike * count) return false;
  }
  return true;
}

/// The fraction of a bin at which the fewest frames lie: in the middle of the widest gap of all fractions.
double best_cut(position_axis const& angles, double bin) {
  std::vector<double> phases;
  for (std::size_t i = 0; i < angles.values.size(); ++i)
    if (angles.index[i] >= 0) phases.push_back(angles.values[i] / bin - std::floor(angles.values[i] / bin));
  std::sort(phases.begin(), phases.end());
  double cut = (phases.back() + phases.front() + 1) / 2;
  double widest = phases.front() + 1 - phases.back();
  for (std::size_t i = 1; i < phases.size(); ++i) {
    if (phases[i] - phases[i - 1] <= widest) continue;
    widest = phases[i] - phases[i - 1];
    cut = (phases[i] + phases[i - 1]) / 2;
  }
  return cut - std::floor(cut);
}

/// Clusters become the bins that have a frame; `bins` of them make a turn, 0: no turn is closed.
position_axis in_bins(position_axis axis, double bin, std::int64_t bins) {
  double const cut = best_cut(axis, bin);
  std::vector<std::int64_t> numbers;
  for (std::size_t i = 0; i < axis.values.size(); ++i) {
    if (axis.index[i] < 0) continue;
    auto number = static_cast<std::int64_t>(std::floor(axis.values[i] / bin - cut));
    if (bins > 0 && cut <= 0.5 && number < 0) {  // the bin across 0° lies more below 360°
      number += bins;
      axis.values[i] += full_turn;
    } else if (bins > 0 && cut > 0.5 && number == bins - 1) {
      number -= bins;
      axis.values[i] -= full_turn;
    }
    axis.index[i] = number;
    numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());

  std::vector<double> count(numbers.size());
  axis.centres.assign(numbers.size(), 0);
  for (std::size_t i = 0; i < axis.values.size(); ++i) {
    if (!std::isfinite(axis.values[i])) continue;
    auto const place = std::lower_bound(numbers.begin(), numbers.end(), axis.index[i]) - numbers.begin();
    axis.index[i] = place;
    auto const at = static_cast<std::size_t>(place);
    axis.centres[at] += (axis.values[i] - axis.centres[at]) / ++count[at];
  }
  axis.bin = bin;
  axis.width = 0;
  for (std::size_t i = 0; i < axis.values.size(); ++i)
    if (std::isfinite(axis.values[i]))
      axis.width =
          std::max(axis.width, 2 * std::abs(axis.values[i] - axis.centres[static_cast<std::size_t>(axis.index[i])]));
  return axis;
}

double share_occupied(scan_axes const& axes) { return static_cast<double>(occupied(axes)) / axes.entries(); }

}  // namespace

void bin_turning_angles(scan_axes& axes) {
  double const before = share_occupied(axes);
  steps_along_lines const lines(axes);
  if (before >= sparse && !lines.many_are_merged()) return;
  auto const step = turning_step(axes, lines.steps);
  if (!step || axes.rotation.centres.back() - axes.rotation.centres.front() > most_bins * *step ||
      std::abs(axes.rotation.centres.front()) > most_bins * *step)
    return;
  // Fewer and wider bins than a turn has frames: no bin is left without one.
  double const in_turn = axes.rotation.modulo ? std::max(1.0, std::floor(full_turn / *step + almost_a_frame)) : 0;
  double const bin = in_turn > 0 ? full_turn / in_turn : *step;
  if (repeats(axes, bin)) return;
  auto binned = axes;
  binned.rotation = in_bins(axes.rotation, bin, static_cast<std::int64_t>(in_turn));
  if (share_occupied(binned) < std::min(0.9, much_better * before)) return;
  axes = std::move(binned);
}

}  // namespace xrdct
