#include "xrdct/plot/picture.hpp"

#include "xrdct/plot/colour_map.hpp"
#include "xrdct/plot/stroke_font.hpp"
#include "xrdct/plot/ticks.hpp"

#include <algorithm>
#include <cmath>

namespace xrdct {
namespace {

constexpr colour paper{1, 1, 1};
constexpr colour ink{0.13F, 0.15F, 0.18F};
constexpr colour pale{0.88F, 0.89F, 0.91F};
constexpr double small = 10.5;
constexpr double large = 13;

constexpr double map_edge = 330;   // pixels; the longer side of a map
constexpr double map_pitch = 452;  // from one map to the next
constexpr double map_left = 72;
constexpr double map_top = 106;
constexpr double curve_height = 330;

struct box {
  double left, top, right, bottom;
  double width() const { return right - left; }
  double height() const { return bottom - top; }
};

/// The span of an axis of pixels: half a pixel beyond its first and last centre.
std::array<double, 2> edges_of(map_axis const& axis) {
  auto const& v = axis.values;
  double const step = v.size() > 1 ? (v.back() - v.front()) / static_cast<double>(v.size() - 1) : 1;
  return {v.front() - step / 2, v.back() + step / 2};
}

std::string labelled(map_axis const& axis) {
  return axis.unit.empty() ? axis.name : axis.name + " [" + axis.unit + "]";
}

void horizontal_ticks(canvas& onto, box const& b, double lower, double upper, int wanted) {
  double const low = std::min(lower, upper);
  double const high = std::max(lower, upper);
  for (auto const& t : ticks_between(low, high, wanted)) {
    double const x = b.left + (t.value - lower) / (upper - lower) * b.width();
    onto.line({x, b.bottom}, {x, b.bottom + 5}, 1.2, ink);
    write_text(onto, {x, b.bottom + 10 + small}, t.label, {.size = small, .at = anchor::centre, .thickness = 1.2});
  }
}

void vertical_ticks(canvas& onto, box const& b, double at_top, double at_bottom, int wanted) {
  double const low = std::min(at_top, at_bottom);
  double const high = std::max(at_top, at_bottom);
  for (auto const& t : ticks_between(low, high, wanted)) {
    double const y = b.top + (t.value - at_top) / (at_bottom - at_top) * b.height();
    onto.line({b.left - 5, y}, {b.left, y}, 1.2, ink);
    write_text(onto, {b.left - 9, y + small / 2}, t.label, {.size = small, .at = anchor::right, .thickness = 1.2});
  }
}

/// From 0 (or below, where much lies there) to what all but a few outliers stay under.
std::array<double, 2> shown_range(value_map const& map) {
  std::vector<float> sorted;
  for (float v : map)
    if (std::isfinite(v)) sorted.push_back(v);
  if (sorted.empty()) return {0, 1};
  std::sort(sorted.begin(), sorted.end());
  auto const quantile = [&](double share) {
    return static_cast<double>(sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))]);
  };
  double const high = quantile(0.998);
  if (high <= 0) return {quantile(0), quantile(1) > quantile(0) ? quantile(1) : quantile(0) + 1};
  return {0, high};
}

void draw_scale(canvas& onto, box const& b, std::array<double, 2> range) {
  for (int y = static_cast<int>(b.top); y < static_cast<int>(b.bottom); ++y) {
    double const share = (b.bottom - 0.5 - y) / b.height();
    for (int x = static_cast<int>(b.left); x < static_cast<int>(b.right); ++x) onto.set(x, y, map_colour(share));
  }
  onto.frame({b.left, b.top}, {b.right, b.bottom}, 1.2, ink);
  for (auto const& t : ticks_between(range[0], range[1], 4)) {
    double const y = b.bottom - (t.value - range[0]) / (range[1] - range[0]) * b.height();
    onto.line({b.right, y}, {b.right + 4, y}, 1.2, ink);
    write_text(onto, {b.right + 8, y + small / 2}, t.label, {.size = small, .thickness = 1.2});
  }
}

void draw_map(canvas& onto, box const& b, picture_content const& content, value_map const& map) {
  auto const range = shown_range(map);
  std::size_t const columns = content.x.values.size();
  std::size_t const rows = content.y.values.size();
  for (int y = static_cast<int>(b.top); y < static_cast<int>(b.bottom); ++y)
    for (int x = static_cast<int>(b.left); x < static_cast<int>(b.right); ++x) {
      auto const column = std::min(
          columns - 1, static_cast<std::size_t>((x + 0.5 - b.left) / b.width() * static_cast<double>(columns)));
      auto const row =
          std::min(rows - 1, static_cast<std::size_t>((y + 0.5 - b.top) / b.height() * static_cast<double>(rows)));
      double const value = static_cast<double>(map[row * columns + column]);
      onto.set(x, y, map_colour((value - range[0]) / (range[1] - range[0])));
    }
  onto.frame({b.left, b.top}, {b.right, b.bottom}, 1.2, ink);
  auto const x_edges = edges_of(content.x);
  auto const y_edges = edges_of(content.y);
  horizontal_ticks(onto, b, x_edges[0], x_edges[1], 4);
  vertical_ticks(onto, b, y_edges[0], y_edges[1], 4);
  draw_scale(onto, {b.right + 10, b.top, b.right + 24, b.bottom}, range);
}

