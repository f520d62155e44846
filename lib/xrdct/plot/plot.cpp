#include "xrdct/plot/plot.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/plot/page.hpp"
#include "xrdct/plot/picture.hpp"
#include "xrdct/plot/tomogram_maps.hpp"

#include <algorithm>
#include <filesystem>

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

peak given_range(std::array<int, 2> range, std::size_t channels) {
  auto const first = static_cast<std::size_t>(range[0]);
  auto const last = static_cast<std::size_t>(range[1]);
  if (range[0] < 0 || range[0] >= range[1] || last > channels)
    throw input_error("--channels " + std::to_string(range[0]) + " " + std::to_string(range[1]) +
                      " does not lie within the " + std::to_string(channels) + " channels of the tomogram");
  return {(first + last) / 2, first, last, 0};
}

void require_free(std::string const& output, bool overwrite) {
  if (!output.empty() && !overwrite && std::filesystem::exists(output))
    throw usage_error("'" + output + "' exists already: choose another output, or add --overwrite");
}

void draw_picture(plot_options const& options) {
  tomogram_reader const tomogram(options.file, options.sector, options.layer);
  picture_content content;
  content.title = std::filesystem::path(options.file).filename().string();
  content.part = tomogram.shown_part();
  content.pattern = tomogram.mean_pattern();
  std::size_t const channels = content.pattern.size();
  std::vector<peak> ranges{{0, 0, channels, 0}};
  if (options.channels)
    ranges.push_back(given_range(*options.channels, channels));
  else
    for (auto const& found : find_peaks(content.pattern, candidates, 0.02)) ranges.push_back(found);
  auto maps = tomogram.sums(ranges);
  content.total = std::move(maps.front());
  maps.erase(maps.begin());
  ranges.erase(ranges.begin());
  if (!options.channels) choose_distinct(ranges, maps);
  content.x = tomogram.x();
  content.y = tomogram.y();
  content.channels = tomogram.channels();
  content.peaks = std::move(ranges);
  content.maps = std::move(maps);
  write_png(options.output, draw(content));
  log_info("wrote '" + options.output + "'");
}

}  // namespace

void plot(plot_options const& options) {
  if (options.output.empty() && options.page.empty())
    throw usage_error(
        "nothing is to be written: name a picture with --output FILE.png, or a page with --html FILE.html");
  require_free(options.output, options.overwrite);
  require_free(options.page, options.overwrite);
  if (!options.output.empty()) draw_picture(options);
  if (options.page.empty()) return;
  write_page(options.page, read_page_content(options.file, options.sector, options.layer));
  log_info("wrote '" + options.page + "': open it in a browser");
}

}  // namespace xrdct
