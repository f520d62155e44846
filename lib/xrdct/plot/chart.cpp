#include "xrdct/plot/chart.hpp"

#include "xrdct/plot/colour_map.hpp"
#include "xrdct/plot/stroke_font.hpp"
#include "xrdct/plot/ticks.hpp"

#include <algorithm>
#include <cmath>

namespace xrdct {

using namespace chart;

namespace {

constexpr colour pale{0.88F, 0.89F, 0.91F};
constexpr double title_room = 16;

/// About as many as there is room for.
int ticks_across(box const& b) { return std::max(2, static_cast<int>(b.width() / (b.width() > 500 ? 150 : 82))); }

void horizontal_ticks(canvas& onto, box const& b, std::array<double, 2> const& ends, int wanted, bool numbers = true) {
  double const low = std::min(ends[0], ends[1]);
  double const high = std::max(ends[0], ends[1]);
  for (auto const& t : ticks_between(low, high, wanted)) {
    double const x = b.left + (t.value - ends[0]) / (ends[1] - ends[0]) * b.width();
    onto.line({x, b.bottom}, {x, b.bottom + 5}, 1.2, ink);
    if (numbers)
      write_text(onto, {x, b.bottom + 10 + small}, t.label, {.size = small, .at = anchor::centre, .thickness = 1.2});
  }
}

/// Returns how far their numbers reach to the left.
double vertical_ticks(canvas& onto, box const& b, double at_top, double at_bottom, int wanted) {
  double const low = std::min(at_top, at_bottom);
  double const high = std::max(at_top, at_bottom);
  double widest = 0;
  for (auto const& t : ticks_between(low, high, wanted)) {
    double const y = b.top + (t.value - at_top) / (at_bottom - at_top) * b.height();
    onto.line({b.left - 5, y}, {b.left, y}, 1.2, ink);
    write_text(onto, {b.left - 9, y + small / 2}, t.label, {.size = small, .at = anchor::right, .thickness = 1.2});
    widest = std::max(widest, text_width(t.label, small));
  }
  return 9 + widest;
}

void name_across(canvas& onto, box const& b, std::string const& name) {
  write_text(onto, {(b.left + b.right) / 2, b.bottom + 44}, name, {.size = large, .at = anchor::centre});
}

/// Upwards, its base line so far left of the box.
void name_down(canvas& onto, box const& b, double distance, std::string const& name) {
  write_text(onto, {b.left - distance, (b.top + b.bottom) / 2}, name,
             {.size = large, .at = anchor::centre, .upwards = true});
}

void draw_scale(canvas& onto, box const& b, std::array<double, 2> range, std::string const& name) {
  for (int y = static_cast<int>(b.top); y < static_cast<int>(b.bottom); ++y) {
    double const share = (b.bottom - 0.5 - y) / b.height();
    for (int x = static_cast<int>(b.left); x < static_cast<int>(b.right); ++x) onto.set(x, y, map_colour(share));
  }
  onto.frame({b.left, b.top}, {b.right, b.bottom}, 1.2, ink);
  double widest = 0;
  for (auto const& t : ticks_between(range[0], range[1], std::max(2, static_cast<int>(b.height() / 80)))) {
    double const y = b.bottom - (t.value - range[0]) / (range[1] - range[0]) * b.height();
    onto.line({b.right, y}, {b.right + 4, y}, 1.2, ink);
    write_text(onto, {b.right + 8, y + small / 2}, t.label, {.size = small, .thickness = 1.2});
    widest = std::max(widest, text_width(t.label, small));
  }
  if (!name.empty())
    write_text(onto, {b.right + 16 + widest + large, (b.top + b.bottom) / 2}, name,
               {.size = large, .at = anchor::centre, .upwards = true});
}

bool ascends(std::vector<double> const& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]) || (i > 0 && !(values[i] > values[i - 1]))) return false;
  return true;
}

double step_of(map_axis const& axis) {
  auto const last = static_cast<double>(axis.values.size() - 1);
  return last > 0 ? std::abs(axis.values.back() - axis.values.front()) / last : 1;
}

/// The mean of the finite values in some rows and columns.
double mean_within(value_map const& values, std::size_t width, std::array<std::size_t, 2> rows,
                   std::array<std::size_t, 2> columns) {
  double sum = 0, n = 0;
  for (std::size_t r = rows[0]; r < rows[1]; ++r)
    for (std::size_t c = columns[0]; c < columns[1]; ++c) {
      double const v = static_cast<double>(values[r * width + c]);
      if (std::isfinite(v)) sum += v, ++n;
    }
  return n > 0 ? sum / n : std::nan("");
}

