#include "xrdct/scan/outlier_score.hpp"

#include "xrdct/base/robust.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>

namespace xrdct {
namespace {

constexpr std::size_t reach_of_rotations = 2;
constexpr std::size_t most_rotations = 12;      // of the same translation
constexpr std::size_t least_reach = 2;          // of translations
constexpr std::size_t most_reach = 8;           // likewise
constexpr std::uint64_t same_fate = 6;          // frames before and after
constexpr std::uint64_t same_fate_turning = 3;  // likewise, of the same translation, while the sample turns
constexpr std::size_t few = 4;                  // neighbours that are too few
constexpr std::size_t window = 15;              // frames before, and after

// Of the range of neighbours. Where traces of small bright grains cross, one frame is above all its neighbours; between
// them, below.
constexpr double share_of_range = 0.5;
constexpr double far_above = 10, far_below = 5;  // ratios that are too much anywhere

bool is_judged(double value) { return std::isfinite(value) && value > 0; }

/// Frames by entry, and where the entries around one are.
class neighbourhood {
 public:
  neighbourhood(scan_plan const& scan, std::span<double const> value)
      : scan_(scan),
        rotations_(scan.rotation.size()),
        translations_(scan.translation.size()),
        first_(scan.entries() + 1) {
    auto const entry_of = [&](std::size_t f) { return is_judged(value[f]) ? scan.entry[f] : -1; };
    for (std::size_t f = 0; f < scan.entry.size(); ++f)
      if (entry_of(f) >= 0) ++first_[static_cast<std::size_t>(entry_of(f)) + 1];
    for (std::size_t e = 1; e < first_.size(); ++e) first_[e] += first_[e - 1];
    frames_.resize(first_.back());
    auto next = first_;
    for (std::size_t f = 0; f < scan.entry.size(); ++f)
      if (entry_of(f) >= 0) frames_[next[static_cast<std::size_t>(entry_of(f))]++] = f;
    set_reach();
  }

  /// Calls see(neighbour, whether it is of the same translation) for all frames around `frame`, those taken shortly
  /// before and after it only if asked for.
  template <class F>
  void around(std::size_t frame, bool all, F const& see) const {
    auto const entry = static_cast<std::size_t>(scan_.entry[frame]);
    auto const column = entry % translations_;
    auto const row = entry / translations_;
    auto const layer = row / rotations_ * rotations_;
    auto const from = [](std::size_t i, std::size_t reach, std::size_t low) { return i - std::min(reach, i - low); };
    auto const visit = [&](std::size_t r, std::size_t c) {
      bool any = false;
      for (auto i = first_[r * translations_ + c]; i < first_[r * translations_ + c + 1]; ++i) {
        auto const other = frames_[i];
        auto const apart = other > frame ? other - frame : frame - other;
        if (apart <= (all ? 0 : c == column ? same_fate_turning : same_fate)) continue;
        see(other, c == column);
        any = true;
      }
      return any;
    };
    auto const last_row = std::min(row + reach_of_rotations, layer + rotations_ - 1);
    auto const last_column = std::min(column + reach_, translations_ - 1);
    for (auto r = from(row, reach_of_rotations, layer); r <= last_row; ++r)
      for (auto c = from(column, reach_, 0); c <= last_column; ++c)
        if (c != column) visit(r, c);
    // Where rotation is the fast axis, those of the same translation are further away.
    visit(row, column);
    std::size_t seen = 0;
    for (auto r = row; r > layer && row - r < most_rotations && seen < reach_of_rotations; --r)
      if (visit(r - 1, column)) ++seen;
    seen = 0;
    for (auto r = row + 1; r < layer + rotations_ && r - row <= most_rotations && seen < reach_of_rotations; ++r)
      if (visit(r, column)) ++seen;
  }

 private:
  /// As far as the edge of the field of view moves from one rotation to the next.
  void set_reach() {
    std::vector<double> steps;
    for (std::size_t r = 1; r < rotations_; ++r) steps.push_back(scan_.rotation[r] - scan_.rotation[r - 1]);
    double const angle = steps.empty() ? 0 : median(steps) * std::numbers::pi / 180;
    double const moved = std::ceil(static_cast<double>(translations_) / 2 * angle);
    reach_ =
        static_cast<std::size_t>(std::clamp(moved, static_cast<double>(least_reach), static_cast<double>(most_reach)));
  }

