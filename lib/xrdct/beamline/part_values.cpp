#include "xrdct/beamline/part_values.hpp"

#include "xrdct/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <utility>

namespace xrdct {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

std::string odd_text(std::uint64_t values, frame_part const& part, std::string const& path) {
  return std::to_string(values) + (values == 1 ? " value for " : " values for ") + std::to_string(part.frames) +
         (part.frames == 1 ? " frame" : " frames") + " at " + part.file + "::" + path;
}

/// Frames along several axes, of which a list has the positions of one: it is spread over the others. Nothing where it
/// may be of two of them.
std::optional<std::vector<double>> spread(number_lists& lists, frame_part const& part,
                                          std::vector<double> const& axis) {
  auto const extent = lists.extent(part.file, part.dataset);
  if (extent.size() < 4 || axis.size() < 2) return std::nullopt;
  auto const axes = std::span(extent).first(extent.size() - 2);
  if (std::ranges::count(axes, axis.size()) != 1) return std::nullopt;
  std::uint64_t frames = 1;
  for (auto const n : axes) frames *= n;
  if (frames != part.frames) return std::nullopt;
  std::uint64_t stride = 1;  // of frames from one position to the next
  for (auto at = axes.end(); *--at != axis.size();) stride *= *at;
  std::vector<double> values(frames);
  for (std::uint64_t i = 0; i < frames; ++i) values[i] = axis[i / stride % axis.size()];
  return values;
}

/// One part's numbers go behind those of the parts before. Whether there are any.
bool append(part_values& all, number_lists& lists, frame_part const& part, std::string const& path) {
  auto shape = path.empty() ? std::nullopt : lists.look(part.file, path, part.frames);
  auto const end = all.values.size() + part.frames;
  auto const note = [&](std::uint64_t& counter) {
    ++counter;
    if (all.how.first_odd.empty()) all.how.first_odd = odd_text(shape ? shape->count : 0, part, path);
  };
  if (!shape) {
    ++all.how.absent;
    all.values.resize(end, none);
    return false;
  }
  auto values = lists.read(part.file, path, std::max<std::uint64_t>(part.frames, 1));
  if (shape->count < part.frames && !shape->scalar)
    if (auto all_of_map = spread(lists, part, values)) {
      values = std::move(*all_of_map);
      shape->count = part.frames;
    }
  if (shape->scalar) {
    ++all.how.single;
    all.values.resize(end, values.front());
    return true;
  }
  all.values.insert(all.values.end(), values.begin(),
                    values.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(values.size(), part.frames)));
  all.how.without += end - all.values.size();
  all.values.resize(end, none);
  if (shape->count == part.frames) {
    ++all.how.exact;
  } else {
    note(shape->count > part.frames ? all.how.more : all.how.fewer);
  }
  return true;
}

}  // namespace

part_values values_of(number_lists& lists, std::span<frame_part const> parts, std::span<std::string const> paths) {
  part_values all;
  std::uint64_t frames = 0;
  for (auto const& part : parts) frames += part.frames;
  all.values.reserve(frames);
  bool known = false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!append(all, lists, parts[i], paths[i])) continue;
    auto const unit = lists.unit(parts[i].file, paths[i]);
    if (known && unit != all.unit)
      throw input_error("'" + paths[i] + "' in '" + parts[i].file + "' is in '" + unit + "', but before it was in '" +
                        all.unit + "': the parts of a scan must have one unit");
    all.unit = unit;
    known = true;
  }
  return all;
}

value_range range_of(std::span<double const> values) {
  value_range range{none, none};
  for (auto const v : values) {
    if (!std::isfinite(v)) continue;
    if (!(range.lowest <= v)) range.lowest = v;
    if (!(range.highest >= v)) range.highest = v;
  }
  return range;
}

}  // namespace xrdct
