#include "xrdct/scan/scan_order.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <optional>

namespace xrdct {
namespace {

constexpr std::array moving{scan_axis::translation, scan_axis::rotation, scan_axis::layer};
constexpr double nearly_all = 0.9;

position_axis const& axis_of(scan_axes const& axes, scan_axis which) {
  if (which == scan_axis::layer) return axes.layer;
  return which == scan_axis::rotation ? axes.rotation : axes.translation;
}

/// How far the motor went from one frame to another, in positions; the shorter way round the circle where turns are not
/// told apart.
std::int64_t moved(position_axis const& axis, std::size_t from, std::size_t to) {
  auto const by = axis.index[to] - axis.index[from];
  auto const turn = static_cast<std::int64_t>(axis.centres.size());
  if (!axis.modulo || 2 * std::abs(by) <= turn) return by;
  return by > 0 ? by - turn : by + turn;
}

std::vector<std::size_t> placed_frames(scan_axes const& axes) {
  std::vector<std::size_t> frames;
  for (std::size_t i = 0; i < axes.frames(); ++i)
    if (axes.placed(i)) frames.push_back(i);
  return frames;
}

/// Whether only this one of the motors moves, or none.
bool others_stand(scan_axes const& axes, scan_axis fast, std::size_t from, std::size_t to) {
  return std::ranges::all_of(
      moving, [&](scan_axis a) { return a == fast || axis_of(axes, a).index[from] == axis_of(axes, a).index[to]; });
}

/// The motor that most often moves alone, if lines of it make up most of the scan.
scan_axis find_fast(scan_axes const& axes, std::vector<std::size_t> const& frames) {
  scan_axis fast = scan_axis::none;
  std::size_t most = 0;
  for (auto const which : moving) {
    std::size_t alone = 0;
    for (std::size_t i = 1; i < frames.size(); ++i)
      if (others_stand(axes, which, frames[i - 1], frames[i]) && moved(axis_of(axes, which), frames[i - 1], frames[i]))
        ++alone;
    if (alone <= most) continue;
    most = alone;
    fast = which;
  }
  return 2 * (most + 1) >= frames.size() ? fast : scan_axis::none;
}

std::vector<scan_line> find_lines(scan_axes const& axes, scan_axis fast, std::vector<std::size_t> const& frames) {
  std::vector<scan_line> lines;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    bool goes_on = i > 0 && others_stand(axes, fast, frames[i - 1], frames[i]);
    auto const by = i > 0 ? moved(axis_of(axes, fast), frames[i - 1], frames[i]) : 0;
    int const direction = by == 0 ? 0 : (by > 0 ? 1 : -1);
    if (goes_on && direction * lines.back().direction < 0) goes_on = false;
    if (!goes_on) lines.emplace_back();
    lines.back().frames.push_back(frames[i]);
    if (goes_on && direction != 0) lines.back().direction = direction;
  }
  return lines;
}

/// Lines of which nearly every one runs against the one before.
bool runs_to_and_fro(std::vector<scan_line> const& lines) {
  std::size_t pairs = 0;
  std::size_t turned = 0;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    auto const product = lines[i - 1].direction * lines[i].direction;
    if (product != 0) ++pairs;
    if (product < 0) ++turned;
  }
  return pairs > 0 && static_cast<double>(turned) >= nearly_all * static_cast<double>(pairs);
}

/// From line to line the slow motor makes more than one step, mostly, although all of its positions are visited.
bool leaves_lines_out(scan_axes const& axes, scan_axis fast, std::vector<scan_line> const& lines) {
  auto const slow = fast == scan_axis::translation ? scan_axis::rotation : scan_axis::translation;
  auto const& axis = axis_of(axes, slow);
  std::size_t steps = 0;
  std::size_t wide = 0;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    auto const by = std::abs(moved(axis, lines[i - 1].frames.back(), lines[i].frames.front()));
    if (by > 0) ++steps;
    if (by > 1) ++wide;
  }
  return axis.centres.size() > 3 && steps > 2 && 2 * wide > steps;
}

void count_lengths(scan_order& order) {
  std::map<std::size_t, std::size_t> lengths;
  for (auto const& line : order.lines) ++lengths[line.frames.size()];
  order.shortest = lengths.begin()->first;
  order.longest = lengths.rbegin()->first;
  order.usual = std::ranges::max_element(lengths, {}, [](auto const& l) { return l.second; })->first;
}

std::string lengths_text(scan_order const& order) {
  auto const frames = [](std::size_t n) { return std::to_string(n) + (n == 1 ? " frame" : " frames"); };
  if (order.shortest == order.longest) return "of " + frames(order.longest);
  if (order.longest == order.shortest + 1)
    return "of " + std::to_string(order.shortest) + " or " + frames(order.longest);
  return "of " + std::to_string(order.shortest) + " to " + frames(order.longest) + ", mostly " +
         std::to_string(order.usual);
}

}  // namespace

std::string name_of(scan_axis axis) {
  switch (axis) {
    case scan_axis::layer: return "layer";
    case scan_axis::rotation: return "rotation";
    case scan_axis::translation: return "translation";
    case scan_axis::none: break;
  }
  return "none";
}

position_axis const& fast_axis(scan_order const& order, scan_axes const& axes) { return axis_of(axes, order.fast); }

scan_order find_order(scan_axes const& axes) {
  scan_order order;
  auto const frames = placed_frames(axes);
  order.fast = find_fast(axes, frames);
  if (order.fast == scan_axis::none) return order;
  order.lines = find_lines(axes, order.fast, frames);
  order.zigzag = runs_to_and_fro(order.lines);
  order.interlaced = leaves_lines_out(axes, order.fast, order.lines);
  count_lengths(order);
  return order;
}

std::string describe(scan_order const& order, scan_axes const& axes) {
  if (order.fast == scan_axis::none)
    return axes.frames() == 1 ? "one frame" : "frames in no order of lines: no motor moves alone from frame to frame";
  std::string text = order.interlaced ? "interlaced " : "";
  text += (order.zigzag ? "zigzag" : "raster") + std::string(" lines along ") + name_of(order.fast) + ", " +
          std::to_string(order.lines.size()) + (order.lines.size() == 1 ? " line " : " lines ") + lengths_text(order);
  if (axes.rotation.modulo && order.fast == scan_axis::rotation) text += ", the sample turns on and on";
  return text;
}

}  // namespace xrdct
