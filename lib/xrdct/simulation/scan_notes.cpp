// The small files beside a simulated scan: geometry, mask and truth.

#include "xrdct/base/error.hpp"
#include "xrdct/io/hdf5.hpp"
#include "xrdct/io/result_file.hpp"
#include "xrdct/simulation/scan_file.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <numbers>
#include <sstream>

namespace xrdct {
namespace {

constexpr double degrees = 180 / std::numbers::pi;

void write_file(std::string const& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (!file) throw runtime_failure("writing '" + path + "' failed: is the disk full, and may you write there?");
}

/// A number so that it reads back as the same.
std::string exactly(double value) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.17g", value);
  return text.data();
}

void write_phase(nexus_file& file, scene const& s, std::size_t index) {
  auto const& phase = s.phases[index];
  std::string const group = "/phases/" + phase.name;
  auto const size = static_cast<std::uint64_t>(s.options.grid.translations);
  double const pixel = s.options.step / s.sample_radius;
  auto const map = density_map(s.sample, index, static_cast<int>(size), pixel);
  std::array const square{size, size};
  file.array<float>(group + "/density", map, square);
  file.array(group + "/pattern", phase.pattern.values, "counts");
  std::vector<double> two_theta, area, d;
  std::vector<std::int32_t> hkl, multiplicity;
  for (auto const& line : phase.lines) {
    two_theta.push_back(line.two_theta * degrees);
    area.push_back(line.area);
    d.push_back(line.plane.d);
    multiplicity.push_back(line.plane.multiplicity);
    hkl.insert(hkl.end(), {line.plane.h, line.plane.k, line.plane.l});
  }
  file.array(group + "/lines/two_theta", two_theta, "deg");
  file.array(group + "/lines/area", area, "counts*rad");
  file.array(group + "/lines/d", d, "angstrom");
  file.array(group + "/lines/multiplicity", multiplicity);
  std::array const triples{static_cast<std::uint64_t>(phase.lines.size()), std::uint64_t{3}};
  file.array<std::int32_t>(group + "/lines/hkl", hkl, triples);
}

/// Weights by place in the sinogram: [phase][rotation][translation].
std::vector<float> sinogram_weights(scene const& s) {
  auto const& grid = s.options.grid;
  auto const translations = static_cast<std::size_t>(grid.translations);
  std::size_t const entries = s.frames();
  std::vector<float> ordered(s.weights.size());
  for (std::size_t k = 0; k < entries; ++k) {
    auto const row = static_cast<std::size_t>(std::lround(s.exposures[k].rotation / (grid.span / grid.rotations)));
    auto const column = static_cast<std::size_t>(
        std::lround(s.exposures[k].translation / s.options.step + 0.5 * (grid.translations - 1)));
    for (std::size_t p = 0; p < s.phases.size(); ++p)
      ordered[p * entries + row * translations + column] = s.weights[k * s.phases.size() + p];
  }
  return ordered;
}

void write_frames(nexus_file& file, scene const& s) {
  std::vector<double> beam;
  for (auto const& e : s.exposures) beam.push_back(e.beam);
  file.array("/frames/beam", beam);
  std::array const shape{static_cast<std::uint64_t>(s.frames()), static_cast<std::uint64_t>(s.phases.size())};
  file.array<float>("/frames/weights", s.weights, shape);
}

void write_sinogram(nexus_file& file, scene const& s) {
  auto const& grid = s.options.grid;
  std::vector<double> rotation, translation;
  for (int i = 0; i < grid.rotations; ++i) rotation.push_back(i * grid.span / grid.rotations);
  for (int i = 0; i < grid.translations; ++i)
    translation.push_back((i - 0.5 * (grid.translations - 1)) * s.options.step);
  file.array("/sinogram/rotation", rotation, "deg");
  file.array("/sinogram/translation", translation, "mm");
  std::array const shape{static_cast<std::uint64_t>(s.phases.size()), static_cast<std::uint64_t>(grid.rotations),
                         static_cast<std::uint64_t>(grid.translations)};
  file.array<float>("/sinogram/weights", sinogram_weights(s), shape);
}

}  // namespace

void write_poni(std::string const& path, poni const& g) {
  std::ostringstream text;
  bool const named = known_by_name(g.detector);
  bool const turned = g.detector.orientation != 3;
  text << "# Geometry of a simulated scan\nponi_version: " << (turned ? "2.1" : "2")
       << "\nDetector: " << g.detector.name << "\nDetector_config: {";
  if (!named)
    text << "\"pixel1\": " << exactly(g.detector.pixel1) << ", \"pixel2\": " << exactly(g.detector.pixel2)
         << ", \"max_shape\": [" << g.detector.rows << ", " << g.detector.columns << "]";
  if (turned) text << (named ? "" : ", ") << "\"orientation\": " << g.detector.orientation;
  text << "}\nDistance: " << exactly(g.distance) << "\nPoni1: " << exactly(g.poni1) << "\nPoni2: " << exactly(g.poni2)
       << "\nRot1: " << exactly(g.rot1) << "\nRot2: " << exactly(g.rot2) << "\nRot3: " << exactly(g.rot3)
       << "\nWavelength: " << exactly(g.wavelength) << "\n";
  write_file(path, text.str());
}

void write_mask(std::string const& path, scene const& s) {
  constexpr std::size_t header_bytes = 512;
  auto const& detector = s.geometry.detector;
  std::ostringstream header;
  header
      << "{\nHeaderID = EH:000001:000000:000000 ;\nImage = 1 ;\nByteOrder = LowByteFirst ;\nDataType = UnsignedByte ;\n"
      << "Dim_1 = " << detector.columns << " ;\nDim_2 = " << detector.rows << " ;\nSize = " << s.pixels() << " ;\n";
  std::string bytes = header.str();
  bytes.resize(header_bytes - 2, ' ');
  bytes += "}\n";
  bytes.resize(header_bytes + s.pixels(), '\0');
  for (auto const* const list : {&s.gap_pixels, &s.dead_pixels})
    for (std::uint32_t pixel : *list) bytes[header_bytes + pixel] = 1;
  write_file(path, bytes);
}

void write_truth(std::string const& path, scene const& s) {
  hdf5::start();
  nexus_file file(path, nexus_file::mode::create);
  for (std::size_t p = 0; p < s.phases.size(); ++p) write_phase(file, s, p);
  file.array("/air/pattern", s.air.values, "counts");
  std::vector<double> two_theta(s.air.values.size());
  for (std::size_t k = 0; k < two_theta.size(); ++k) two_theta[k] = static_cast<double>(k) * s.air.step * degrees;
  file.array("/two_theta", two_theta, "deg");
  std::vector<std::string> names;
  for (auto const& phase : s.phases) names.push_back(phase.name);
  file.texts("/phase_names", names);
  write_sinogram(file, s);
  write_frames(file, s);
  file.number("/axis", s.options.axis, "mm");
  file.number("/step", s.options.step, "mm");
  file.number("/wavelength", s.geometry.wavelength, "m");
  file.number("/polarization", s.options.polarization);
  file.number("/monitor_reference", monitor_reference);
  file.array("/dead_pixels", s.dead_pixels);
  file.close();
}

}  // namespace xrdct
