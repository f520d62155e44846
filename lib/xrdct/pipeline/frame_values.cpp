#include "xrdct/pipeline/frame_values.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/io/arrays.hpp"
#include "xrdct/io/header_numbers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numbers>

namespace xrdct {
namespace {

std::string text_of(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.8g", value);
  return text.data();
}

/// One number a frame, or an error that says how many there are.
number_list read_for_frames(std::string const& what, std::string const& meaning, input_options const& input,
                            frame_stack const& stack) {
  if (auto const field = header_source(what); !field.empty()) return read_header_numbers(stack, field);
  auto list = read_numbers(what, split_file_dataset(input.files.front()).first);
  if (list.values.size() != stack.frames)
    throw input_error(list.source + " has " + std::to_string(list.values.size()) + " values, but " + stack.name +
                      " has " + std::to_string(stack.frames) + " frames: " + meaning + " needs one value a frame");
  return list;
}

scan_positions grid_positions(grid_scan const& grid, frame_stack const& stack) {
  // Of at most 24 bits each, layers fewer: no overflow.
  auto const of_layer = std::max<std::int64_t>(grid.rotations, 0) * std::max<std::int64_t>(grid.translations, 0);
  auto const layers = static_cast<std::uint64_t>(std::max(grid.layers, 0));
  if (static_cast<std::uint64_t>(of_layer) * layers != stack.frames)
    throw input_error("a grid of " + (layers > 1 ? std::to_string(layers) + " x " : "") +
                      std::to_string(grid.rotations) + " x " + std::to_string(grid.translations) +
                      " positions does not match the " + std::to_string(stack.frames) + " frames of " + stack.name +
                      "; correct --grid" + (layers > 1 ? " or --layers" : ""));
  return positions_of(grid);
}

bool usable(double monitor) { return std::isfinite(monitor) && monitor > 0; }

/// The median of the values that are usable; throws input_error where none is.
double median_monitor(number_list const& monitor) {
  std::vector<double> good;
  std::copy_if(monitor.values.begin(), monitor.values.end(), std::back_inserter(good), usable);
  if (good.empty())
    throw input_error(monitor.source +
                      ": none of the monitor's values is a positive finite number; --monitor none "
                      "does without");
  auto const middle = good.begin() + static_cast<std::ptrdiff_t>(good.size() / 2);
  std::nth_element(good.begin(), middle, good.end());
  if (good.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(good.begin(), middle)) / 2;
}

void require_positive(double value, std::string const& option) {
  if (!usable(value)) throw usage_error(option + " must be a positive number, not " + text_of(value));
}

}  // namespace

scan_positions read_positions(scan_options const& scan, input_options const& input, frame_stack const& stack) {
  if (scan.grid) return grid_positions(*scan.grid, stack);
  if (!scan.layer.empty() && (scan.rotation.empty() || scan.translation.empty()))
    throw usage_error("--layer needs --rotation and --translation");
  if (scan.rotation.empty() && scan.translation.empty()) return {};
  if (scan.rotation.empty() || scan.translation.empty())
    throw usage_error("--rotation and --translation go together: give both, or --grid");
  auto rotation = read_for_frames(scan.rotation, "--rotation", input, stack);
  auto translation = read_for_frames(scan.translation, "--translation", input, stack);
  if (rotation.unit == "rad" || rotation.unit == "radian" || rotation.unit == "radians")
    for (auto& angle : rotation.values) angle *= 180 / std::numbers::pi;
  scan_positions positions{std::move(rotation.values), std::move(translation.values), translation.unit};
  if (scan.layer.empty()) return positions;
  auto layer = read_for_frames(scan.layer, "--layer", input, stack);
  positions.layer = std::move(layer.values);
  positions.layer_unit = layer.unit;
  return positions;
}

void use_monitor(measurement& m, job const& what) {
  auto const& options = what.geometry;
  require_positive(options.normalization, "--normalization");
  m.frame_norm.assign(m.frames(), options.normalization);
  if (options.monitor.empty() || options.monitor == "none") return;

  auto const list = read_for_frames(options.monitor, "--monitor", what.input, m.stack());
  if (options.monitor_reference) require_positive(*options.monitor_reference, "--monitor-reference");
  m.monitor_reference = options.monitor_reference ? *options.monitor_reference : median_monitor(list);
  m.monitor = list.values;
  log_info("monitor: " + list.source + ", reference " + text_of(m.monitor_reference) +
           (options.monitor_reference ? "" : " (its median)"));
  for (std::uint64_t i = 0; i < m.frames(); ++i) {
    if (usable(m.monitor[i])) {
      m.frame_norm[i] *= m.monitor[i] / m.monitor_reference;
    } else if (m.status[i] == frame_status::ok) {
      if (!what.run.skip_bad_frames)
        refuse_frame(m.stack(), i,
                     std::string(describe(frame_status::bad_monitor)) + " (" + text_of(m.monitor[i]) + " in " +
                         list.source + ")");
      m.status[i] = frame_status::bad_monitor;
    }
  }
}

}  // namespace xrdct
