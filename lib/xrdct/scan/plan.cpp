#include "xrdct/scan/plan.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/scan/number_text.hpp"
#include "xrdct/scan/remarks.hpp"
#include "xrdct/scan/scan_axes.hpp"
#include "xrdct/scan/scan_order.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace xrdct {
namespace {

/// Positions that are all different would make a sinogram of nothing but holes, and of any size.
void require_grid(scan_axes const& axes) {
  constexpr double most_entries_a_frame = 64;
  if (axes.entries() <= most_entries_a_frame * static_cast<double>(axes.frames())) return;
  std::string const layers =
      axes.layer.centres.size() > 1 ? std::to_string(axes.layer.centres.size()) + " layers, " : "";
  throw input_error("the positions of " + std::to_string(axes.frames()) + " frames do not form a scan: there are " +
                    layers + std::to_string(axes.rotation.centres.size()) + " rotations and " +
                    std::to_string(axes.translation.centres.size()) +
                    " translations; look at --rotation and --translation" + (layers.empty() ? "" : " and --layer") +
                    ", or raise --position-tolerance");
}

void require_lengths(scan_positions const& positions) {
  auto const rotations = positions.rotation.size();
  if (rotations != positions.translation.size())
    throw input_error("positions do not match: " + std::to_string(rotations) + " rotations, but " +
                      std::to_string(positions.translation.size()) +
                      " translations; there must be one of each a frame");
  if (!positions.layer.empty() && rotations != positions.layer.size())
    throw input_error("positions do not match: " + std::to_string(rotations) + " rotations, but " +
                      std::to_string(positions.layer.size()) + " layers; there must be one of each a frame");
}

/// Puts each frame into its entry, and each entry's mean position beside it.
void place_frames(scan_plan& plan, scan_axes const& axes) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  plan.entry.assign(axes.frames(), -1);
  plan.rotation_position.assign(plan.entries(), none);
  plan.translation_position.assign(plan.entries(), none);
  std::vector<std::uint32_t> count(plan.entries());
  auto const running_mean = [](double& mean, double value, double n) {
    mean = n == 1 ? value : mean + (value - mean) / n;
  };
  for (std::size_t i = 0; i < axes.frames(); ++i) {
    if (!axes.placed(i)) continue;
    plan.entry[i] = axes.entry(i);
    auto const entry = static_cast<std::size_t>(plan.entry[i]);
    double const n = ++count[entry];
    running_mean(plan.rotation_position[entry], axes.rotation.values[i], n);
    running_mean(plan.translation_position[entry], axes.translation.values[i], n);
  }
}

std::string range_text(std::vector<double> const& axis, std::string const& unit) {
  if (axis.size() == 1) return "at " + with_unit(axis.front(), unit);
  return number_text(axis.front()) + " to " + with_unit(axis.back(), unit);
}

std::string plural(std::size_t count, std::string const& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// What is one position on an axis; nothing where there is but one anyway.
std::string tolerance_text(position_axis const& axis, std::string const& unit) {
  if (axis.centres.size() < 2) return "";
  if (axis.bin > 0) return "in bins of " + with_unit(axis.bin, unit);
  return "nearer than " + with_unit(axis.gap, unit) + " (widest " + with_unit(axis.width, unit) + ")";
}

/// "; one position: rotations nearer than 0.9 deg (widest 0.1 deg), translations nearer than …".
std::string describe_tolerances(scan_plan const& plan, scan_axes const& axes) {
  std::string text;
  auto const add = [&](std::string const& name, position_axis const& axis, std::string const& unit) {
    auto const one = tolerance_text(axis, unit);
    if (!one.empty()) text += (text.empty() ? "; one position: " : ", ") + name + " " + one;
  };
  add("layers", axes.layer, plan.layers.unit);
  add("rotations", axes.rotation, "deg");
  add("translations", axes.translation, plan.translation_unit);
  return text;
}

std::string describe(scan_plan const& plan, scan_axes const& axes) {
  std::string line;
  if (plan.layers.several())
    line = plural(plan.layers.count(), "layer") + " (" + range_text(plan.layers.centres, plan.layers.unit) + ") x ";
  line += plural(plan.rotation.size(), "rotation") + " (" + range_text(plan.rotation, "deg") +
          (axes.rotation.modulo ? ", several turns" : "") + ") x " + plural(plan.translation.size(), "translation") +
          " (" + range_text(plan.translation, plan.translation_unit) + ")";
  auto const with_frames = occupied(axes);
  auto const placed = static_cast<std::size_t>(
      std::count_if(plan.entry.begin(), plan.entry.end(), [](std::int64_t e) { return e >= 0; }));
  if (placed < plan.entry.size()) line += ", " + plural(plan.entry.size() - placed, "frame") + " without a position";
  if (placed > with_frames) line += ", " + plural(placed - with_frames, "repeated frame") + " added";
  if (with_frames < plan.entries())
    line += ", " + std::to_string(plan.entries() - with_frames) + " of " + std::to_string(plan.entries()) +
            " entries without a frame";
  return line + describe_tolerances(plan, axes);
}

}  // namespace

double scan_plan::step() const {
  double const step = median_step(translation);
  return step > 0 ? step : 1;
}

std::vector<std::uint32_t> frames_of_entries(scan_plan const& plan) {
  std::vector<std::uint32_t> counts(plan.entries());
  for (auto const entry : plan.entry)
    if (entry >= 0) ++counts[static_cast<std::size_t>(entry)];
  return counts;
}

scan_plan make_plan(scan_positions const& positions, plan_options const& options) {
  require_lengths(positions);
  if (!(options.position_tolerance >= 0 && options.position_tolerance < 1))
    throw usage_error("--position-tolerance must be a share of the step, from 0 to below 1");
  auto const axes = find_axes(positions, options);
  require_grid(axes);

  scan_plan plan;
  plan.rotation = axes.rotation.centres;
  plan.translation = axes.translation.centres;
  plan.translation_unit = positions.translation_unit;
  if (!positions.layer.empty()) plan.layers = {axes.layer.centres, positions.layer_unit};
  place_frames(plan, axes);
  plan.summary = describe(plan, axes);
  auto const order = find_order(axes);
  plan.order = describe(order, axes);
  plan.remarks = find_oddities(plan, axes, order);
  return plan;
}

}  // namespace xrdct
