#include "xrdct/beamline/described_geometry.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/text.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace xrdct {
namespace {

/// The shortest text that is exactly this number.
std::string exact(double value) {
  std::array<char, 32> text{};
  auto const end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

std::string rounded(double value) {
  std::array<char, 32> text{};
  auto const end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 6).ptr;
  return {text.data(), end};
}

bool differ(double a, double b) { return std::abs(a - b) > 0.01 * std::abs(b); }

/// "Eiger2 4M" of "DECTRIS EIGER2 4M, S/N …", where that is a detector of this shape and pixel; "Detector" otherwise.
std::string known_name(detector_description const& described, int rows, int columns) {
  std::string name(trimmed(std::string_view(described.name).substr(0, described.name.find_first_of(",;(\n"))));
  for (std::string_view const maker : {"dectris", "eiger r", "pilatus3 x", "pilatus3 r", "pilatus3"})
    if (lower(name).starts_with(maker))
      name = (maker == "dectris" ? "" : maker.starts_with('e') ? "Eiger" : "Pilatus") + name.substr(maker.size());
  try {
    auto const known = make_detector(std::string(trimmed(name)));
    bool const same = known.rows == rows && known.columns == columns && !differ(known.pixel1, *described.pixel1) &&
                      !differ(known.pixel2, *described.pixel2);
    if (same) return known.name;
  } catch (input_error const&) {  // one of its own
  }
  return "Detector";
}

}  // namespace

std::string lacking_of(detector_description const& described) {
  if (!described.turned.empty()) return "it is turned (" + described.turned + "), which has no place here";
  std::string lacking;
  auto const need = [&](std::optional<double> const& value, char const* name) {
    if (!value) lacking += std::string(lacking.empty() ? "no " : ", no ") + name;
  };
  need(described.distance, "detector_distance");
  need(described.centre1, "beam_center_y");
  need(described.centre2, "beam_center_x");
  need(described.pixel1, "y_pixel_size");
  need(described.pixel2, "x_pixel_size");
  need(described.wavelength, "wavelength");
  if (!lacking.empty()) return "it has " + lacking;
  bool const likely = *described.wavelength > 1e-13 && *described.wavelength < 1e-8 && *described.pixel1 < 0.1 &&
                      *described.pixel2 < 0.1 && *described.distance < 1e4;
  return likely ? "" : "its numbers are absurd (distance, pixel size or wavelength, or their units)";
}

poni geometry_of(detector_description const& described, int rows, int columns) {
  if (auto const lacking = lacking_of(described); !lacking.empty())
    throw input_error(described.source + " makes no geometry: " + lacking + "; give a PONI file with --poni");
  auto const name = known_name(described, rows, columns);
  std::string config = "{\"orientation\": 3}";
  if (name == "Detector")
    config = "{\"pixel1\": " + exact(*described.pixel1) + ", \"pixel2\": " + exact(*described.pixel2) +
             ", \"max_shape\": [" + std::to_string(rows) + ", " + std::to_string(columns) + "], \"orientation\": 3}";
  std::string text = "# Made of " + described.source + "\nponi_version: 2.1\nDetector: " + name +
                     "\nDetector_config: " + config + "\nDistance: " + exact(*described.distance) +
                     "\nPoni1: " + exact(*described.centre1) + "\nPoni2: " + exact(*described.centre2) +
                     "\nRot1: 0\nRot2: 0\nRot3: 0\nWavelength: " + exact(*described.wavelength) + "\n";
  return parse_poni(text, described.source);
}

std::vector<std::string> differences(detector_description const& described, poni const& given) {
  std::vector<std::string> lines;
  auto const compare = [&](std::optional<double> const& stated, double used, double scale, char const* what,
                           char const* unit) {
    if (stated && used > 0 && differ(*stated, used))
      lines.push_back(std::string(what) + " of " + rounded(*stated * scale) + " " + unit +
                      ", but the geometry given has " + rounded(used * scale) + " " + unit);
  };
  compare(described.pixel1, given.detector.pixel1, 1e6, "rows", "um");
  compare(described.pixel2, given.detector.pixel2, 1e6, "columns", "um");
  compare(described.wavelength, given.wavelength, 1e10, "a wavelength", "A");
  return lines;
}

}  // namespace xrdct
