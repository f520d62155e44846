#include "xrdct/scan/plan_map.hpp"

#include "xrdct/scan/number_text.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <stdexcept>

namespace xrdct {
namespace {

constexpr std::size_t most_rows = 20;
constexpr std::size_t most_columns = 60;
constexpr std::size_t label_width = 11;
constexpr int label_digits = 4;

/// What most positions with a frame have.
std::uint32_t usual_count(std::span<std::uint32_t const> counts) {
  std::map<std::uint32_t, std::size_t> positions;
  for (auto const n : counts)
    if (n > 0) ++positions[n];
  if (positions.empty()) return 0;
  return std::ranges::max_element(positions, {}, [](auto const& p) { return p.second; })->first;
}

/// 0 before all; then what is further from the usual; of equally far ones the larger.
std::uint32_t more_unusual(std::uint32_t a, std::uint32_t b, std::uint32_t usual) {
  if (a == 0 || b == 0) return 0;
  auto const away = [&](std::uint32_t n) { return n > usual ? n - usual : usual - n; };
  if (away(a) == away(b)) return std::max(a, b);
  return away(a) > away(b) ? a : b;
}

char sign_of(std::uint32_t frames) {
  if (frames == 0) return '.';
  return frames < 10 ? static_cast<char>('0' + frames) : '+';
}

std::string right_aligned(std::string text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text.substr(0, width);
}

/// Both ends of the translations, below the map.
std::string foot(scan_plan const& plan, std::size_t columns) {
  auto const left = number_text(plan.translation.front(), label_digits);
  auto const right = with_unit(plan.translation.back(), plan.translation_unit, label_digits);
  std::string text(label_width + 1, ' ');
  if (plan.translation.size() == 1) return text + right + "\n";
  text += left;
  auto const end = label_width + 1 + std::max(columns, left.size() + 2 + right.size());
  return text + std::string(end - text.size() - right.size(), ' ') + right + "\n";
}

std::string legend(scan_plan const& plan, frame_map const& map) {
  std::string text = std::string(label_width + 1, ' ') + "frames: . none, 1 to 9, + more";
  if (map.rows == plan.rotation.size() && map.columns == plan.translation.size()) return text + "\n";
  auto const up = [](std::size_t all, std::size_t cells) { return std::to_string((all + cells - 1) / cells); };
  return text + "; of " + up(plan.rotation.size(), map.rows) + " x " + up(plan.translation.size(), map.columns) +
         " the oddest\n";
}

}  // namespace

frame_map map_frames(scan_plan const& plan, std::size_t layer, std::size_t rows, std::size_t columns) {
  auto const counts = frames_of_entries(plan);
  auto const size = plan.entries_of_layer();
  if (layer >= plan.layers.count()) throw std::out_of_range("there is no layer " + std::to_string(layer));
  auto const of_layer = std::span(counts).subspan(layer * size, size);
  auto const usual = usual_count(of_layer);
  auto const rotations = plan.rotation.size();
  auto const translations = plan.translation.size();
  frame_map map{std::min(rows, rotations), std::min(columns, translations), {}};
  for (std::size_t row = 0; row < map.rows; ++row)
    for (std::size_t column = 0; column < map.columns; ++column) {
      auto const top = frame_map::edge(row, map.rows, rotations);
      auto const left = frame_map::edge(column, map.columns, translations);
      auto oddest = of_layer[top * translations + left];
      for (auto r = top; r < frame_map::edge(row + 1, map.rows, rotations); ++r)
        for (auto t = left; t < frame_map::edge(column + 1, map.columns, translations); ++t)
          oddest = more_unusual(oddest, of_layer[r * translations + t], usual);
      map.frames.push_back(oddest);
    }
  return map;
}

std::string ascii_map(scan_plan const& plan, std::size_t layer) {
  auto const map = map_frames(plan, layer, most_rows, most_columns);
  std::string text;
  for (std::size_t row = 0; row < map.rows; ++row) {
    double const angle = plan.rotation[frame_map::edge(row, map.rows, plan.rotation.size())];
    text += right_aligned(angle_label(angle), label_width) + " ";
    for (std::size_t column = 0; column < map.columns; ++column) text += sign_of(map.at(row, column));
    text += "\n";
  }
  return text + foot(plan, map.columns) + legend(plan, map);
}

std::size_t poorest_layer(scan_plan const& plan) {
  std::vector<std::size_t> empty(plan.layers.count());
  auto const counts = frames_of_entries(plan);
  for (std::size_t e = 0; e < counts.size(); ++e)
    if (counts[e] == 0) ++empty[e / plan.entries_of_layer()];
  return static_cast<std::size_t>(std::ranges::max_element(empty) - empty.begin());
}

}  // namespace xrdct
