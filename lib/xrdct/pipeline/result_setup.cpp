#include "xrdct/pipeline/result_setup.hpp"

#include "xrdct/beamline/experiment.hpp"
#include "xrdct/geometry/beam_centre.hpp"
#include "xrdct/io/arrays.hpp"
#include "xrdct/io/hdf5_links.hpp"

#include <array>
#include <cmath>

namespace xrdct {
namespace {

constexpr char const* instrument = "/entry/instrument";
constexpr char const* beam = "/entry/instrument/beam";
constexpr char const* sample = "/entry/sample";
constexpr char const* motions_note = "/entry/sample/description";
constexpr char const* monitor_unit = "arbitrary";  // input files seldom say
constexpr double hc = 12.398419843320026;          // keV Angstrom: of h, c and e as SI defines them
constexpr double angstrom = 1e-10;                 // m

void text_if_known(nexus_file& file, std::string const& path, std::string const& text) {
  if (!text.empty()) file.text(path, text);
}

/// Where NXxrdct has it, and where NXentry allows no NXbeam.
void link_beam(nexus_file& file) {
  std::string const energy = std::string(beam) + "/incident_energy";
  if (!file.exists(energy)) return;
  file.group("/entry/beam", "NXcollection");
  file.link("/entry/beam/incident_energy", energy);
}

void write_beam(nexus_file& file, double wavelength) {
  if (!(wavelength > 0)) return;
  file.group(beam, "NXbeam");
  file.number(std::string(beam) + "/incident_energy", hc * angstrom / wavelength, "keV");
  file.number(std::string(beam) + "/incident_wavelength", wavelength / angstrom, "angstrom");
  link_beam(file);
}

void write_source(nexus_file& file, experiment const& from) {
  std::string const group = std::string(instrument) + "/source";
  file.group(group, "NXsource");
  text_if_known(file, group + "/name", from.source);
  text_if_known(file, group + "/type", from.source_type);
  file.text(group + "/probe", "x-ray");
}

/// The numbers of the PONI file, for those who do not want to read its text.
void write_poni(nexus_file& file, std::string const& group, poni const& g) {
  file.group(group, "NXcollection");
  std::array const lengths{std::pair{"distance", g.distance}, std::pair{"poni1", g.poni1}, std::pair{"poni2", g.poni2}};
  for (auto const& [name, value] : lengths) file.number(group + "/" + name, value, "m");
  std::array const angles{std::pair{"rot1", g.rot1}, std::pair{"rot2", g.rot2}, std::pair{"rot3", g.rot3}};
  for (auto const& [name, value] : angles) file.number(group + "/" + name, value, "rad");
  file.integer(group + "/orientation", g.detector.orientation);
}

void write_detector(nexus_file& file, std::string const& group, poni const& g) {
  file.group(group, "NXdetector");
  text_if_known(file, group + "/description", g.detector.name);
  if (g.detector.pixel2 > 0) file.number(group + "/x_pixel_size", g.detector.pixel2, "m");
  if (g.detector.pixel1 > 0) file.number(group + "/y_pixel_size", g.detector.pixel1, "m");
  if (auto const centre = centre_of_beam(g)) {
    // Along the beam, to where it meets the detector.
    file.number(group + "/distance", g.distance / (std::cos(g.rot1) * std::cos(g.rot2)), "m");
    file.number(group + "/beam_center_x", centre->column, "pixel");
    file.number(group + "/beam_center_y", centre->row, "pixel");
  }
  write_poni(file, group + "/poni", g);
}

/// The patterns as the first detector's data, with their axis: NXxrdct.
void write_patterns_of_detector(nexus_file& file, std::string const& group, measurement const& m,
                                channel_axis const& channels) {
  file.link(group + "/data", m.has_scan() ? "/entry/sinogram/intensity" : "/entry/patterns/intensity");
  if (channels.name == "radius") return;
  file.array(group + "/radial_axis", channels.centres, channels.unit);
  file.attribute(group + "/radial_axis", "long_name", std::string(channels.name == "q" ? "q" : "2theta"));
}

/// "/entry/instrument/detector", and "/entry/instrument/detector_2", ... for more.
std::string instrument_detector(std::size_t which) {
  std::string const first = std::string(instrument) + "/detector";
  return which == 0 ? first : first + "_" + std::to_string(which + 1);
}

struct motion {
  char const* name;
  char const* type;
  std::array<double, 3> vector;
  std::string depends_on;
};

void write_motion(nexus_file& file, std::string const& frames, motion const& how) {
  std::string const group = std::string(sample) + "/transformations/";
  file.link(group + how.name, frames + "/" + how.name);
  file.attribute(group + how.name, "transformation_type", std::string(how.type));
  file.attribute(group + how.name, "vector", std::span<double const>(how.vector));
  file.attribute(group + how.name, "depends_on", how.depends_on);
}

/// Of every frame, by the angle about the axis and by the translation that carries the axis.
void write_sample(nexus_file& file, measurement const& m, experiment const& from) {
  std::string const group = sample;
  std::string const frames = "/entry/frames";
  file.group(group, "NXsample");
  text_if_known(file, group + "/name", from.sample);
  if (!m.has_scan()) return;
  file.link(group + "/rotation_angle", frames + "/rotation");
  file.link(group + "/x_translation", frames + "/translation");
  file.link(group + "/rotation_angles", "/entry/sinogram/rotation_angle");
  file.link(group + "/translation_values", "/entry/sinogram/translation");
  std::string const motions = group + "/transformations";
  file.group(motions, "NXtransformations");
  // NeXus' axes: x across the beam, y upwards, z along it.
  write_motion(file, frames, {"rotation", "rotation", {0, 1, 0}, motions + "/translation"});
  bool const layers = !m.positions.layer.empty();
  write_motion(file, frames, {"translation", "translation", {1, 0, 0}, layers ? motions + "/layer" : "."});
  if (layers) {
    file.link(group + "/y_translation", frames + "/layer");
    write_motion(file, frames, {"layer", "translation", {0, 1, 0}, "."});
  }
  file.text(group + "/depends_on", motions + "/rotation");
  file.text(
      group + "/description",
      "directions are nominal: the rotation axis is taken as vertical, the translation as horizontal, both across "
      "the beam; signs are those of the motors");
}

void write_monitor(nexus_file& file, measurement const& m) {
  if (m.monitor.empty()) return;
  file.group("/entry/control", "NXmonitor");
  file.text("/entry/control/mode", "monitor");
  file.link("/entry/control/data", "/entry/frames/monitor");
  file.attribute("/entry/control/data", "units", std::string(monitor_unit));
  file.number("/entry/control/nominal", m.monitor_reference, monitor_unit);
}

/// All below a group of the other file, but for what is linked to arrays.
void copy_below(nexus_file& file, hid_t other, std::string const& from, std::string const& group, int deepest) {
  auto const nx_class = read_text_attribute(from, group, "NX_class");
  file.group(group, nx_class);
  for (auto const& name : hdf5::names_in(other, group)) {
    auto const path = group + "/" + name;
    if (hdf5::type_at(other, path) == H5O_TYPE_GROUP) {
      if (deepest > 0 && name != "transformations") copy_below(file, other, from, path, deepest - 1);
    } else if (name == "radial_axis" || name == "depends_on" || path == motions_note) {
      continue;  // goes with what is not copied
    } else if (auto const target = read_text_attribute(from, path, "target"); target.empty() || target == path) {
      file.copy(from, path);
    }
  }
}

}  // namespace

void write_setup(nexus_file& file, measurement const& m, channel_axis const& channels) {
  auto const from = describe_experiment(m.stack());
  text_if_known(file, "/entry/start_time", from.start_time);
  file.group(instrument, "NXinstrument");
  text_if_known(file, std::string(instrument) + "/name", from.instrument);
  write_source(file, from);
  write_beam(file, m.detectors.front().geometry.wavelength);
  for (std::size_t i = 0; i < m.detectors.size(); ++i)
    write_detector(file, instrument_detector(i), m.detectors[i].geometry);
  write_patterns_of_detector(file, instrument_detector(0), m, channels);
  write_sample(file, m, from);
  write_monitor(file, m);
}

void copy_setup(nexus_file& file, std::string const& from) {
  if (read_text_attribute(from, "/", "creator") != "xrdct") return;
  auto const other = hdf5::open_input(from);
  file.copy(from, "/entry/start_time");
  for (char const* group : {instrument, sample})
    if (hdf5::type_at(other->file.id(), group) == H5O_TYPE_GROUP) copy_below(file, other->file.id(), from, group, 2);
  link_beam(file);
}

}  // namespace xrdct
