#include "xrdct/scan/plan.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/scan/position_axis.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

namespace xrdct {
namespace {

std::string number_text(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

/// Entries that have a frame.
std::size_t occupied(position_axis const& rotation, position_axis const& translation) {
  std::vector<std::int64_t> entries;
  for (std::size_t i = 0; i < rotation.index.size(); ++i)
    if (rotation.index[i] >= 0 && translation.index[i] >= 0)
      entries.push_back(rotation.index[i] * static_cast<std::int64_t>(translation.centres.size()) +
                        translation.index[i]);
  std::sort(entries.begin(), entries.end());
  return static_cast<std::size_t>(std::unique(entries.begin(), entries.end()) - entries.begin());
}

/// Positions that are all different would make a sinogram of nothing but holes, and of any size.
void require_grid(position_axis const& rotation, position_axis const& translation) {
  constexpr std::size_t most_entries_a_frame = 64;
  auto const frames = rotation.index.size();
  if (rotation.centres.size() * translation.centres.size() <= most_entries_a_frame * frames) return;
  throw input_error("the positions of " + std::to_string(frames) + " frames do not form a scan: there are " +
                    std::to_string(rotation.centres.size()) + " rotations and " +
                    std::to_string(translation.centres.size()) +
                    " translations; look at --rotation and --translation, or raise --position-tolerance");
}

/// A motor that stands still has noise in its encoder, which looks like nearly as many positions as frames, unevenly
/// spaced while the other motor moves on evenly; and with them, the sinogram would be nearly empty.
bool only_noise(position_axis const& axis, position_axis const& other) {
  auto const entries = axis.centres.size() * other.centres.size();
  return axis.index.size() > 3 && 2 * axis.centres.size() > axis.index.size() && other.centres.size() > 1 &&
         2 * occupied(axis, other) < entries && !evenly_spaced(axis.values) && evenly_spaced(other.values);
}

/// Puts each frame into its entry, and each entry's mean position beside it.
void place_frames(scan_plan& plan, position_axis const& rotation, position_axis const& translation) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  auto const frames = rotation.index.size();
  plan.entry.assign(frames, -1);
  plan.rotation_position.assign(plan.entries(), none);
  plan.translation_position.assign(plan.entries(), none);
  std::vector<std::uint32_t> count(plan.entries());
  auto const running_mean = [](double& mean, double value, double n) {
    mean = n == 1 ? value : mean + (value - mean) / n;
  };
  for (std::size_t i = 0; i < frames; ++i) {
    if (rotation.index[i] < 0 || translation.index[i] < 0) continue;
    plan.entry[i] = rotation.index[i] * static_cast<std::int64_t>(plan.translation.size()) + translation.index[i];
    auto const entry = static_cast<std::size_t>(plan.entry[i]);
    double const n = ++count[entry];
    running_mean(plan.rotation_position[entry], rotation.values[i], n);
    running_mean(plan.translation_position[entry], translation.values[i], n);
  }
}

std::string range_text(std::vector<double> const& axis, std::string const& unit) {
  std::string const space = unit.empty() ? "" : " ";
  if (axis.size() == 1) return "at " + number_text(axis.front()) + space + unit;
  return number_text(axis.front()) + " to " + number_text(axis.back()) + space + unit;
}

std::string plural(std::size_t count, std::string const& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string describe(scan_plan const& plan, std::size_t with_frames, bool modulo) {
  std::string line = plural(plan.rotation.size(), "rotation") + " (" + range_text(plan.rotation, "deg") +
                     (modulo ? ", several turns" : "") + ") x " + plural(plan.translation.size(), "translation") +
                     " (" + range_text(plan.translation, plan.translation_unit) + ")";
  auto const placed = static_cast<std::size_t>(
      std::count_if(plan.entry.begin(), plan.entry.end(), [](std::int64_t e) { return e >= 0; }));
  if (placed < plan.entry.size()) line += ", " + plural(plan.entry.size() - placed, "frame") + " without a position";
  if (placed > with_frames) line += ", " + plural(placed - with_frames, "repeated frame") + " added";
  if (with_frames < plan.entries())
    line += ", " + std::to_string(plan.entries() - with_frames) + " of " + std::to_string(plan.entries()) +
            " entries without a frame";
  return line;
}

}  // namespace

double scan_plan::step() const {
  double const step = median_step(translation);
  return step > 0 ? step : 1;
}

scan_plan make_plan(scan_positions const& positions, plan_options const& options) {
  if (positions.rotation.size() != positions.translation.size())
    throw input_error("positions do not match: " + std::to_string(positions.rotation.size()) + " rotations, but " +
                      std::to_string(positions.translation.size()) +
                      " translations; there must be one of each a frame");
  if (!(options.position_tolerance >= 0 && options.position_tolerance < 1))
    throw usage_error("--position-tolerance must be a share of the step, from 0 to below 1");
  auto angles = positions.rotation;
  auto offsets = positions.translation;
  for (std::size_t i = 0; i < angles.size(); ++i) {
    if (options.reverse_rotation) angles[i] = -angles[i];
    if (!std::isfinite(angles[i])) offsets[i] = angles[i];  // half a position is none
    if (!std::isfinite(offsets[i])) angles[i] = offsets[i];
  }
  auto rotation = cluster_angles(angles, options.position_tolerance);
  auto translation = cluster_positions(offsets, options.position_tolerance);
  if (rotation.centres.empty()) throw input_error("no frame has a position: no rotation and translation are numbers");
  if (only_noise(translation, rotation)) translation = single_position(translation);
  if (only_noise(rotation, translation)) rotation = single_position(rotation);

  require_grid(rotation, translation);

  scan_plan plan;
  plan.rotation = rotation.centres;
  plan.translation = translation.centres;
  plan.translation_unit = positions.translation_unit;
  place_frames(plan, rotation, translation);
  plan.summary = describe(plan, occupied(rotation, translation), rotation.modulo);
  return plan;
}

}  // namespace xrdct