  scan_plan const& scan_;
  std::size_t rotations_, translations_;
  std::vector<std::size_t> first_;
  std::vector<std::size_t> frames_;
  std::size_t reach_ = least_reach;
};

/// The ends of some logarithms, and the middle of those among them of the same translation. One for all frames: what
/// it holds is used again.
class neighbour_logs {
 public:
  void look(neighbourhood const& places, std::span<double const> logs, std::size_t frame, bool all) {
    constexpr double far = std::numeric_limits<double>::infinity();
    count = 0;
    low = {far, far};
    high = {-far, -far};
    same_.clear();
    places.around(frame, all, [&](std::size_t other, bool same_column) {
      add(logs[other]);
      if (same_column) same_.push_back(logs[other]);
    });
  }
  /// Of the same translation; where there are none, between the ends of all.
  double middle() const { return same_.empty() ? (low[0] + high[0]) / 2 : median(same_); }
  /// Of all but the lowest and the highest; of at least three.
  double range() const { return std::max(0.0, high[1] - low[1]); }

  std::size_t count = 0;
  std::array<double, 2> low{}, high{};  // the lowest and the next, the highest and the next

 private:
  void add(double log) {
    ++count;
    if (log < low[0]) {
      low = {log, low[0]};
    } else if (log < low[1]) {
      low[1] = log;
    }
    if (log > high[0]) {
      high = {log, high[0]};
    } else if (log > high[1]) {
      high[1] = log;
    }
  }
  std::vector<double> same_;
};

/// What neighbours let expect of one frame, as logarithms.
struct expectation {
  double middle = 0;
  double low = 0, high = 0;
  double range_below = 0, range_above = 0;
};

/// `all` and `others` are its scratch.
std::optional<expectation> expect_of(neighbourhood const& places, std::span<double const> logs, std::size_t frame,
                                     neighbour_logs& all, neighbour_logs& others) {
  all.look(places, logs, frame, true);
  if (all.count < few) return std::nullopt;
  others.look(places, logs, frame, false);
  auto const& below = others.count < few ? all : others;
  return expectation{all.middle(), below.low[0], all.high[0], below.range(), all.range()};
}

std::vector<double> logarithms(std::span<double const> value) {
  std::vector<double> logs;
  for (double const v : value) logs.push_back(is_judged(v) ? std::log(v) : std::numeric_limits<double>::quiet_NaN());
  return logs;
}

/// Robust standard deviations of what is above and what is below expectation.
struct two_scales {
  std::vector<double> above, below;
  double up = 0, down = 0;

