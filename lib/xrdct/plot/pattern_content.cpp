#include "xrdct/base/error.hpp"
#include "xrdct/plot/colour_map.hpp"
#include "xrdct/plot/picture_content.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace xrdct {
namespace {

constexpr std::size_t most_rows = 260;  // of patterns of frames: the height of their image
constexpr colour mean_ink{0.60F, 0.62F, 0.66F};

std::string with_part(std::string const& text, map_reader const& from) {
  return from.shown_part().empty() ? text : text + ", " + from.shown_part();
}

std::string mean_title(map_reader const& from) {
  auto const n = std::to_string(from.entries_in_mean());
  if (from.which() == result_array::tomogram) return "mean pattern of " + n + " voxels, band: rms error of one voxel";
  return "mean of " + n + " patterns, band: \2 standard error";
}

/// Where there are sectors, what each of them sees.
std::optional<pattern_image> sectors_of(map_reader const& from, value_map const& by_sector, std::string const& title) {
  if (from.sectors().values.size() < 2) return {};
  return pattern_image{title, from.sectors(), by_sector};
}

std::size_t nearest(map_axis const& axis, double value) {
  auto const& v = axis.values;
  auto const found = std::min_element(v.begin(), v.end(),
                                      [&](double a, double b) { return std::abs(a - value) < std::abs(b - value); });
  return static_cast<std::size_t>(found - v.begin());
}

void require_within(map_axis const& axis, double value) {
  auto const ends = edges_of(axis);
  if (value >= std::min(ends[0], ends[1]) && value <= std::max(ends[0], ends[1])) return;
  throw input_error("--voxel: " + axis.name + " = " + position_text(axis, value) +
                    " is outside the tomogram, which goes from " + position_text(axis, ends[0]) + " to " +
                    position_text(axis, ends[1]) + (axis.unit.empty() ? "" : " " + axis.unit));
}

using place = std::array<std::size_t, 2>;  // row, column

/// Those asked for, or the brightest one.
std::vector<place> chosen_places(plot_options const& options, map_reader const& from, value_map const& map) {
  std::vector<place> places;
  for (auto const& [x, y] : options.voxels) {
    require_within(from.columns(), x);
    require_within(from.rows(), y);
    places.push_back({nearest(from.rows(), y), nearest(from.columns(), x)});
  }
  if (!places.empty()) return places;
  std::size_t brightest = 0;
  for (std::size_t i = 0; i < map.size(); ++i)
    if (std::isfinite(map[i]) && !(map[i] <= map[brightest])) brightest = i;
  auto const width = from.columns().values.size();
  return {{brightest / width, brightest % width}};
}

std::string place_text(map_reader const& from, place const& at) {
  return "x = " + position_text(from.columns(), from.columns().values[at[1]]) +
         ", y = " + position_text(from.rows(), from.rows().values[at[0]]) +
         (from.columns().unit.empty() ? "" : " " + from.columns().unit);
}

}  // namespace

pattern_picture read_mean_pattern(plot_options const& options) {
  constexpr std::array order{result_array::sinogram, result_array::patterns, result_array::tomogram};
  auto const which = first_held(options.file, order);
  if (!which)
    throw input_error("'" + options.file + "' holds no tomogram, sinogram or patterns: give a result of xrdct");
  map_reader const from(options.file, *which, options.sector, options.layer);
  auto mean = from.mean_with_errors();
  pattern_picture content;
  content.title = std::filesystem::path(options.file).filename().string();
  content.facts = with_part(std::to_string(mean.values.size()) + " channels", from);
  content.pattern_title = mean_title(from);
  content.unit = from.unit();
  content.channels = from.channels();
  content.marked = given_ranges(options, from.channels());
  content.image = sectors_of(from, mean.by_sector, "mean pattern of every sector");
  if (!content.image && *which == result_array::patterns && from.rows().values.size() > 1) {
    auto [values, down] = from.patterns_by_row(most_rows);
    content.image = pattern_image{"pattern of every frame", std::move(down), std::move(values)};
  }
  content.curves.push_back({std::move(mean.values), std::move(mean.errors), chart::curve_ink, ""});
  return content;
}

pattern_picture read_voxels(plot_options const& options) {
  map_reader const from(options.file, result_array::tomogram, options.sector, options.layer);
  auto ranges = given_ranges(options, from.channels());
  pattern_picture content;
  content.marked = ranges;
  content.plain_marks = true;
  if (ranges.empty()) ranges.push_back({0, 0, from.channels().values.size(), 0});
  ranges.resize(1);
  auto map = std::move(from.sums(ranges)[0]);
  auto const places = chosen_places(options, from, map);
  content.title = std::filesystem::path(options.file).filename().string();
  content.facts = with_part(
      std::to_string(from.columns().values.size()) + " x " + std::to_string(from.rows().values.size()) + " voxels",
      from);
  content.unit = from.unit();
  content.channels = from.channels();
  for (std::size_t i = 0; i < places.size(); ++i) {
    auto pattern = from.entry(places[i][0], places[i][1]);
    if (i == 0) content.image = sectors_of(from, pattern.by_sector, "sectors at " + place_text(from, places[i]));
    content.curves.push_back(
        {std::move(pattern.values), std::move(pattern.errors), mark_colour(i), place_text(from, places[i])});
  }
  if (!content.curves.front().errors.empty()) content.facts += ", bands: \2 standard error";
  content.curves.push_back({from.mean_pattern(), {}, mean_ink, "mean of all voxels"});
  std::vector<colour> inks;
  for (std::size_t i = 0; i < places.size(); ++i) inks.push_back(mark_colour(i));
  content.places = place_map{content.marked.empty() ? "all channels" : range_text(from.channels(), content.marked[0]),
                             from.columns(),
                             from.rows(),
                             true,
                             std::move(map),
                             places,
                             std::move(inks)};
  return content;
}

}  // namespace xrdct