/// Where the chart puts positions and values.
struct scales {
  box place;
  std::array<double, 2> channels, values;

  double x(double channel) const {
    return place.left + (channel - channels[0]) / (channels[1] - channels[0]) * place.width();
  }
  double y(double value) const {
    double const at = place.bottom - (value - values[0]) / (values[1] - values[0]) * place.height();
    return std::clamp(at, place.top, place.bottom);
  }
};

void draw_marked(canvas& onto, scales const& s, curve_chart const& content) {
  auto const& axis = content.channels.values;
  double const half = axis.size() > 1 ? 0.5 * (axis[1] - axis[0]) : 0.5;
  for (std::size_t i = 0; i < content.marked.size(); ++i) {
    auto const& p = content.marked[i];
    double const left = s.x(axis[p.first] - half);
    double const right = std::max(left + 3, s.x(axis[p.last - 1] + half));
    colour const mark = content.plain_marks ? colour{0.45F, 0.47F, 0.50F} : mark_colour(i);
    onto.fill({left, s.place.top}, {right, s.place.bottom}, mark, 0.28);
    onto.fill({left, s.place.top - 6}, {right, s.place.top}, mark);
  }
}

/// A column of pixels at a time: from the lowest to the highest value less or plus its error.
void draw_band(canvas& onto, scales const& s, map_axis const& axis, curve const& of) {
  if (of.errors.empty()) return;
  auto const width = static_cast<int>(s.place.width());
  std::vector<std::array<double, 2>> spans(static_cast<std::size_t>(width), {1e300, -1e300});
  auto const add = [&](double x, double low, double high) {
    auto const at = static_cast<int>(x - s.place.left);
    if (at < 0 || at >= width) return;
    auto& span = spans[static_cast<std::size_t>(at)];
    span = {std::min(span[0], low), std::max(span[1], high)};
  };
  for (std::size_t c = 0; c < axis.values.size(); ++c) {
    if (!std::isfinite(of.values[c]) || !std::isfinite(of.errors[c])) continue;
    add(s.x(axis.values[c]), of.values[c] - of.errors[c], of.values[c] + of.errors[c]);
    if (c + 1 == axis.values.size() || !std::isfinite(of.values[c + 1]) || !std::isfinite(of.errors[c + 1])) continue;
    double const from = s.x(axis.values[c]);
    double const to = s.x(axis.values[c + 1]);
    for (double x = std::floor(from) + 1.5; x < to; ++x) {
      double const t = (x - from) / (to - from);
      double const value = of.values[c] + t * (of.values[c + 1] - of.values[c]);
      double const error = of.errors[c] + t * (of.errors[c + 1] - of.errors[c]);
      add(x, value - error, value + error);
    }
  }
  for (int i = 0; i < width; ++i) {
    auto const& [low, high] = spans[static_cast<std::size_t>(i)];
    double const x = s.place.left + i;
    if (low <= high) onto.fill({x, s.y(high)}, {x + 1, s.y(low)}, of.ink, 0.25);
  }
}

void draw_line(canvas& onto, scales const& s, map_axis const& axis, curve const& of) {
  std::vector<std::vector<point>> paths(1);
  for (std::size_t c = 0; c < axis.values.size(); ++c) {
    if (std::isfinite(of.values[c]))
      paths.back().push_back({s.x(axis.values[c]), s.y(of.values[c])});
    else
      paths.emplace_back();
  }
  onto.stroke(paths, 1.8, of.ink);
}

/// The highest that any curve or its band reaches near a channel.
double highest_near(std::vector<curve> const& curves, std::size_t channel, std::size_t near) {
  double highest = curves.front().values[channel];
  for (auto const& c : curves)
    for (std::size_t i = channel - std::min(channel, near); i < std::min(c.values.size(), channel + near + 1); ++i) {
      double const error = c.errors.empty() || !std::isfinite(c.errors[i]) ? 0 : c.errors[i];
      if (std::isfinite(c.values[i])) highest = std::max(highest, c.values[i] + error);
    }
  return highest;
}

