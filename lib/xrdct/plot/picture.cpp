#include "xrdct/plot/picture.hpp"

#include "xrdct/plot/colour_map.hpp"
#include "xrdct/plot/stroke_font.hpp"

#include <algorithm>
#include <cmath>

namespace xrdct {

using namespace chart;

namespace {

constexpr double map_edge = 330;   // pixels; the longer side of a map
constexpr double map_pitch = 452;  // from one map to the next
constexpr double map_left = 72;
constexpr double map_top = 106;
constexpr double curve_height = 330;
constexpr double right_margin = 40;
constexpr double below_axis = 64;  // numbers and name of an axis

/// A map's place; its pixels, or itself, are square.
box map_box(double left, double top, std::size_t columns, std::size_t rows, bool square) {
  if (!square) return {left, top, left + map_edge, top + map_edge};
  double const pixel = map_edge / static_cast<double>(std::max(columns, rows));
  return {left, top, left + std::max(1.0, std::round(static_cast<double>(columns) * pixel)),
          top + std::max(1.0, std::round(static_cast<double>(rows) * pixel))};
}

/// "intensity [counts]"; a unit that is a sentence of its own says all.
std::string intensity_label(std::string const& unit) {
  if (unit.starts_with("intensity")) return unit;
  return unit.empty() ? "intensity" : "intensity [" + unit + "]";
}

void draw_maps(canvas& onto, map_picture const& content, box const& first) {
  for (std::size_t i = 0; i <= content.maps.size(); ++i) {
    double const shift = map_pitch * static_cast<double>(i);
    box const b{first.left + shift, first.top, first.right + shift, first.bottom};
    draw_image(onto, b, content.across, content.down, i == 0 ? content.total : content.maps[i - 1],
               {.down = i == 0, .bar = i == content.maps.size() ? "sum of channels" : ""});
    if (i == 0) {
      write_text(onto, {b.left, b.top - 14}, "all channels", {.size = large, .ink = ink});
      continue;
    }
    onto.fill({b.left, b.top - 27}, {b.left + 15, b.top - 12}, mark_colour(i - 1));
    write_text(onto, {b.left + 22, b.top - 14}, range_text(content.channels, content.ranges[i - 1]),
               {.size = large, .ink = ink});
  }
}

/// Errors as curves of their own, in the colours of theirs.
std::vector<curve> errors_of(std::vector<curve> const& curves) {
  std::vector<curve> errors;
  for (auto const& c : curves)
    if (!c.errors.empty()) errors.push_back({c.errors, {}, c.ink, ""});
  return errors;
}

}  // namespace

canvas draw(map_picture const& content) {
  auto const columns = content.across.values.size();
  auto const rows = content.down.values.size();
  auto const panels = std::max<std::size_t>(3, content.maps.size() + 1);
  double const width = map_left + map_pitch * static_cast<double>(panels);
  box const first = map_box(map_left, map_top, columns, rows, content.square);
  box const below{map_left + 30, first.bottom + 104, width - right_margin, first.bottom + 104 + curve_height};
  canvas onto(static_cast<int>(width), static_cast<int>(below.bottom + below_axis), paper);
  draw_heading(onto, map_left, width - right_margin, content.title, content.facts);
  draw_maps(onto, content, first);
  draw_curves(onto, below,
              {.channels = content.channels,
               .curves = {{content.pattern, {}, curve_ink, ""}},
               .marked = content.ranges,
               .title = content.pattern_title,
               .down = intensity_label(content.unit)});
  return onto;
}

canvas draw(pattern_picture const& content) {
  constexpr double chart_width = 1120;
  constexpr double image_height = 260;
  constexpr double error_height = 110;
  constexpr double bar_room = 110;
  bool const image = content.image.has_value();
  double const left = content.places ? map_left + map_pitch + 56 : map_left + 30;
  double const right = left + chart_width;
  double const width = right + (image ? bar_room : right_margin);
  box const above{left, map_top, right, map_top + image_height};
  double const top = image ? above.bottom + 58 : map_top;
  box const chart{left, top, right, top + curve_height};
  auto const errors = errors_of(content.curves);
  box const below{left, chart.bottom + 40, right, chart.bottom + 40 + error_height};
  double const bottom = errors.empty() ? chart.bottom : below.bottom;
  canvas onto(static_cast<int>(width), static_cast<int>(bottom + below_axis), paper);
  draw_heading(onto, map_left, width - right_margin, content.title, content.facts);
  if (content.places) {
    auto const& p = *content.places;
    box const place = map_box(map_left, map_top, p.across.values.size(), p.down.values.size(), p.square);
    draw_image(onto, place, p.across, p.down, p.values, {.bar = "sum of channels"});
    write_text(onto, {place.left, place.top - 14}, p.title, {.size = large, .ink = ink});
    for (std::size_t i = 0; i < p.marked.size(); ++i)
      mark_pixel(onto, place, p.across, p.down, p.marked[i][1], p.marked[i][0], p.inks[i]);
  }
  if (image) {
    draw_image(onto, above, content.channels, content.image->down, content.image->values,
               {.across = false, .bar = intensity_label(content.unit)});
    write_text(onto, {above.left, above.top - 14}, content.image->title, {.size = large, .ink = ink});
  }
  draw_curves(onto, chart,
              {.channels = content.channels,
               .curves = content.curves,
               .marked = content.marked,
               .plain_marks = content.plain_marks,
               .title = content.pattern_title,
               .down = intensity_label(content.unit),
               .across = errors.empty(),
               .peaks = true});
  if (!errors.empty())
    draw_curves(onto, below,
                {.channels = content.channels,
                 .curves = errors,
                 .marked = {},
                 .title = "standard error",
                 .down = "",
                 .ticks_down = 2});
  return onto;
}

}  // namespace xrdct
