#include "xrdct/pipeline/detector_geometry.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/beamline/described_geometry.hpp"
#include "xrdct/geometry/doubts.hpp"
#include "xrdct/pipeline/pixel_images.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace xrdct {
namespace {

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.10g", value);
  return text.data();
}

std::string geometry_text(detector_description const& described) {
  return "geometry (" + number(*described.distance * 1e3) + " mm from the sample, the beam at row " +
         number(*described.centre1 / *described.pixel1) + " and column " +
         number(*described.centre2 / *described.pixel2) + ", wavelength " + number(*described.wavelength * 1e10) +
         " A)";
}

std::string mask_text(detector_description const& described) {
  std::string names;
  for (auto const& name : described.mask_names) names += (names.empty() ? "" : ", ") + name;
  auto const masked = std::count(described.mask.begin(), described.mask.end(), std::uint8_t{1});
  return "a mask of " + std::to_string(masked) + " pixels (" + names + ")";
}

/// Units and positions that look like slips are told, and used as they are.
void tell_doubts(poni const& geometry, std::string const& source, bool alone) {
  auto doubts = doubts_about(geometry);
  // A wrong unit has told of itself; what follows from it helps nobody.
  if (alone && doubts.empty()) doubts.push_back(beam_beside(geometry));
  for (auto const& doubt : doubts)
    if (!doubt.empty()) log_warning("geometry (" + source + "): " + doubt);
}

}  // namespace

detector_description describe_for(job const& what, frame_stack const& stack) {
  if (what.input.detector == detector_info::ignore) return {};
  refuse_modules_in_a_row(stack);
  auto described = describe_detector(stack);
  if (what.input.detector == detector_info::no_mask) {
    described.mask.clear();
    described.mask_names.clear();
  }
  for (auto const& odd : described.oddities) log_warning(odd);
  return described;
}

poni geometry_for(job const& what, frame_stack const& stack, detector_description const& described,
                  std::size_t detector) {
  auto const& ponis = what.geometry.ponis;
  auto const& format = stack.format;
  if (ponis.empty()) {
    std::string const lead = "a geometry is needed: give the PONI file with --poni";
    if (!described.any())
      throw usage_error(lead + ", as " + stack.name + " comes without a description of its detector");
    if (auto const lacking = lacking_of(described); !lacking.empty())
      throw usage_error(lead + ", as " + described.source + " makes none: " + lacking);
  }
  auto geometry = ponis.empty() ? geometry_of(described, format.rows, format.columns) : read_poni(ponis.at(detector));
  geometry.detector.orientation = what.geometry.orientation.value_or(geometry.detector.orientation);
  fit_shape(geometry, format.rows, format.columns);
  if (!ponis.empty())
    for (auto const& line : differences(described, geometry))
      log_warning(described.source + " states " + line + " (" + ponis[detector] + ")");
  tell_doubts(geometry, ponis.empty() ? described.source : ponis[detector], count_detectors(what) == 1);
  return geometry;
}

std::string tell_taken(job const& what, detector_description const& described, std::size_t detector) {
  std::string text;
  auto const add = [&](std::string const& part) { text += (text.empty() ? "" : ", ") + part; };
  if (what.geometry.ponis.empty()) add(geometry_text(described));
  if (!described.mask.empty()) add(mask_text(described));
  if (!described.flat.empty() && !has_flat(what, detector))
    add("a flat field to divide by (" + described.flat_name + ")");
  if (described.flat_applied && !has_flat(what, detector)) add("a flat field that is applied already, so not again");
  if (described.highest && !what.input.keep_dead)
    add("values above " + number(*described.highest) + " are no measurement (" + described.highest_name + ")");
  if (described.lowest && !what.input.keep_dead)
    add("values below " + number(*described.lowest) + " are no measurement (" + described.lowest_name + ")");
  if (!described.module.empty())
    add("one module, at " + described.module + ": each that has a file is an input with a --poni of its own");
  if (text.empty()) return "";
  return described.source + (described.name.empty() ? "" : " (" + described.name + ")") + ": " + text;
}

}  // namespace xrdct
