#include "xrdct/plot/plan_picture.hpp"

#include "xrdct/base/free_name.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/plot/colour_map.hpp"
#include "xrdct/plot/stroke_font.hpp"
#include "xrdct/scan/number_text.hpp"
#include "xrdct/scan/plan_map.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

namespace xrdct {
namespace {

constexpr colour paper{1, 1, 1};
constexpr colour ink{0.13F, 0.15F, 0.18F};
constexpr colour missing{0.86F, 0.16F, 0.12F};
constexpr std::size_t most_layers = 12;
constexpr std::size_t in_a_row = 4;
constexpr std::uint32_t most_told_apart = 10;  // frames

constexpr std::size_t map_edge = 330;  // pixels
constexpr double pitch_x = 480;
constexpr double pitch_y = 410;
constexpr double left = 130;
constexpr double top = 110;
constexpr double line_height = 20;
constexpr double letters = 10.5;
constexpr int label_digits = 4;

colour colour_of(std::uint32_t frames) {
  if (frames == 0) return missing;
  return map_colour(0.2 + 0.8 * std::sqrt((std::min(frames, most_told_apart) - 1) / (most_told_apart - 1.0)));
}

/// The pixels of a map, as wide and high as there is room: positions become blocks of whole pixels.
struct panel {
  frame_map map;
  std::size_t cell_width, cell_height;

  panel(scan_plan const& plan, std::size_t layer)
      : map(map_frames(plan, layer, map_edge, map_edge)),
        cell_width(map_edge / map.columns),
        cell_height(map_edge / map.rows) {}
  double width() const { return static_cast<double>(cell_width * map.columns); }
  double height() const { return static_cast<double>(cell_height * map.rows); }

  void draw(canvas& onto, double x, double y) const {
    for (std::size_t row = 0; row < map.rows; ++row)
      for (std::size_t column = 0; column < map.columns; ++column) {
        double const x0 = x + static_cast<double>(column * cell_width);
        double const y0 = y + static_cast<double>(row * cell_height);
        onto.fill({x0, y0}, {x0 + static_cast<double>(cell_width), y0 + static_cast<double>(cell_height)},
                  colour_of(map.at(row, column)));
      }
    onto.frame({x - 1, y - 1}, {x + width() + 1, y + height() + 1}, 1.2, ink);
  }
};

void label(canvas& onto, point at, std::string const& text, anchor where) {
  write_text(onto, at, text, {.size = letters, .ink = ink, .at = where, .thickness = 1.2});
}

void draw_layer(canvas& onto, scan_plan const& plan, std::size_t layer, double x, double y) {
  panel const one(plan, layer);
  one.draw(onto, x, y);
  if (plan.layers.several())
    label(onto, {x, y - 10},
          "layer " + std::to_string(layer) + ": " + with_unit(plan.layers.centres[layer], plan.layers.unit),
          anchor::left);
  label(onto, {x - 8, y + letters}, angle_label(plan.rotation.front()), anchor::right);
  label(onto, {x - 8, y + std::max(one.height(), 2.4 * letters)}, angle_label(plan.rotation.back()), anchor::right);
  label(onto, {x, y + one.height() + 8 + letters}, number_text(plan.translation.front(), label_digits), anchor::left);
  label(onto, {x + std::max(one.width(), 120.0), y + one.height() + 8 + letters},
        with_unit(plan.translation.back(), plan.translation_unit, label_digits), anchor::right);
}

/// Which colour is which number of frames, of those there are.
void draw_legend(canvas& onto, scan_plan const& plan, double y) {
  std::set<std::uint32_t> seen;
  for (auto const n : frames_of_entries(plan)) seen.insert(std::min(n, most_told_apart));
  double x = left;
  for (auto const n : seen) {
    onto.fill({x, y - letters - 2}, {x + 14, y + 2}, colour_of(n));
    auto const text = n == 0 ? "no frame" : (n == most_told_apart ? "10 or more" : std::to_string(n));
    label(onto, {x + 20, y}, text, anchor::left);
    x += 20 + text_width(text, letters) + 24;
  }
}

std::vector<std::string> wrapped(std::string const& text, double width) {
  std::vector<std::string> lines;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (!lines.empty() && text_width(lines.back() + " " + word, letters) <= width)
      lines.back() += " " + word;
    else
      lines.push_back(word);
  }
  return lines;
}

std::vector<std::string> notes(scan_plan const& plan, std::size_t layers_shown, double width) {
  std::vector<std::string> paragraphs{plan.summary, plan.order};
  for (auto const& remark : plan.remarks) paragraphs.push_back(remark.text);
  if (layers_shown < plan.layers.count())
    paragraphs.push_back(std::to_string(plan.layers.count() - layers_shown) + " more layers are not shown");
  std::vector<std::string> lines;
  for (auto const& paragraph : paragraphs)
    for (auto& line : wrapped(paragraph, width)) lines.push_back(std::move(line));
  return lines;
}

}  // namespace

canvas draw_plan(scan_plan const& plan, std::string const& title) {
  auto const layers = std::min(most_layers, plan.layers.count());
  auto const columns = std::max<std::size_t>(2, std::min(in_a_row, layers));
  auto const rows = (layers + in_a_row - 1) / in_a_row;
  double const width = left + pitch_x * static_cast<double>(columns);
  double const below = top + pitch_y * static_cast<double>(rows);
  auto const lines = notes(plan, layers, width - left - 40);
  canvas onto(static_cast<int>(width), static_cast<int>(below + line_height * static_cast<double>(lines.size() + 3)),
              paper);
  write_text(onto, {left, 44}, title, {.size = 17, .ink = ink, .thickness = 2.1});
  label(onto, {left, 72}, "frames at every position: rotations downwards, translations to the right", anchor::left);
  for (std::size_t layer = 0; layer < layers; ++layer)
    draw_layer(onto, plan, layer, left + pitch_x * static_cast<double>(layer % in_a_row),
               top + pitch_y * static_cast<double>(layer / in_a_row));
  draw_legend(onto, plan, below);
  double y = below + 1.6 * line_height;
  for (auto const& line : lines) {
    label(onto, {left, y}, line, anchor::left);
    y += line_height;
  }
  return onto;
}

void plot_plan(scan_plan const& plan, std::string const& title, std::string const& output, bool overwrite) {
  require_png_name(output);
  require_free_name(output, output_kind::picture, overwrite);
  write_png(output, draw_plan(plan, title));
  log_info("wrote '" + output + "'");
}

}  // namespace xrdct
