#include "xrdct/plot/picture_content.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace xrdct {
namespace {

constexpr std::size_t candidates = 12;  // peaks looked at
constexpr std::size_t shown = 3;        // peaks shown
constexpr double alike = 0.85;          // maps that correlate more than this show the same thing

/// The peaks whose maps differ from those of stronger ones; their maps in the same order.
void choose_distinct(std::vector<peak>& peaks, std::vector<value_map>& maps) {
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < peaks.size() && kept.size() < shown; ++i)
    if (std::none_of(kept.begin(), kept.end(), [&](std::size_t k) { return correlation(maps[i], maps[k]) > alike; }))
      kept.push_back(i);
  for (std::size_t i = 0; i < peaks.size() && kept.size() < std::min(shown, peaks.size()); ++i)
    if (std::find(kept.begin(), kept.end(), i) == kept.end()) kept.push_back(i);
  std::vector<peak> chosen;
  std::vector<value_map> chosen_maps;
  for (std::size_t k : kept) {
    chosen.push_back(peaks[k]);
    chosen_maps.push_back(std::move(maps[k]));
  }
  peaks = std::move(chosen);
  maps = std::move(chosen_maps);
}

std::string facts_of(map_reader const& from) {
  bool const voxels = from.which() == result_array::tomogram;
  auto const count = [](map_axis const& axis) { return std::to_string(axis.values.size()); };
  std::string const size = voxels ? count(from.columns()) + " x " + count(from.rows()) + " voxels"
                                  : count(from.rows()) + " rotations x " + count(from.columns()) + " translations";
  return size + ", " + count(from.channels()) + " channels" +
         (from.shown_part().empty() ? "" : ", " + from.shown_part());
}

}  // namespace

map_picture read_maps(plot_options const& options, result_array which) {
  map_reader const from(options.file, which, options.sector, options.layer);
  map_picture content;
  content.title = std::filesystem::path(options.file).filename().string();
  content.facts = facts_of(from);
  content.across = from.columns();
  content.down = from.rows();
  content.channels = from.channels();
  content.square = which == result_array::tomogram;
  content.pattern_title =
      which == result_array::tomogram ? "mean pattern of the tomogram" : "mean pattern of the sinogram";
  content.unit = from.unit();
  content.pattern = from.mean_pattern();
  auto const given = given_ranges(options, content.channels);
  std::vector<peak> ranges{{0, 0, content.pattern.size(), 0}};
  auto const found = given.empty() ? find_peaks(content.pattern, candidates, 0.02) : given;
  ranges.insert(ranges.end(), found.begin(), found.end());
  auto maps = from.sums(ranges);
  content.total = std::move(maps.front());
  maps.erase(maps.begin());
  ranges.erase(ranges.begin());
  if (given.empty()) choose_distinct(ranges, maps);
  content.ranges = std::move(ranges);
  content.maps = std::move(maps);
  return content;
}

}  // namespace xrdct
