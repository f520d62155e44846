#include "xrdct/base/error.hpp"
#include "xrdct/base/progress.hpp"
#include "xrdct/beamline/described_geometry.hpp"
#include "xrdct/io/arrays.hpp"
#include "xrdct/pipeline/commands.hpp"
#include "xrdct/pipeline/detector_geometry.hpp"
#include "xrdct/pipeline/frame_values.hpp"
#include "xrdct/pipeline/measurement.hpp"
#include "xrdct/pipeline/tomogram.hpp"
#include "xrdct/scan/plan_map.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>

namespace xrdct {
namespace {

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

std::string line(std::string const& key, std::string const& value) {
  return key + std::string(key.size() < 14 ? 14 - key.size() : 1, ' ') + value + "\n";
}

std::string describe_stack(frame_stack const& stack) {
  auto const& f = stack.format;
  auto const stored = std::accumulate(stack.stored_bytes.begin(), stack.stored_bytes.end(), std::uint64_t{0});
  auto const missing = std::count(stack.stored_bytes.begin(), stack.stored_bytes.end(), std::uint64_t{0});
  auto const whole = static_cast<double>(f.bytes()) * static_cast<double>(stack.frames);
  std::string text = line("frames", stack.name);
  text += line("", std::to_string(stack.frames) + " of " + std::to_string(f.rows) + " x " + std::to_string(f.columns) +
                       " pixels, " + std::string(name_of(f.type)) + ", " +
                       (stack.of_images() ? "image file" : std::string(name_of(f.code))));
  text += line("", bytes_text(static_cast<double>(stored)) + " stored, " + bytes_text(whole) + " decoded");
  if (missing > 0) text += line("", std::to_string(missing) + " missing (never written, or in an absent file)");
  return text;
}

/// The files that frames come from; the first few of many.
std::string describe_sources(frame_stack const& stack) {
  constexpr std::size_t most = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(most, stack.segments.size()); ++i) {
    auto const& s = stack.segments[i];
    auto const first = place_of(stack, s, s.first);
    auto const last = place_of(stack, s, s.first + s.count - 1);
    text += line(i == 0 ? "sources" : "", first.file + (s.image ? "" : "::" + s.dataset) +
                                              (last.file == first.file ? "" : " to " + last.file) + ", frames " +
                                              std::to_string(s.first) + " to " + std::to_string(s.first + s.count - 1) +
                                              (s.present ? "" : ": absent"));
  }
  if (stack.segments.size() > most) text += line("", "and " + std::to_string(stack.segments.size() - most) + " more");
  return text;
}

/// "sinogram 7 x 11 x 150 (46.2 kB)", with all `quantities` of its shape.
std::string describe_array(std::string const& name, std::vector<std::uint64_t> const& shape, int quantities) {
  std::string text;
  double bytes = quantities * static_cast<double>(sizeof(float));
  for (auto const n : shape) {
    text += (text.empty() ? name + " " : " x ") + std::to_string(n);
    bytes *= static_cast<double>(n);
  }
  return text + " (" + bytes_text(bytes) + ")";
}

/// The plan, what is odd about it, and a map of the layer that lacks most.
std::string describe_plan(scan_plan const& plan) {
  std::string text = line("scan", plan.summary) + line("", plan.order);
  for (std::size_t i = 0; i < plan.remarks.size(); ++i) text += line(i == 0 ? "remarks" : "", plan.remarks[i].text);
  auto const shown = poorest_layer(plan);
  if (plan.layers.several())
    text +=
        line("map", "layer " + std::to_string(shown) + " of " + std::to_string(plan.layers.count()) + ", at " +
                        number(plan.layers.centres[shown]) + (plan.layers.unit.empty() ? "" : " " + plan.layers.unit));
  return text + ascii_map(plan, shown);
}

/// What belongs to the frames, and what else was considered.
std::string describe_chosen(frame_values& values) {
  static_cast<void>(values.monitor());
  std::string text = line("chosen", values.chosen());
  for (auto const& odd : values.oddities()) text += line("", odd);
  for (auto const role : {scan_role::rotation, scan_role::translation, scan_role::layer, scan_role::monitor})
    for (auto const& one : values.candidates(role))
      if (one.verdict != "chosen") text += line("", "not " + one.text() + ": " + one.verdict);
  return text;
}

/// Which frames show air, by the options and by what the file marks.
air_plan air_of(job const& what, frame_values& values, frame_stack const& stack) {
  std::vector<std::uint64_t> flats;
  if (what.geometry.air.flat) {
    auto const keys = values.image_keys();
    for (std::uint64_t i = 0; i < keys.size(); ++i)
      if (keys[i] == 1) flats.push_back(i);
  }
  return plan_air(what.geometry.air, stack.frames, flats);
}

std::string describe_scan(job const& what, frame_stack const& stack) {
  frame_values values(what, stack);
  auto const air = air_of(what, values, stack);
  auto const positions = values.positions(air);
  auto const& integration = what.geometry.integration;
  auto const channels = static_cast<std::uint64_t>(integration.bins);
  auto const sectors = static_cast<std::uint64_t>(integration.azimuth_bins.value_or(0));
  if (positions.rotation.empty()) {
    std::vector<std::uint64_t> patterns{stack.frames, channels};
    if (sectors > 0) patterns.insert(patterns.begin() + 1, sectors);
    return line("scan", values.no_scan().empty() ? "no positions given (--rotation and --translation, or --grid)"
                                                 : values.no_scan()) +
           line("result", describe_array("patterns", patterns, 6));
  }
  auto const plan = plan_without_air(positions, air, what.scan.plan);
  auto const tomogram = plan_tomogram(what.tomogram, plan.rotation, plan.translation, {channels, sectors}, plan.layers);
  auto const shape = [&](std::vector<std::uint64_t> extent) {
    if (sectors > 0) extent.insert(extent.begin(), sectors);
    if (plan.layers.several()) extent.insert(extent.begin(), plan.layers.count());
    return extent;
  };
  auto const size = static_cast<std::uint64_t>(tomogram.geometry.size);
  std::string text = describe_chosen(values) + describe_plan(plan);
  text +=
      line("result", describe_array("sinogram", shape({plan.rotation.size(), plan.translation.size(), channels}), 4));
  text += line("", describe_array("tomogram", shape({size, size, tomogram.channels.count}), 2));
  if (sectors > 0)
    text += line("", "each with " + std::to_string(sectors) + " azimuthal sectors, which come " +
                         (plan.layers.several() ? "after the layers" : "first"));
  auto const bins = static_cast<double>(tomogram.bins.count());
  // Patterns before and after the exchange, as the reduce stage holds them.
  text += line("memory", "about " + bytes_text(2 * 4.0 * sizeof(float) * bins * static_cast<double>(stack.frames)) +
                             " over all ranks");
  return text;
}

std::string describe_geometry(job const& what, frame_stack const& stack, std::size_t which) {
  auto const described = describe_for(what, stack);
  if (what.geometry.ponis.empty() && (!described.any() || !lacking_of(described).empty()))
    return line("geometry",
                "none given (--poni)" +
                    (described.any() ? ", and " + described.source + " makes none: " + lacking_of(described) : ""));
  auto const geometry = geometry_for(what, stack, described, which);
  auto const made = make_integration(geometry, what.geometry.integration, geometry.detector.gaps);
  auto const unit = std::string(name_of(what.geometry.integration.unit));
  std::string text =
      line("geometry", geometry.detector.name + ", " + number(geometry.distance * 1000) +
                           " mm from the sample, wavelength " + number(geometry.wavelength * 1e10) + " A");
  if (!made.azimuthal.empty())
    text += line("sectors", std::to_string(made.azimuthal.size()) + ", centres at azimuths of " +
                                number(made.azimuthal.front()) + " to " + number(made.azimuthal.back()) + " deg");
  if (auto const taken = tell_taken(what, described, which); !taken.empty()) text += line("detector", taken);
  return text + line("bins", std::to_string(made.radial.size()) + ", " + number(made.radial.front()) + " to " +
                                 number(made.radial.back()) + " " + unit);
}

}  // namespace

scan_plan plan_of(job const& what) {
  auto const stack = open_input(what, 0);
  frame_values values(what, stack);
  auto const air = air_of(what, values, stack);
  auto const positions = values.positions(air);
  if (positions.rotation.empty() && !values.no_scan().empty()) throw input_error(values.no_scan());
  if (positions.rotation.empty())
    throw usage_error("there is no plan of a scan without positions: give --rotation and --translation, or --grid");
  return plan_without_air(positions, air, what.scan.plan);
}

std::string inspect(job const& what) {
  hdf5::set_moved_paths(what.input.moved);
  require_pairs(what);
  std::string text;
  for (std::size_t i = 0; i < count_detectors(what); ++i) {
    auto const stack = open_input(what, i);
    text += describe_stack(stack) + describe_sources(stack);
    if (i == 0) text += describe_scan(what, stack);
    text += describe_geometry(what, stack, i);
  }
  return text;
}

}  // namespace xrdct
