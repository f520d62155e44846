#include "xrdct/scan/remarks.hpp"

#include "xrdct/scan/number_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

namespace xrdct {
namespace {

constexpr double full_turn = 360;

std::string counted(std::size_t count, std::string const& one, std::string const& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

/// An axis, as it is spoken of.
struct named_axis {
  std::string name;
  std::string unit;
  position_axis const& axis;

  std::string text(double value) const { return with_unit(value, unit); }
  double step() const { return median_step(axis.centres); }
};

/// Collects the remarks about one scan.
class observer {
 public:
  observer(scan_plan const& plan, scan_axes const& axes, scan_order const& order)
      : plan_(plan), axes_(axes), order_(order) {}

  std::vector<scan_remark> all() {
    about_frames();
    about_lines();
    for (auto const& axis :
         {named_axis{"layer", plan_.layers.unit, axes_.layer}, named_axis{"rotation", "deg", axes_.rotation},
          named_axis{"translation", plan_.translation_unit, axes_.translation}})
      about_steps(axis);
    about_directions();
    if (order_.fast == scan_axis::rotation) about_lag({"rotation", "deg", axes_.rotation});
    if (order_.fast == scan_axis::translation) about_lag({"translation", plan_.translation_unit, axes_.translation});
    about_bins();
    return std::move(remarks_);
  }

 private:
  void say(oddity what, std::string text) { remarks_.push_back({what, std::move(text)}); }

  std::string place_text(std::size_t entry) const {
    auto const translations = plan_.translation.size();
    auto const in_layer = entry % plan_.entries_of_layer();
    std::string text = "rotation " + with_unit(plan_.rotation[in_layer / translations], "deg") + ", translation " +
                       with_unit(plan_.translation[in_layer % translations], plan_.translation_unit);
    if (plan_.layers.several())
      text =
          "layer " + with_unit(plan_.layers.centres[entry / plan_.entries_of_layer()], plan_.layers.unit) + ", " + text;
    return text;
  }

  void about_frames() {
    auto const counts = frames_of_entries(plan_);
    std::size_t empty = 0, repeats = 0, unplaced = 0;
    std::optional<std::size_t> first_empty;
    for (std::size_t e = 0; e < counts.size(); ++e) {
      if (counts[e] == 0 && empty++ == 0) first_empty = e;
      if (counts[e] > 1) repeats += counts[e] - 1;
    }
    for (auto const entry : plan_.entry)
      if (entry < 0) ++unplaced;
    if (unplaced > 0) say(oddity::no_position, counted(unplaced, "frame has", "frames have") + " no position");
    if (first_empty)
      say(oddity::no_frame, std::to_string(empty) + " of " + std::to_string(counts.size()) +
                                (empty == 1 ? " positions has no frame: " : " positions have no frame, the first: ") +
                                place_text(*first_empty));
    if (repeats > 0)
      say(oddity::repeated,
          counted(repeats, "frame repeats", "frames repeat") + " a position that has one: they are added up");
  }

  void about_lines() {
    if (order_.lines.size() < 2) return;
    auto const last = order_.lines.back().frames.size();
    std::size_t const before = order_.lines[order_.lines.size() - 2].frames.size();
    if (last + 1 < order_.usual && last < before && last_line_lacks())
      say(oddity::cut_short, "the last line is cut short: it has " + counted(last, "frame", "frames") + ", others " +
                                 std::to_string(order_.usual));
    std::size_t longer = 0;
    for (auto const& line : order_.lines) longer += line.frames.size() == order_.longest ? 1 : 0;
    if (order_.longest == order_.shortest + 1 && longer > 1 && longer + 1 < order_.lines.size())
      say(oddity::mixed_lines, std::to_string(longer) + " of " + std::to_string(order_.lines.size()) + " lines have " +
                                   std::to_string(order_.longest) + " frames, the others " +
                                   std::to_string(order_.shortest));
  }

  /// A short last line may fill what others left out, or repeat it: then nothing was cut.
  bool last_line_lacks() const {
    auto const counts = frames_of_entries(plan_);
    auto const entry = static_cast<std::size_t>(plan_.entry[order_.lines.back().frames.back()]);
    std::size_t stride = 1;
    std::size_t length = plan_.translation.size();
    if (order_.fast == scan_axis::rotation) stride = length, length = plan_.rotation.size();
    if (order_.fast == scan_axis::layer) stride = plan_.entries_of_layer(), length = plan_.layers.count();
    auto const first = entry - entry / stride % length * stride;
    for (std::size_t i = 0; i < length; ++i)
      if (counts[first + i * stride] == 0) return true;
    return false;
  }

  void about_steps(named_axis const& of) {
    auto const& centres = of.axis.centres;
    if (centres.size() < 4 || of.axis.bin > 0 || two_combs(of.axis)) return;
    double const step = of.step();
    double smallest = step, largest = step;
    std::size_t gaps = 0;
    std::size_t widest = 0;  // gap
    for (std::size_t i = 1; i < centres.size(); ++i) {
      double const d = centres[i] - centres[i - 1];
      double const whole = std::round(d / step);
      bool const left_out = whole >= 2 && std::abs(d - whole * step) < 0.25 * step;
      if (!left_out) smallest = std::min(smallest, d), largest = std::max(largest, d);
      if (left_out) ++gaps;
      if (left_out && (widest == 0 || d > centres[widest] - centres[widest - 1])) widest = i;
    }
    if (smallest < 0.75 * step || largest > 1.25 * step)
      say(oddity::uneven_steps, "steps of the " + of.name + " differ: from " + number_text(smallest) + " to " +
                                    of.text(largest) + ", in the middle " + of.text(step));
    if (gaps == 0) return;
    double const lost = std::round((centres[widest] - centres[widest - 1]) / step) - 1;
    say(oddity::gap, "the " + of.name + " left positions out in " + counted(gaps, "place", "places") +
                         (gaps > 1 ? ", most of them: " : ": ") + number_text(lost) + " between " +
                         number_text(centres[widest - 1]) + " and " + of.text(centres[widest]));
  }

  void about_directions() {
    auto const& angles = plan_.rotation;
    if (angles.size() < 3 || two_combs(axes_.rotation)) return;
    double const step = median_step(angles);
    double const extent = angles.back() - angles.front();
    if (axes_.rotation.modulo) about_closed_turns();
    if (std::abs(extent - full_turn) < step / 4)
      say(oddity::same_angle,
          "the first and the last rotation are one turn apart: both are kept, and share the weight of "
          "one");
    if (say_wedge(step)) return;
    auto const is = [&](double whole) {
      return std::abs(extent - whole) < 0.75 * step || std::abs(extent + step - whole) < 0.75 * step;
    };
    if (!is(full_turn / 2) && !is(full_turn))
      say(oddity::partly_twice, "the rotations extend over " + with_unit(extent, "deg") +
                                    ", neither 180 nor 360: directions that are seen twice share the weight of one");
  }

  /// The widest gap of all directions modulo 180°, where it is one.
  bool say_wedge(double step) {
    constexpr double half_turn = full_turn / 2;
    std::vector<double> directions;
    for (double const a : plan_.rotation) directions.push_back(a - std::floor(a / half_turn) * half_turn);
    std::sort(directions.begin(), directions.end());
    double widest = directions.front() + half_turn - directions.back();
    double from = directions.back();
    for (std::size_t i = 1; i < directions.size(); ++i) {
      if (directions[i] - directions[i - 1] <= widest) continue;
      widest = directions[i] - directions[i - 1];
      from = directions[i - 1];
    }
    if (widest < (evenly_spaced(plan_.rotation) ? 1.75 : 4) * step) return false;
    // A turn in radians, or the strokes of a stage in mm, look like a few degrees.
    constexpr double largest_slip = 7;
    double const extent = plan_.rotation.back() - plan_.rotation.front();
    say(oddity::wedge,
        "directions are missing: none of the rotations (modulo 180) lies between " + number_text(from) + " and " +
            with_unit(from + widest, "deg") +
            (extent < largest_slip ? "; all lie within " + with_unit(extent, "deg") +
                                         ": are they in radians, or are rotation and translation swapped?"
                                   : ""));
    return true;
  }

  /// N + 1 frames a turn, whose last one repeats the first.
  void about_closed_turns() {
    if (order_.fast != scan_axis::rotation || axes_.rotation.bin > 0) return;
    std::size_t closed = 0;
    for (auto const& line : order_.lines)
      if (line.frames.size() > 1 &&
          axes_.rotation.index[line.frames.front()] == axes_.rotation.index[line.frames.back()])
        ++closed;
    if (closed > 0)
      say(oddity::turn_closed, counted(closed, "line ends", "lines end") +
                                   " a whole turn after its beginning: the frame at 360 deg counts as one at 0 deg");
  }

  /// Positions that lines of one direction visit and those of the other, [forwards, backwards].
  std::array<std::vector<char>, 2> visited(position_axis const& axis) const {
    std::array<std::vector<char>, 2> seen{std::vector<char>(axis.centres.size()),
                                          std::vector<char>(axis.centres.size())};
    for (auto const& line : order_.lines)
      for (auto const frame : line.frames)
        if (line.direction != 0) seen[line.direction > 0 ? 0 : 1][static_cast<std::size_t>(axis.index[frame])] = 1;
    return seen;
  }

  /// Whether forward and backward lines visit different positions.
  bool two_combs(position_axis const& axis) const {
    if (order_.fast == scan_axis::none || &fast_axis(order_, axes_) != &axis) return false;
    auto const seen = visited(axis);
    std::size_t both = 0, forwards = 0, backwards = 0;
    for (std::size_t i = 0; i < axis.centres.size(); ++i) {
      forwards += seen[0][i] != 0 ? 1 : 0;
      backwards += seen[1][i] != 0 ? 1 : 0;
      both += seen[0][i] != 0 && seen[1][i] != 0 ? 1 : 0;
    }
    return forwards > 3 && backwards > 3 && 10 * both < std::min(forwards, backwards);
  }

  void about_lag(named_axis const& of) {
    if (two_combs(of.axis))
      say_combs(of);
    else
      say_lag(of);
  }

  void say_combs(named_axis const& of) {
    auto const seen = visited(of.axis);
    std::vector<double> forwards, distances;
    for (std::size_t i = 0; i < of.axis.centres.size(); ++i)
      if (seen[0][i] != 0) forwards.push_back(of.axis.centres[i]);
    for (std::size_t i = 0; i < of.axis.centres.size(); ++i) {
      if (seen[1][i] == 0) continue;
      double const at = of.axis.centres[i];
      auto const above = std::lower_bound(forwards.begin(), forwards.end(), at);
      double nearest = above != forwards.end() ? *above - at : std::numeric_limits<double>::infinity();
      if (above != forwards.begin()) nearest = std::min(nearest, at - *std::prev(above));
      distances.push_back(nearest);
    }
    std::sort(distances.begin(), distances.end());
    double const apart = distances[distances.size() / 2];
    say(oddity::two_combs, "backward lines do not meet the positions of forward ones: they lie " + of.text(apart) +
                               " (" + number_text(std::round(100 * apart / median_step(forwards))) +
                               " % of a step) beside them; the " + of.name + " needs to be corrected for that");
  }

  /// Mean distance of backward frames from forward ones at the same position; said where it is well above its error.
  void say_lag(named_axis const& of) {
    auto const n = of.axis.centres.size();
    std::array<std::vector<double>, 2> sum{std::vector<double>(n), std::vector<double>(n)}, count = sum;
    for (auto const& line : order_.lines)
      for (auto const frame : line.frames) {
        if (line.direction == 0) continue;
        auto const way = line.direction > 0 ? 0U : 1U;
        auto const at = static_cast<std::size_t>(of.axis.index[frame]);
        sum[way][at] += of.axis.values[frame] - of.axis.centres[at];
        ++count[way][at];
      }
    std::vector<double> distances;
    for (std::size_t i = 0; i < n; ++i)
      if (count[0][i] > 0 && count[1][i] > 0) distances.push_back(sum[1][i] / count[1][i] - sum[0][i] / count[0][i]);
    if (distances.size() < 4) return;
    std::sort(distances.begin(), distances.end());
    double const lag = distances[distances.size() / 2];
    double const scatter = distances[3 * distances.size() / 4] - distances[distances.size() / 4];
    double const step = of.step();
    if (std::abs(lag) < 0.05 * step || std::abs(lag) < 3 * scatter) return;
    say(oddity::lag, "backward lines lie " + of.text(std::abs(lag)) + " (" +
                         number_text(std::round(100 * std::abs(lag) / step)) + " % of a step) " +
                         (lag < 0 ? "below" : "above") + " forward ones: within the tolerance, they are taken for one");
  }

  void about_bins() {
    if (axes_.rotation.bin > 0)
      say(oddity::binned, "angles do not repeat from line to line: taken in bins of " +
                              with_unit(axes_.rotation.bin, "deg") +
                              "; the mean of each bin's frames is kept in rotation_position");
    if (axes_.layers_apart > 0)
      say(oddity::one_layer, "the layers differ by no more than " + with_unit(axes_.layers_apart, plan_.layers.unit) +
                                 ", and hardly a position is visited in two of them: they are taken for one");
  }

  scan_plan const& plan_;
  scan_axes const& axes_;
  scan_order const& order_;
  std::vector<scan_remark> remarks_;
};

}  // namespace

bool is_serious(oddity what) {
  switch (what) {
    case oddity::no_frame:
    case oddity::cut_short:
    case oddity::gap:
    case oddity::wedge:
    case oddity::two_combs:
    case oddity::binned: return true;
    default: return false;
  }
}

std::vector<scan_remark> find_oddities(scan_plan const& plan, scan_axes const& axes, scan_order const& order) {
  return observer(plan, axes, order).all();
}

}  // namespace xrdct
