#include "xrdct/base/progress.hpp"
#include "xrdct/io/arrays.hpp"
#include "xrdct/pipeline/commands.hpp"
#include "xrdct/pipeline/frame_values.hpp"
#include "xrdct/pipeline/measurement.hpp"

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
                       " pixels, " + std::string(name_of(f.type)) + ", " + std::string(name_of(f.code)));
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
    text += line(i == 0 ? "sources" : "", s.file + "::" + s.dataset + ", frames " + std::to_string(s.first) + " to " +
                                              std::to_string(s.first + s.count - 1) + (s.present ? "" : ": absent"));
  }
  if (stack.segments.size() > most) text += line("", "and " + std::to_string(stack.segments.size() - most) + " more");
  return text;
}

std::string describe_scan(job const& what, frame_stack const& stack) {
  auto const positions = read_positions(what.scan, what.input, stack);
  if (positions.rotation.empty()) return line("scan", "no positions given (--rotation and --translation, or --grid)");
  auto const plan = make_plan(positions, what.scan.plan);
  auto const bins = static_cast<double>(what.geometry.integration.bins);
  double const size = what.tomogram.size.value_or(static_cast<int>(plan.translation.size()));
  std::string text = line("scan", plan.summary);
  text += line("result", "sinogram " + bytes_text(4.0 * sizeof(float) * bins * static_cast<double>(plan.entries())) +
                             ", tomogram " + bytes_text(2.0 * sizeof(float) * bins * size * size) + " with " +
                             number(bins) + " channels");
  // Patterns before and after the exchange, as the reduce stage holds them.
  text += line("memory", "about " + bytes_text(2 * 4.0 * sizeof(float) * bins * static_cast<double>(stack.frames)) +
                             " over all ranks");
  return text;
}

std::string describe_geometry(job const& what, frame_stack const& stack, std::size_t which) {
  auto geometry = read_poni(what.geometry.ponis[which]);
  fit_shape(geometry, stack.format.rows, stack.format.columns);
  auto const made = make_integration(geometry, what.geometry.integration, geometry.detector.gaps);
  auto const unit = std::string(name_of(what.geometry.integration.unit));
  std::string text =
      line("geometry", geometry.detector.name + ", " + number(geometry.distance * 1000) +
                           " mm from the sample, wavelength " + number(geometry.wavelength * 1e10) + " A");
  return text + line("bins", std::to_string(made.radial.size()) + ", " + number(made.radial.front()) + " to " +
                                 number(made.radial.back()) + " " + unit);
}

}  // namespace

std::string inspect(job const& what) {
  bool const has_geometry = !what.geometry.ponis.empty();
  if (has_geometry) require_pairs(what);
  std::string text;
  for (std::size_t i = 0; i < what.input.files.size(); ++i) {
    auto const stack = open_input(what.input, i);
    text += describe_stack(stack) + describe_sources(stack);
    if (i == 0) text += describe_scan(what, stack);
    if (has_geometry) text += describe_geometry(what, stack, i);
  }
  return has_geometry ? text : text + line("geometry", "none given (--poni)");
}

}  // namespace xrdct