/// A map's place in the row; its pixels are square.
box map_box(picture_content const& content, std::size_t index) {
  auto const columns = static_cast<double>(content.x.values.size());
  auto const rows = static_cast<double>(content.y.values.size());
  double const pixel = map_edge / std::max(columns, rows);
  double const left = map_left + map_pitch * static_cast<double>(index);
  return {left, map_top, left + std::max(1.0, std::round(columns * pixel)),
          map_top + std::max(1.0, std::round(rows * pixel))};
}

std::string range_text(map_axis const& axis, peak const& p) {
  auto const last = static_cast<double>(axis.values.size() - 1);
  double const step = last > 0 ? std::abs(axis.values.back() - axis.values.front()) / last : 1;
  std::string text = axis.name + " = " + short_number(axis.values[p.first], step);
  if (p.last > p.first + 1) text += " - " + short_number(axis.values[p.last - 1], step);
  return axis.unit.empty() ? text : text + " " + axis.unit;
}

void draw_maps(canvas& onto, picture_content const& content) {
  for (std::size_t i = 0; i <= content.maps.size(); ++i) {
    box const b = map_box(content, i);
    draw_map(onto, b, content, i == 0 ? content.total : content.maps[i - 1]);
    if (i == 0) {
      write_text(onto, {b.left, b.top - 14}, "total intensity", {.size = large, .ink = ink});
      write_text(onto, {b.left - 52, (b.top + b.bottom) / 2}, labelled(content.y),
                 {.size = large, .at = anchor::centre, .upwards = true});
    } else {
      colour const mark = mark_colour(i - 1);
      onto.fill({b.left, b.top - 27}, {b.left + 15, b.top - 12}, mark);
      write_text(onto, {b.left + 22, b.top - 14}, range_text(content.channels, content.peaks[i - 1]),
                 {.size = large, .ink = ink});
    }
    write_text(onto, {(b.left + b.right) / 2, b.bottom + 44}, labelled(content.x),
               {.size = large, .at = anchor::centre});
  }
}

/// The lowest and highest finite value, with some room above.
std::array<double, 2> curve_range(std::vector<double> const& pattern) {
  double low = 0;
  double high = 0;
  for (double v : pattern)
    if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
  if (high <= low) high = low + 1;
  return {low < 0 ? low - 0.03 * (high - low) : 0, high + 0.09 * (high - low)};
}

void draw_curve(canvas& onto, box const& b, picture_content const& content) {
  auto const x_range = edges_of(content.channels);
  auto const y_range = curve_range(content.pattern);
  auto const& axis = content.channels.values;
  auto const x_of = [&](double v) { return b.left + (v - x_range[0]) / (x_range[1] - x_range[0]) * b.width(); };
  auto const y_of = [&](double v) { return b.bottom - (v - y_range[0]) / (y_range[1] - y_range[0]) * b.height(); };
  for (auto const& t : ticks_between(y_range[0], y_range[1], 5))
    onto.line({b.left, y_of(t.value)}, {b.right, y_of(t.value)}, 1, pale);
  double const half = axis.size() > 1 ? 0.5 * (axis[1] - axis[0]) : 0.5;
  for (std::size_t i = 0; i < content.peaks.size(); ++i) {
    auto const& p = content.peaks[i];
    double const left = x_of(axis[p.first] - half);
    double const right = std::max(left + 3, x_of(axis[p.last - 1] + half));
    onto.fill({left, b.top}, {right, b.bottom}, mark_colour(i), 0.28);
    onto.fill({left, b.top - 6}, {right, b.top}, mark_colour(i));
  }
  std::vector<std::vector<point>> curve(1);
  for (std::size_t c = 0; c < axis.size(); ++c) {
    if (std::isfinite(content.pattern[c]))
      curve.back().push_back({x_of(axis[c]), y_of(content.pattern[c])});
    else
      curve.emplace_back();
  }
  onto.stroke(curve, 1.8, {0.10F, 0.25F, 0.45F});
  onto.frame({b.left, b.top}, {b.right, b.bottom}, 1.2, ink);
  horizontal_ticks(onto, b, x_range[0], x_range[1], 10);
  vertical_ticks(onto, b, y_range[1], y_range[0], 5);
  write_text(onto, {(b.left + b.right) / 2, b.bottom + 44}, labelled(content.channels),
             {.size = large, .at = anchor::centre});
  write_text(onto, {b.left, b.top - 16}, "mean pattern of the tomogram", {.size = large, .ink = ink});
}

}  // namespace

canvas draw(picture_content const& content) {
  double const widest = map_left + map_pitch * static_cast<double>(std::max<std::size_t>(2, content.maps.size() + 1));
  box const lowest = map_box(content, 0);
  box const curve{map_left + 14, lowest.bottom + 104, widest - 40, lowest.bottom + 104 + curve_height};
  canvas onto(static_cast<int>(widest), static_cast<int>(curve.bottom + 64), paper);
  write_text(onto, {map_left, 44}, content.title, {.size = 17, .ink = ink, .thickness = 2.1});
  std::string const facts = std::to_string(content.x.values.size()) + " x " + std::to_string(content.y.values.size()) +
                            " voxels, " + std::to_string(content.pattern.size()) + " channels" +
                            (content.part.empty() ? "" : ", " + content.part);
  write_text(onto, {widest - 40, 44}, facts, {.size = large, .at = anchor::right});
  draw_maps(onto, content);
  draw_curve(onto, curve, content);
  return onto;
}

}  // namespace xrdct
