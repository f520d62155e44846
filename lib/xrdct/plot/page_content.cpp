#include "xrdct/plot/page_content.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/arrays.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <string_view>

namespace xrdct {
namespace {

// Two bytes each, and four thirds of that as text: a page of 16 MB, which browsers open in a second.
constexpr std::size_t most_values = 6'000'000;
// Of an image over the scan, as decimal numbers: 3 MB each.
constexpr std::size_t most_positions = 300'000;

std::size_t pieces(std::size_t length, std::size_t piece) { return (length + piece - 1) / piece; }

map_axis coarser(map_axis axis, std::size_t by) {
  std::vector<double> means;
  for (std::size_t first = 0; first < axis.values.size(); first += by) {
    auto const end = std::min(first + by, axis.values.size());
    means.push_back((axis.values[first] + axis.values[end - 1]) / 2);
  }
  axis.values = std::move(means);
  return axis;
}

/// Means over squares of pixels, of those that are finite.
value_map coarser(value_map const& map, std::size_t columns, std::size_t by) {
  auto const rows = map.size() / columns, across = pieces(columns, by);
  std::vector<double> sums(pieces(rows, by) * across), counts(sums.size());
  for (std::size_t i = 0; i < map.size(); ++i) {
    if (!std::isfinite(map[i])) continue;
    auto const at = i / columns / by * across + i % columns / by;
    sums[at] += static_cast<double>(map[i]);
    ++counts[at];
  }
  value_map means(sums.size(), std::numeric_limits<float>::quiet_NaN());
  for (std::size_t i = 0; i < sums.size(); ++i)
    if (counts[i] > 0) means[i] = static_cast<float>(sums[i] / counts[i]);
  return means;
}

std::vector<peak> groups_of(std::size_t channels, std::size_t by) {
  std::vector<peak> groups;
  for (std::size_t first = 0; first < channels; first += by)
    groups.push_back({first, first, std::min(first + by, channels), 0});
  return groups;
}

/// The groups of the most prominent peak; of a pattern without any, the middle.
std::pair<std::size_t, std::size_t> strongest(std::vector<double> const& pattern, std::size_t by) {
  auto const found = find_peaks(pattern, 1, 0.02);
  auto const first = found.empty() ? pattern.size() / 2 : found[0].first;
  auto const last = found.empty() ? first + 1 : found[0].last;
  return {first / by, std::max(pieces(last, by), first / by + 1)};
}

std::string averaged(page_grain const& grain) {
  std::string text;
  if (grain.channels > 1) text = "means of " + std::to_string(grain.channels) + " channels";
  if (grain.pixels > 1) {
    auto const edge = std::to_string(grain.pixels);
    text += (text.empty() ? "means of " : " and ") + edge + " x " + edge + " pixels";
  }
  return text;
}

/// An image over the scan, made coarser until a page has room for it.
scan_image fitting(map_axis const& rotation, map_axis const& translation, value_map values) {
  std::size_t by = 1;
  while (pieces(rotation.values.size(), by) * pieces(translation.values.size(), by) > most_positions) ++by;
  if (by == 1) return {rotation, translation, std::move(values)};
  auto smaller = coarser(values, translation.values.size(), by);
  return {coarser(rotation, by), coarser(translation, by), std::move(smaller)};
}

/// Which frame was the first at every position, counted from 0; not a number where there was none.
std::optional<scan_image> read_order(std::string const& file, map_reader const& sinogram, page_content& made) {
  std::string const entries = "/entry/frames/sinogram_entry", status = "/entry/frames/status";
  if (!dataset_exists(file, entries) || !dataset_exists(file, status)) return {};
  auto const entry = read_all_numbers(file, entries), state = read_all_numbers(file, status);
  auto const positions = sinogram.rows().values.size() * sinogram.columns().values.size();
  if (entry.size() != state.size()) return {};
  value_map first(positions, std::numeric_limits<float>::quiet_NaN());
  std::size_t good = 0, placed = 0, taken = 0;
  auto const begin = static_cast<double>(sinogram.layer() * positions);
  for (std::size_t i = 0; i < entry.size(); ++i) {
    good += state[i] == 0 ? 1 : 0;
    if (!(entry[i] >= begin && entry[i] < begin + static_cast<double>(positions))) continue;
    ++placed;
    auto& at = first[static_cast<std::size_t>(entry[i] - begin)];
    if (state[i] != 0 || std::isfinite(at)) continue;
    at = static_cast<float>(i);
    ++taken;
  }
  made.facts.emplace_back(
      "frames", std::to_string(entry.size()) + ", of which " + std::to_string(entry.size() - good) + " were not used");
  made.facts.emplace_back("positions", std::to_string(positions) + " in a layer; " + std::to_string(positions - taken) +
                                           " without a frame, " + std::to_string(placed) + " frames at the others");
  return fitting(sinogram.rows(), sinogram.columns(), std::move(first));
}

void add_scan(page_content& made, std::string const& file, std::optional<int> sector, std::optional<int> layer) {
  if (!holds(file, result_array::sinogram)) return;
  map_reader const sinogram(file, result_array::sinogram, sector, layer);
  peak const all[] = {{0, 0, sinogram.channels().values.size(), 0}};
  if (made.square) made.sinogram = fitting(sinogram.rows(), sinogram.columns(), std::move(sinogram.sums(all)[0]));
  made.order = read_order(file, sinogram, made);
}

std::string number_of(std::string const& file, std::string const& dataset) {
  if (!dataset_exists(file, dataset)) return {};
  auto const list = read_numbers(dataset, file);
  if (list.values.size() != 1) return {};
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.6g", list.values[0]);
  return text.data() + (list.unit.empty() ? std::string() : " " + list.unit);
}

std::vector<std::pair<std::string, std::string>> read_facts(std::string const& file) {
  constexpr std::array<std::array<std::string_view, 2>, 10> texts{{{"title", "/entry/title"},
                                                                   {"input", "/entry/process/options/input"},
                                                                   {"chosen", "/entry/process/chosen"},
                                                                   {"algorithm", "/entry/tomogram/algorithm"},
                                                                   {"filter", "/entry/tomogram/filter"},
                                                                   {"convention", "/entry/tomogram/convention"},
                                                                   {"axis found by", "/entry/tomogram/axis_method"},
                                                                   {"device", "/entry/process/devices"},
                                                                   {"version", "/entry/process/version"},
                                                                   {"command", "/entry/process/command_line"}}};
  std::vector<std::pair<std::string, std::string>> facts;
  for (auto const& [name, dataset] : texts) {
    std::string const path(dataset);
    auto text = dataset_exists(file, path) ? read_text(file, path) : std::string();
    if (!text.empty()) facts.emplace_back(name, std::move(text));
    if (name == "convention")
      if (auto axis = number_of(file, "/entry/tomogram/axis"); !axis.empty())
        facts.emplace_back("axis", std::move(axis));
  }
  return facts;
}

std::vector<std::pair<std::string, double>> read_seconds(std::string const& file) {
  std::vector<std::pair<std::string, double>> found;
  for (std::string const stage : {"setup", "read", "reduce", "exchange", "assemble", "correct", "tomogram", "write"}) {
    auto const path = "/entry/process/seconds/" + stage;
    if (!dataset_exists(file, path)) continue;
    auto const list = read_numbers(path, file);
    if (list.values.size() == 1) found.emplace_back(stage, list.values[0]);
  }
  return found;
}

}  // namespace

page_grain choose_grain(std::size_t rows, std::size_t columns, std::size_t channels, std::size_t most) {
  page_grain grain;
  for (;; ++grain.pixels) {
    auto const pixels = pieces(rows, grain.pixels) * pieces(columns, grain.pixels);
    auto const groups = std::max<std::size_t>(most / pixels, 1);
    grain.channels = pieces(channels, std::min(groups, channels));
    bool const coarse = grain.channels > 4 && grain.pixels < 4;
    if (pixels > most || coarse) continue;
    return grain;
  }
}

page_content read_page_content(std::string const& file, std::optional<int> sector, std::optional<int> layer) {
  constexpr std::array order{result_array::tomogram, result_array::sinogram};
  map_reader const tomogram(file, first_held(file, order).value_or(result_array::tomogram), sector, layer);
  page_content made;
  made.square = tomogram.which() == result_array::tomogram;
  made.title = std::filesystem::path(file).filename().string();
  made.channels = tomogram.channels();
  made.pattern = tomogram.mean_pattern();
  auto const columns = tomogram.columns().values.size(), rows = tomogram.rows().values.size();
  auto const grain = choose_grain(rows, columns, made.pattern.size(), most_values);
  made.groups = groups_of(made.pattern.size(), grain.channels);
  made.maps = tomogram.sums(made.groups);
  for (std::size_t g = 0; g < made.maps.size(); ++g) {
    for (auto& v : made.maps[g]) v /= static_cast<float>(made.groups[g].last - made.groups[g].first);
    if (grain.pixels > 1) made.maps[g] = coarser(made.maps[g], columns, grain.pixels);
  }
  made.x = coarser(tomogram.columns(), grain.pixels);
  made.y = coarser(tomogram.rows(), grain.pixels);
  made.start = strongest(made.pattern, grain.channels);
  made.part = tomogram.shown_part();
  if (auto const text = averaged(grain); !text.empty()) made.part += (made.part.empty() ? "" : "; ") + text;
  made.facts = read_facts(file);
  add_scan(made, file, sector, layer);
  made.stage_seconds = read_seconds(file);
  return made;
}

}  // namespace xrdct