  void add(double deviation) {
    if (deviation > 0) above.push_back(deviation);
    if (deviation < 0) below.push_back(-deviation);
  }
  void finish() {
    up = median_deviation(above);
    down = median_deviation(below);
  }
};

/// In units of the scale, which is at least `least`: how far beyond `nearest` (a logarithm) a frame is by `excess`.
double in_scale(double excess, double nearest, double least, two_scales const& scales, judged_values const& of,
                std::size_t frame) {
  double scale = std::max({excess > 0 ? scales.up : scales.down, of.floor, least});
  if (!of.norm.empty()) {
    double const counts = std::exp(nearest) * of.norm[frame];
    scale = std::max(scale, 1 / std::sqrt(std::max(counts, 1.0)));
  }
  return scale > 0 ? excess / scale : 0;
}

/// Where neighbours differ by `range`.
double least_scale(double range, double far) { return std::min(range * share_of_range, std::log(far) / outlier_limit); }

/// Of up to 15 judged frames in one direction.
std::vector<double> some_beside(std::span<double const> logs, std::size_t frame, bool before) {
  std::vector<double> found;
  for (std::size_t i = 1; i <= window; ++i) {
    if (before ? i > frame : i >= logs.size() - frame) break;
    double const log = logs[before ? frame - i : frame + i];
    if (!std::isnan(log)) found.push_back(log);
  }
  return found;
}

/// The nearer of both medians; of few frames on a side, no median.
std::optional<double> expect_in_time(std::span<double const> logs, std::size_t frame) {
  std::optional<double> best;
  for (bool const before : {true, false}) {
    auto const beside = some_beside(logs, frame, before);
    if (beside.size() < few) continue;
    double const middle = median(beside);
    if (!best || std::abs(logs[frame] - middle) < std::abs(logs[frame] - *best)) best = middle;
  }
  return best;
}

}  // namespace

std::vector<double> score_in_sinogram(scan_plan const& scan, judged_values const& of) {
  neighbourhood const places(scan, of.value);
  auto const logs = logarithms(of.value);
  std::vector<double> scores(of.value.size());
  std::vector<std::optional<expectation>> expected(of.value.size());
  two_scales scales;
  neighbour_logs all, others;
  for (std::size_t f = 0; f < scores.size(); ++f) {
    if (std::isnan(logs[f]) || scan.entry[f] < 0) continue;
    expected[f] = expect_of(places, logs, f, all, others);
    if (expected[f]) scales.add(logs[f] - expected[f]->middle);
  }
  scales.finish();
  for (std::size_t f = 0; f < scores.size(); ++f) {
    if (!expected[f]) continue;
    auto const& e = *expected[f];
    if (logs[f] > e.high)
      scores[f] = in_scale(logs[f] - e.high, e.high, least_scale(e.range_above, far_above), scales, of, f);
    else if (logs[f] < e.low)
      scores[f] = in_scale(logs[f] - e.low, e.low, least_scale(e.range_below, far_below), scales, of, f);
  }
  return scores;
}

std::vector<double> score_in_time(judged_values const& of) {
  auto const logs = logarithms(of.value);
  std::vector<double> scores(of.value.size());
  std::vector<std::optional<double>> expected(of.value.size());
  two_scales scales;
  for (std::size_t f = 0; f < scores.size(); ++f) {
    if (std::isnan(logs[f])) continue;
    expected[f] = expect_in_time(logs, f);
    if (expected[f]) scales.add(logs[f] - *expected[f]);
  }
  scales.finish();
  for (std::size_t f = 0; f < scores.size(); ++f)
    if (expected[f]) scores[f] = in_scale(logs[f] - *expected[f], *expected[f], 0, scales, of, f);
  return scores;
}

std::vector<std::size_t> dim_rows(scan_plan const& scan, std::span<double const> value) {
  constexpr double dim = 0.5;
  auto const rotations = scan.rotation.size();
  auto const translations = scan.translation.size();
  auto const rows = scan.entries() / std::max<std::size_t>(1, translations);
  std::vector<double> sum(scan.entries());
  std::vector<std::uint32_t> count(scan.entries());
  for (std::size_t f = 0; f < scan.entry.size(); ++f) {
    // 0 is what a dead beam gives: it counts here.
    if (scan.entry[f] < 0 || !std::isfinite(value[f]) || value[f] < 0) continue;
    sum[static_cast<std::size_t>(scan.entry[f])] += value[f];
    ++count[static_cast<std::size_t>(scan.entry[f])];
  }
  std::vector<double> mean(rows, std::numeric_limits<double>::quiet_NaN());
  for (std::size_t row = 0; row < rows; ++row) {
    double total = 0;
    std::size_t there = 0;
    for (auto e = row * translations; e < (row + 1) * translations; ++e)
      if (count[e] > 0) total += sum[e] / count[e], ++there;
    if (4 * there >= 3 * translations && there > 0) mean[row] = total / static_cast<double>(there);
  }
  std::vector<std::size_t> found;
  for (std::size_t layer = 0; layer < rows; layer += rotations) {
    std::vector<double> known;
    for (auto row = layer; row < layer + rotations; ++row)
      if (!std::isnan(mean[row])) known.push_back(mean[row]);
    if (known.size() < few) continue;
    double const usual = median(known);
    for (auto row = layer; row < layer + rotations; ++row)
      if (mean[row] < dim * usual) found.push_back(row);
  }
  return found;
}

}  // namespace xrdct
