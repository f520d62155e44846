#include "xrdct/base/error.hpp"
#include "xrdct/plot/picture_content.hpp"

#include <algorithm>

namespace xrdct {
namespace {

peak range_of_channels(std::array<int, 2> range, std::size_t channels) {
  auto const first = static_cast<std::size_t>(range[0]);
  auto const last = static_cast<std::size_t>(range[1]);
  if (range[0] < 0 || range[0] >= range[1] || last > channels)
    throw input_error("--channels " + std::to_string(range[0]) + " " + std::to_string(range[1]) +
                      " does not lie within the " + std::to_string(channels) + " channels of the result");
  return {(first + last) / 2, first, last, 0};
}

/// The channels whose centres lie in it.
peak range_of_axis(std::array<double, 2> range, map_axis const& axis) {
  auto const& values = axis.values;
  auto const inside = [&](double v) { return v >= range[0] && v <= range[1]; };
  auto const first = std::find_if(values.begin(), values.end(), inside);
  auto const last = std::find_if_not(first, values.end(), inside);
  if (first == values.end())
    throw input_error("--range: no channel lies from " + position_text(axis, range[0]) + " to " +
                      position_text(axis, range[1]) + "; the channels of the result go from " + axis.name + " = " +
                      position_text(axis, values.front()) + " to " + position_text(axis, values.back()) +
                      (axis.unit.empty() ? "" : " " + axis.unit));
  auto const begin = static_cast<std::size_t>(first - values.begin());
  auto const end = static_cast<std::size_t>(last - values.begin());
  return {(begin + end) / 2, begin, end, 0};
}

}  // namespace

std::vector<peak> given_ranges(plot_options const& options, map_axis const& channels) {
  std::vector<peak> ranges;
  for (auto const& range : options.channels) ranges.push_back(range_of_channels(range, channels.values.size()));
  for (auto const& range : options.ranges) ranges.push_back(range_of_axis(range, channels));
  return ranges;
}

}  // namespace xrdct