/// Positions at peaks of the first curve, the highest first, where there is room.
void write_peaks(canvas& onto, scales const& s, map_axis const& axis, std::vector<curve> const& curves) {
  constexpr std::size_t most = 12;
  std::vector<std::array<double, 2>> taken;
  auto const channels_a_pixel = static_cast<double>(axis.values.size()) / s.place.width();
  for (auto const& p : find_peaks(curves.front().values, most, 0.03)) {
    auto const text = position_text(axis, axis.values[p.top]);
    double const half = text_width(text, small) / 2 + 5;
    double const x = s.x(axis.values[p.top]);
    if (x - half < s.place.left || x + half > s.place.right) continue;
    if (std::any_of(taken.begin(), taken.end(), [&](auto const& t) { return x - half < t[1] && x + half > t[0]; }))
      continue;
    taken.push_back({x - half, x + half});
    auto const near = static_cast<std::size_t>(half * channels_a_pixel);
    double const y = std::max(s.y(highest_near(curves, p.top, near)) - 7, s.place.top + small + 3);
    write_text(onto, {x, y}, text, {.size = small, .ink = ink, .at = anchor::centre, .thickness = 1.2});
  }
}

/// To the right above the chart, beside its title.
void write_legend(canvas& onto, box const& b, std::vector<curve> const& curves) {
  double width = 0;
  for (auto const& c : curves)
    if (!c.label.empty()) width += 30 + text_width(c.label, small) + 22;
  double x = b.right - width + 22;
  for (auto const& c : curves) {
    if (c.label.empty()) continue;
    double const y = b.top - title_room;
    onto.line({x, y - small / 2}, {x + 22, y - small / 2}, 2.4, c.ink);
    write_text(onto, {x + 30, y}, c.label, {.size = small, .ink = ink, .thickness = 1.2});
    x += 30 + text_width(c.label, small) + 22;
  }
}

}  // namespace

std::string labelled(map_axis const& axis) {
  return axis.unit.empty() ? axis.name : axis.name + " [" + axis.unit + "]";
}

std::string position_text(map_axis const& axis, double value) { return short_number(value, step_of(axis)); }

std::string range_text(map_axis const& axis, peak const& p) {
  std::string text = axis.name + " = " + position_text(axis, axis.values[p.first]);
  if (p.last > p.first + 1) text += " - " + position_text(axis, axis.values[p.last - 1]);
  return axis.unit.empty() ? text : text + " " + axis.unit;
}

std::array<double, 2> edges_of(map_axis const& axis) {
  auto const& v = axis.values;
  double const step = v.size() > 1 ? (v.back() - v.front()) / static_cast<double>(v.size() - 1) : 1;
  return {v.front() - step / 2, v.back() + step / 2};
}

std::vector<std::array<std::size_t, 2>> values_of_pixels(map_axis const& axis, std::size_t pixels) {
  auto values = axis.values;
  std::size_t const n = values.size();
  if (!ascends(values))  // falls, or makes no sense: as if evenly spaced
    for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<double>(i);
  auto const edges = edges_of({"", "", values});
  // A value reaches halfway to the next one, but not across a gap.
  std::vector<double> steps;
  for (std::size_t i = 1; i < n; ++i) steps.push_back(values[i] - values[i - 1]);
  if (n > 1)
    std::nth_element(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2), steps.end());
  double const reach = n > 1 ? 0.75 * steps[steps.size() / 2] : 1;
  std::vector<std::array<std::size_t, 2>> found(pixels, {0, 0});
  double const size = (edges[1] - edges[0]) / static_cast<double>(pixels);
  for (std::size_t i = 0; i < pixels; ++i) {
    double const low = edges[0] + static_cast<double>(i) * size;
    auto const first = static_cast<std::size_t>(std::lower_bound(values.begin(), values.end(), low) - values.begin());
    auto const end =
        static_cast<std::size_t>(std::lower_bound(values.begin(), values.end(), low + size) - values.begin());
    if (end > first) {
      found[i] = {first, end};
      continue;
    }
    double const middle = low + size / 2;
    bool const below = first > 0 && (first == n || middle - values[first - 1] < values[first] - middle);
    auto const nearest = below ? first - 1 : first;
    if (std::abs(values[nearest] - middle) <= std::max(reach, size)) found[i] = {nearest, nearest + 1};
  }
  return found;
}

