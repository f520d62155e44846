#include "xrdct/pipeline/frame_values.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/base/robust.hpp"
#include "xrdct/base/text.hpp"
#include "xrdct/beamline/quantity.hpp"
#include "xrdct/io/arrays.hpp"
#include "xrdct/io/header_numbers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <numbers>

namespace xrdct {
namespace {

std::string text_of(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.8g", value);
  return text.data();
}

/// A grid has no place for frames of air.
scan_positions grid_positions(grid_scan const& grid, frame_stack const& stack, air_plan const& air) {
  auto const frames = stack.frames - air.frames.size();
  // Of at most 24 bits each, layers fewer: no overflow.
  auto const of_layer = std::max<std::int64_t>(grid.rotations, 0) * std::max<std::int64_t>(grid.translations, 0);
  auto const layers = static_cast<std::uint64_t>(std::max(grid.layers, 0));
  if (static_cast<std::uint64_t>(of_layer) * layers != frames)
    throw input_error("a grid of " + (layers > 1 ? std::to_string(layers) + " x " : "") +
                      std::to_string(grid.rotations) + " x " + std::to_string(grid.translations) +
                      " positions does not match the " + std::to_string(frames) + " frames of " + stack.name +
                      (air.frames.empty() ? "" : " that are not air") + "; correct --grid" +
                      (layers > 1 ? " or --layers" : ""));
  return spread_over(positions_of(grid), air, stack.frames);
}

bool usable(double monitor) { return std::isfinite(monitor) && monitor > 0; }

/// The median of the values that are usable; throws input_error where none is.
double median_monitor(found_values const& monitor) {
  std::vector<double> good;
  std::copy_if(monitor.values.begin(), monitor.values.end(), std::back_inserter(good), usable);
  if (good.empty())
    throw input_error(monitor.place +
                      ": none of the monitor's values is a positive finite number; --monitor none "
                      "does without");
  return median(std::move(good));
}

/// What an angle of this unit is to be multiplied with; 1 where it is in degrees, or nothing is said.
double degrees_of(std::string const& unit) {
  auto const name = lower(unit);
  double const radian = 180 / std::numbers::pi;
  if (name == "rad" || name == "radian" || name == "radians") return radian;
  if (name == "mrad") return radian / 1e3;
  if (name == "urad") return radian / 1e6;
  return 1;
}

bool is_angle(std::string const& unit) {
  auto const name = lower(unit);
  return degrees_of(name) != 1 || name == "deg" || name == "degree" || name == "degrees" || name == "°";
}

/// Numbers that cannot be what they are taken for; one unit that does not suit may be a slip of the file.
std::vector<std::string> check_units(found_values const& rotation, found_values const& translation) {
  bool const length = metres_in(rotation.unit).has_value();
  bool const angle = is_angle(translation.unit);
  if (length && angle)
    throw input_error("the rotation is " + rotation.place + ", in " + rotation.unit + ", and the translation " +
                      translation.place + ", in " + translation.unit +
                      ": they are swapped; correct --rotation and --translation");
  bool const moves = std::ranges::any_of(rotation.values, [&](double v) { return v != rotation.values.front(); });
  if (moves && rotation.values == translation.values)
    throw input_error("the rotation, " + rotation.place + ", and the translation, " + translation.place +
                      ", are the same numbers; correct --rotation or --translation");
  if (length)
    return {"rotation: " + rotation.place + " is in " + rotation.unit + ", which is no angle: taken as degrees"};
  if (angle) return {"translation: " + translation.place + " is in " + translation.unit + ", which is no length"};
  return {};
}

void require_positive(double value, std::string const& option) {
  if (!usable(value)) throw usage_error(option + " must be a positive number, not " + text_of(value));
}

}  // namespace

frame_values::frame_values(job const& what, frame_stack const& stack) : what_(what), stack_(stack) {}

/// Where there is anything to look through: image files have no lists beside their frames.
scan_sources* frame_values::sources() {
  std::uint64_t frames = 0;
  for (auto const& part : stack_.parts) frames += part.frames;
  if (stack_.parts.empty() || frames != stack_.frames) return nullptr;
  if (!sources_) sources_ = std::make_unique<scan_sources>(stack_.parts);
  return sources_.get();
}

found_values frame_values::keep(std::string const& what, scan_source source) {
  if (auto line = source.oddity(); !line.empty()) oddities_.push_back(what + ": " + line);
  return {std::move(source.values), source.unit, source.text(), stack_.parts.front().file + "::" + source.path};
}

std::optional<found_values> frame_values::by_convention(scan_role role) {
  auto* const all = sources();
  if (all == nullptr) return by_headers(role);
  auto choice = all->find(role);
  candidates_[index_of(role)] = std::move(choice.candidates);
  problems_[index_of(role)] = choice.problem;
  ambiguous_[index_of(role)] = choice.ambiguous;
  if (!choice.chosen) return std::nullopt;
  return keep(std::string(name_of(role)), std::move(*choice.chosen));
}

/// In a series of image files the headers say where each was taken.
std::optional<found_values> frame_values::by_headers(scan_role role) {
  if (!stack_.of_images() || stack_.frames < 2) return std::nullopt;
  if (!headers_) headers_ = std::make_unique<image_headers>(stack_);
  auto choice = headers_->find(role);
  std::string list;
  for (auto const& name : choice.candidates) list += (list.empty() ? "" : ", ") + name;
  std::string const what(name_of(role));
  ambiguous_[index_of(role)] = choice.ambiguous;
  if (choice.ambiguous)
    problems_[index_of(role)] = "the headers of " + stack_.name + " have several numbers that may be the " + what +
                                ": " + list + "; choose with --" + what;
  if (!choice.chosen) return std::nullopt;
  auto const source = choice.chosen->source;
  return found_values{std::move(choice.chosen->values), choice.chosen->unit, source + ", by its name", source};
}

found_values frame_values::named(std::string const& option, std::string const& word) {
  if (auto const field = header_source(word); !field.empty()) {
    auto list = read_header_numbers(stack_, field);
    return {std::move(list.values), list.unit, "'" + list.source + "', given", list.source};
  }
  std::string why;
  if (auto* const all = sources(); all != nullptr && word.find("::") == std::string::npos)
    if (auto source = all->named(option, word, why)) return keep(option, std::move(*source));
  std::error_code ignored;
  if (!why.empty() && !std::filesystem::is_regular_file(word, ignored))
    throw input_error(option + ": " + why + "; and there is no text file of that name");
  auto list = read_numbers(word, split_file_dataset(what_.input.files.front()).first);
  if (list.values.size() != stack_.frames)
    throw input_error(list.source + " has " + std::to_string(list.values.size()) + " values, but " + stack_.name +
                      " has " + std::to_string(stack_.frames) + " frames: " + option + " needs one value a frame");
  return {std::move(list.values), list.unit, "'" + list.source + "', given", list.source};
}

/// Nothing where it is not wanted, or not found.
std::optional<found_values> frame_values::find(scan_role role, std::string const& word) {
  if (word == "none") return std::nullopt;
  auto found = word.empty() ? by_convention(role) : named("--" + std::string(name_of(role)), word);
  if (found) found_[index_of(role)] = found->source;
  return found;
}

std::vector<int> frame_values::image_keys() {
  auto* const all = sources();
  return all != nullptr ? all->image_keys() : std::vector<int>();
}

scan_positions frame_values::positions(air_plan const& air) {
  auto const& scan = what_.scan;
  if (scan.grid) return grid_positions(*scan.grid, stack_, air);
  if (scan.rotation == "none" || scan.translation == "none") return {};
  auto rotation = find(scan_role::rotation, scan.rotation);
  auto translation = find(scan_role::translation, scan.translation);
  if (!rotation || !translation) {
    auto const missing = rotation ? scan_role::translation : scan_role::rotation;
    no_scan_ = problems_[index_of(missing)];
    if (no_scan_.empty() && stack_.of_images() && (rotation || translation)) {
      auto const option = "--" + std::string(name_of(missing));
      no_scan_ = "the headers of " + stack_.name + " have no " + std::string(name_of(missing)) +
                 " of a usual name; name it with " + option + " header:NAME, or give a text file";
    }
    if (scan.rotation.empty() && scan.translation.empty()) return {};
    if (no_scan_.empty()) throw usage_error("--rotation and --translation go together: give both, or --grid");
    throw input_error(no_scan_);
  }
  for (auto& line : check_units(*rotation, *translation)) oddities_.push_back(std::move(line));
  for (auto& angle : rotation->values) angle *= degrees_of(rotation->unit);
  scan_positions positions{std::move(rotation->values), std::move(translation->values), translation->unit};
  auto layer = find(scan_role::layer, scan.layer);
  if (ambiguous_[index_of(scan_role::layer)]) throw input_error(problems_[index_of(scan_role::layer)]);
  if (!layer) return positions;
  positions.layer = std::move(layer->values);
  positions.layer_unit = layer->unit;
  return positions;
}

std::optional<found_values> frame_values::monitor() {
  auto found = find(scan_role::monitor, what_.geometry.monitor);
  if (ambiguous_[index_of(scan_role::monitor)]) throw input_error(problems_[index_of(scan_role::monitor)]);
  return found;
}

std::vector<number_found> frame_values::report() const {
  std::vector<number_found> all;
  for (auto const role : {scan_role::rotation, scan_role::translation, scan_role::layer, scan_role::monitor}) {
    if (what_.scan.grid && role != scan_role::monitor) continue;
    auto const i = index_of(role);
    auto& one = all.emplace_back(number_found{std::string(name_of(role)), found_[i], problems_[i], {}});
    for (auto const& other : candidates_[i])
      if (other.verdict != "chosen") one.others.push_back(other.text() + ": " + other.verdict);
  }
  return all;
}

std::string frame_values::chosen() const {
  std::string line = "frames '" + stack_.name + "'";
  if (!stack_.parts.empty() && stack_.parts.size() > 1)
    line = "frames '" + stack_.parts.front().dataset + "' to '" + stack_.parts.back().dataset + "' (" +
           std::to_string(stack_.parts.size()) + " parts)";
  for (auto const role : {scan_role::rotation, scan_role::translation, scan_role::layer, scan_role::monitor}) {
    auto const& text = found_[index_of(role)];
    line += "; " + (text.empty() ? "no " + std::string(name_of(role)) : std::string(name_of(role)) + " " + text);
  }
  return line;
}

void use_monitor(measurement& m, frame_values& values, job const& what) {
  auto const& options = what.geometry;
  require_positive(options.normalization, "--normalization");
  m.frame_norm.assign(m.frames(), options.normalization);
  auto const list = values.monitor();
  if (!list) return;
  if (options.monitor_reference) require_positive(*options.monitor_reference, "--monitor-reference");
  m.monitor_reference = options.monitor_reference ? *options.monitor_reference : median_monitor(*list);
  m.monitor = list->values;
  log_info("monitor: " + list->place + ", reference " + text_of(m.monitor_reference) +
           (options.monitor_reference ? "" : " (its median)"));
  for (std::uint64_t i = 0; i < m.frames(); ++i) {
    if (usable(m.monitor[i])) {
      m.frame_norm[i] *= m.monitor[i] / m.monitor_reference;
    } else if (m.status[i] == frame_status::ok) {
      if (!what.run.skip_bad_frames)
        refuse_frame(m.stack(), i,
                     std::string(describe(frame_status::bad_monitor)) + " (" + text_of(m.monitor[i]) + " in " +
                         list->place +
                         (options.monitor.empty() ? ", found by convention; --monitor none does without" : "") + ")");
      m.status[i] = frame_status::bad_monitor;
    }
  }
}

}  // namespace xrdct