std::array<double, 2> colour_range(value_map const& map) {
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

void draw_image(canvas& onto, box const& b, map_axis const& across, map_axis const& down, value_map const& values,
                image_labels const& labels) {
  auto const range = colour_range(values);
  auto const columns = values_of_pixels(across, static_cast<std::size_t>(b.width()));
  auto const rows = values_of_pixels(down, static_cast<std::size_t>(b.height()));
  for (std::size_t y = 0; y < rows.size(); ++y)
    for (std::size_t x = 0; x < columns.size(); ++x) {
      double const value = mean_within(values, across.values.size(), rows[y], columns[x]);
      onto.set(static_cast<int>(b.left) + static_cast<int>(x), static_cast<int>(b.top) + static_cast<int>(y),
               map_colour((value - range[0]) / (range[1] - range[0])));
    }
  onto.frame({b.left, b.top}, {b.right, b.bottom}, 1.2, ink);
  auto const down_edges = edges_of(down);
  horizontal_ticks(onto, b, edges_of(across), ticks_across(b), labels.across);
  double const numbers =
      vertical_ticks(onto, b, down_edges[0], down_edges[1], std::max(2, static_cast<int>(b.height() / 60)));
  if (labels.across) name_across(onto, b, labelled(across));
  if (labels.down) name_down(onto, b, std::max(52.0, numbers + 14), labelled(down));
  draw_scale(onto, {b.right + 10, b.top, b.right + 24, b.bottom}, range, labels.bar);
}

void mark_pixel(canvas& onto, box const& b, map_axis const& across, map_axis const& down, std::size_t column,
                std::size_t row, colour of) {
  auto const along = [](std::vector<std::array<std::size_t, 2>> const& values, std::size_t which) {
    std::array<double, 2> span{1e9, -1e9};
    for (std::size_t i = 0; i < values.size(); ++i)
      if (values[i][0] <= which && which < values[i][1])
        span = {std::min(span[0], static_cast<double>(i)), std::max(span[1], static_cast<double>(i + 1))};
    return span;
  };
  auto const x = along(values_of_pixels(across, static_cast<std::size_t>(b.width())), column);
  auto const y = along(values_of_pixels(down, static_cast<std::size_t>(b.height())), row);
  auto const frame = [&](double margin, double thickness, colour with) {
    onto.frame({b.left + x[0] - margin, b.top + y[0] - margin}, {b.left + x[1] + margin, b.top + y[1] + margin},
               thickness, with);
  };
  frame(3, 4.5, paper);
  frame(3, 2.5, of);
}

std::array<double, 2> value_range(std::vector<curve> const& curves) {
  double low = 0;
  double high = 0;
  for (auto const& c : curves)
    for (double v : c.values)
      if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
  if (high <= low) high = low + 1;
  if (high > 0) low = std::max(low, -0.25 * high);
  return {low < 0 ? low - 0.03 * (high - low) : 0, high + 0.09 * (high - low)};
}

void draw_curves(canvas& onto, box const& b, curve_chart const& content) {
  scales const s{b, edges_of(content.channels), value_range(content.curves)};
  for (auto const& t : ticks_between(s.values[0], s.values[1], content.ticks_down))
    onto.line({b.left, s.y(t.value)}, {b.right, s.y(t.value)}, 1, pale);
  draw_marked(onto, s, content);
  for (auto const& c : content.curves) draw_band(onto, s, content.channels, c);
  for (auto const& c : content.curves) draw_line(onto, s, content.channels, c);
  if (content.peaks && !content.curves.empty()) write_peaks(onto, s, content.channels, content.curves);
  onto.frame({b.left, b.top}, {b.right, b.bottom}, 1.2, ink);
  horizontal_ticks(onto, b, s.channels, ticks_across(b), content.across);
  double const numbers = vertical_ticks(onto, b, s.values[1], s.values[0], content.ticks_down);
  if (content.across) name_across(onto, b, labelled(content.channels));
  if (!content.down.empty()) name_down(onto, b, std::max(62.0, numbers + 14), content.down);
  write_text(onto, {b.left, b.top - title_room}, content.title, {.size = large, .ink = ink});
  write_legend(onto, b, content.curves);
}

void draw_heading(canvas& onto, double left, double right, std::string const& title, std::string const& facts) {
  write_text(onto, {left, 44}, title, {.size = huge, .ink = ink, .thickness = 2.1});
  write_text(onto, {right, 44}, facts, {.size = large, .at = anchor::right});
}

}  // namespace xrdct
