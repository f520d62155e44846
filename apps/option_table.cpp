#include "apps/option_table.hpp"

#include "apps/near_name.hpp"
#include "apps/values.hpp"
#include "xrdct/base/error.hpp"

#include <algorithm>
#include <sstream>

namespace xrdct::app {
namespace {

using enum option_group;

detector_info parse_detector_info(std::string const& name) {
  if (name == "use") return detector_info::use;
  if (name == "no-mask") return detector_info::no_mask;
  if (name == "ignore") return detector_info::ignore;
  throw usage_error("'" + name + "' cannot be taken of a detector's description; use use, no-mask or ignore");
}

hdf5::moved_path parse_moved_path(std::string const& text) {
  auto const at = text.find('=');
  if (at == text.npos || at == 0 || at + 1 == text.size())
    throw usage_error("'" + text + "' does not say what was moved where; give OLD=NEW");
  return {text.substr(0, at), text.substr(at + 1)};
}

error_model parse_error_model(std::string const& name) {
  if (name == "poisson") return error_model::poisson;
  if (name == "none") return error_model::none;
  if (name == "counts") return error_model::counts;
  if (name == "azimuthal") return error_model::azimuthal;
  throw usage_error("'" + name + "' is no error model; use poisson, counts, azimuthal or none");
}

rejection_method parse_rejection(std::string const& name) {
  if (name == "none") return rejection_method::none;
  if (name == "sigma-clip") return rejection_method::sigma_clip;
  if (name == "trimmed-mean" || name == "median") return rejection_method::quantiles;
  throw usage_error("'" + name + "' is no way to reject; use sigma-clip, trimmed-mean, median or none");
}

grid_scan::order parse_order(std::string const& name) {
  if (name == "raster") return grid_scan::order::raster;
  if (name == "zigzag") return grid_scan::order::zigzag;
  if (name == "interlaced") return grid_scan::order::interlaced;
  throw usage_error("'" + name + "' is no order of a scan; use raster, zigzag or interlaced");
}

grid_scan::fast_axis parse_fast_axis(std::string const& name) {
  if (name == "translation") return grid_scan::fast_axis::translation;
  if (name == "rotation") return grid_scan::fast_axis::rotation;
  throw usage_error("'" + name + "' is no axis of a scan; use translation or rotation");
}

pixel_type parse_count_type(std::string const& name) {
  if (name == "u16") return pixel_type::u16;
  if (name == "u32") return pixel_type::u32;
  if (name == "i32") return pixel_type::i32;
  throw usage_error("'" + name + "' is no type of counts; use u16, u32 or i32");
}

std::string one_of(std::string const& text, std::initializer_list<char const*> names) {
  std::string known;
  for (char const* name : names) {
    if (text == name) return text;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  throw usage_error("'" + text + "' is unknown; use one of " + known);
}

std::array<double, 2> range(values const& v) {
  std::array const limits{real(v[0]), real(v[1])};
  if (limits[0] >= limits[1]) throw usage_error("the range from " + v[0] + " to " + v[1] + " is empty");
  return limits;
}

std::array<int, 2> channel_range(values const& v) {
  std::array const limits{whole_int(v[0], 0), whole_int(v[1], 0)};
  if (limits[0] >= limits[1]) throw usage_error("the range from " + v[0] + " to " + v[1] + " is empty");
  return limits;
}

/// Of an option that was given several times: two values each time.
template <class One>
auto in_pairs(values const& v, One const& one) {
  std::vector<decltype(one(v))> all;
  for (std::size_t i = 0; i + 1 < v.size(); i += 2) all.push_back(one(values{v[i], v[i + 1]}));
  return all;
}
std::vector<std::array<int, 2>> channel_ranges(values const& v) { return in_pairs(v, channel_range); }
std::vector<std::array<double, 2>> ranges(values const& v) { return in_pairs(v, range); }
std::vector<std::array<double, 2>> pairs(values const& v) {
  return in_pairs(v, [](values const& two) { return std::array{real(two[0]), real(two[1])}; });
}

plot_kind parse_plot_kind(std::string const& name) {
  if (name == "auto") return plot_kind::automatic;
  if (name == "maps") return plot_kind::maps;
  if (name == "sinogram") return plot_kind::sinogram;
  if (name == "pattern") return plot_kind::pattern;
  if (name == "voxel") return plot_kind::voxel;
  throw usage_error("'" + name + "' is nothing to show; use maps, sinogram, pattern, voxel or auto");
}

values words_of(std::string const& text, char separator) {
  values words;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, separator);)
    if (!word.empty()) words.push_back(word);
  return words;
}

/// Appends what "NAME,NAME" stands for.
template <class Name, std::size_t n>
void add_names(std::string const& text, std::array<std::string_view, n> const& known, char const* what,
               std::vector<Name>& to) {
  auto const words = words_of(text, ',');
  if (words.empty()) throw usage_error(std::string("no ") + what + " is named");
  for (auto const& word : words) {
    auto const found = std::ranges::find(known, word);
    if (found == known.end()) {
      auto const near = near_name(word, known);
      std::string all;
      for (auto const name : known) all.append(all.empty() ? "" : ", ").append(name);
      throw usage_error("there is no " + std::string(what) + " '" + word + "'; " +
                        (near.empty() ? "use " + all : "did you mean '" + near + "'?"));
    }
    auto const named = static_cast<Name>(found - known.begin());
    if (std::ranges::find(to, named) == to.end()) to.push_back(named);
  }
}

std::vector<image_file> images(values const& v) {
  std::vector<image_file> all;
  for (auto const& text : v) all.push_back(image_of(text));
  return all;
}

void set_dummy(request& r, values const& v) {
  r.job.input.keep_dead = v[0] == "none";
  if (v[0] == "auto" || v[0] == "none")
    r.job.input.dummy.reset();
  else
    r.job.input.dummy = real(v[0]);
}

void set_quantiles(request& r, values const& v) {
  r.quantiles = {within(v[0], 0, 100) / 100, within(v[1], 0, 100) / 100};
  if (r.quantiles[0] > r.quantiles[1]) throw usage_error("there is nothing between " + v[0] + " and " + v[1]);
}

void set_phases(request& r, values const& v) {
  r.simulation.phases = words_of(v[0], ',');
  if (r.simulation.phases.empty()) throw usage_error("at least one phase is needed");
}

// One line an option would be nice, but help texts are sentences.
// clang-format off
option_entry const table[] = {
// input
{"dataset", "DATASET", "", "The frames in the file, [frame][row][column]: a path, a pattern as '/[3-9].1/measurement/eiger' "
 "or several with commas, which are taken one after the other, or the name of a detector. Not needed where only one "
 "thing can be meant. FILE::/dataset as INPUT says the same.", input, for_frames,
 [](request& r, values const& v) { r.job.input.dataset = v[0]; }},
{"source-path", "OLD=NEW", "", "Files that the input links to and whose names begin with the folder OLD are in NEW now: "
 "sources of external links, virtual datasets and raw storage. May be given several times.", input, for_frames,
 [](request& r, values const& v) {
   r.job.input.moved.clear();
   for (auto const& text : v) r.job.input.moved.push_back(parse_moved_path(text)); }, true},
{"mask", "FILE", "", "Pixels to leave out: those not 0 in this image (CBF, EDF, TIFF, NumPy, or FILE::/dataset of "
 "HDF5; an HDF5 file alone where only one image in it can be meant). Of a dataset called pixel_mask, or with bits: "
 "before the name, one of bits 0 to 15 excludes (NXmx). May be given several times; a detector's known gaps are left out as well. Of several inputs it is for all, "
 "2:FILE for the second alone, and so with the images below.", input, for_frames,
 [](request& r, values const& v) { r.job.input.masks = images(v); }, true},
{"dark", "FILE", "", "Image to subtract from every frame, or several images, of which the mean is.", input, for_frames,
 [](request& r, values const& v) { r.job.input.darks = images(v); }, true},
{"flat", "FILE|none", "", "Image of the pixels' sensitivities, to divide by, or of several images the mean. By default "
 "the flat field that the file of the frames has for its detector, if it is not applied already; none goes without.", input, for_frames,
 [](request& r, values const& v) { r.job.input.flats = images(v); }, true},
{"detector-info", "WHAT", "use", "What is taken of what the file of the frames says of its detector (NXmx, DECTRIS): "
 "use (its mask, flat field and limits, and its geometry where --poni gives none), no-mask or ignore.", input, for_frames,
 [](request& r, values const& v) { r.job.input.detector = parse_detector_info(v[0]); }},
{"absorption", "FILE", "", "Image of transmissions on the way to each pixel, to divide by.", input, for_frames,
 [](request& r, values const& v) { r.job.input.absorptions = images(v); }, true},
{"variance", "FILE", "", "Image of the variances of the pixels, the same in every frame: errors are taken from it, and "
 "not from an error model.", input, for_frames,
 [](request& r, values const& v) { r.job.input.variances = images(v); }, true},
{"dummy", "V|none", "auto", "Leave out pixels of this value. By default negative ones of a Pilatus or Eiger, where they "
 "are marks: of floats those from -3.5 to -0.5. Those at the maximum of an unsigned type are left out as well; none "
 "keeps all.", input, for_frames, set_dummy},
{"delta-dummy", "D", "0", "Leave out pixels that differ from --dummy by no more than this.", input, for_frames,
 [](request& r, values const& v) { r.job.input.delta_dummy = not_negative(v[0]); }},

{"verify", "", "", "Compare the checksums (MD5) that CBF images state. Other formats check theirs, if they have any, "
 "without being asked.", input, for_frames, [](request& r, values const&) { r.job.input.verify = true; }},

// geometry
{"poni", "FILE", "", "Geometry of the detector as pyFAI calibrates and writes it. Given once, all INPUT is one series "
 "of frames; given for each INPUT, in their order, each is a detector of its own. By default what the file of the frames "
 "says of its detector (NXmx), if it says enough.", geometry, for_frames,
 [](request& r, values const& v) { r.job.geometry.ponis = v; }, true},
{"orientation", "N", "", "Which way round the images are: 1 both rows and columns mirrored, 2 rows, 3 as they are, 4 "
 "columns. By default as the PONI file says.", geometry, for_frames,
 [](request& r, values const& v) { r.job.geometry.orientation = whole_int(v[0], 1, 4); }},
{"bins", "N", "1000", "Channels of a pattern.", geometry, for_frames,
 [](request& r, values const& v) { r.job.geometry.integration.bins = whole_int(v[0], 1, 1 << 24); }},
{"unit", "UNIT", "q_nm^-1", "Axis of a pattern: q_nm^-1, q_A^-1, 2th_deg, 2th_rad or r_mm.", geometry, for_frames,
 [](request& r, values const& v) { r.job.geometry.integration.unit = parse_radial_unit(v[0]); }},
{"radial-range", "LO HI", "", "Ends of the axis, in its unit. By default all that the detector sees.", geometry,
 for_frames, [](request& r, values const& v) { r.job.geometry.integration.radial_range = range(v); }},
{"azimuth-range", "LO HI", "", "Only pixels of these azimuths, in degrees of pyFAI's chi. May go across 180.", geometry,
 for_frames, [](request& r, values const& v) {
   r.job.geometry.integration.azimuth_range = std::array{real(v[0]), real(v[1])}; }},
{"azimuth-bins", "N", "", "Divide the azimuths into N sectors, of all there are or of --azimuth-range: a pattern, a "
 "sinogram and a tomogram for each.", geometry, for_frames,
 [](request& r, values const& v) { r.job.geometry.integration.azimuth_bins = whole_int(v[0], 1, 1 << 24); }},
{"split", "HOW", "bbox", "How a pixel is shared among channels: bbox (its extent), full (its area) or no (its centre).",
 geometry, for_frames, [](request& r, values const& v) {
   r.job.geometry.integration.splitting = parse_splitting(v[0]); }},
{"positions", "PRECISION", "double", "Precision of the pixels' centres: double, or single to repeat the patterns of "
 "pyFAI before version 2025.12.", geometry, for_frames, [](request& r, values const& v) {
   r.job.geometry.integration.positions = parse_positions(v[0]); }},
{"polarization", "F|off", "off", "Correct for a beam polarized by this factor, 1 for horizontally.", geometry,
 for_frames, [](request& r, values const& v) {
   if (v[0] == "off") r.job.geometry.polarization.reset();
   else r.job.geometry.polarization = within(v[0], -1, 1); }},
{"polarization-offset", "DEGREES", "0", "Azimuth of the polarization, measured from the horizontal.", geometry,
 for_frames, [](request& r, values const& v) { r.job.geometry.polarization_offset = real(v[0]); }},
{"no-solid-angle", "", "", "Do not correct for the solid angle of the pixels.", geometry, for_frames,
 [](request& r, values const&) { r.job.geometry.solid_angle = false; }},
{"error-model", "MODEL", "poisson", "Variance of a pixel: poisson (its value, at least 1), counts (its value), azimuthal "
 "(from the scatter of its channel's pixels about their mean) or none.", geometry, for_frames,
 [](request& r, values const& v) { r.job.geometry.errors = parse_error_model(v[0]); }},
{"reject", "METHOD", "none", "Leave outliers among the pixels of a channel out: sigma-clip (those far from the mean), "
 "trimmed-mean (all but the middle), median (all but the middle pixel) or none. Values of the sinogram that lose all pixels are filled for "
 "the tomogram (--fill).", geometry, for_frames,
 [](request& r, values const& v) { r.job.geometry.reject.method = parse_rejection(v[0]); }},
{"reject-threshold", "F", "5", "Of sigma-clip: how many standard deviations from the mean are too many. In large "
 "channels, in which more is to be expected, it is raised as Chauvenet's criterion says.", geometry, for_frames,
 [](request& r, values const& v) { r.job.geometry.reject.threshold = not_negative(v[0]); }},
{"reject-cycles", "N", "5", "Of sigma-clip: how often mean and deviation are renewed and pixels judged, at most.",
 geometry, for_frames, [](request& r, values const& v) { r.job.geometry.reject.cycles = whole_int(v[0], 1, 100); }},
{"reject-quantiles", "LO HI", "10 90", "Of trimmed-mean: what is kept, in percent of a channel's pixels ordered by "
 "value and counted by weight.", geometry, for_frames, set_quantiles},
{"normalization", "F", "1", "Divide all intensities by this.", geometry, for_frames,
 [](request& r, values const& v) { r.job.geometry.normalization = positive(v[0]); }},
{"monitor", "DATASET|none", "auto", "One number a frame that tells the strength of the beam, named as with --rotation. By "
 "default what beamlines call a monitor (fpico6, mon, i0, an NXmonitor), if there is one; none does without.",
 geometry, for_frames, [](request& r, values const& v) { r.job.geometry.monitor = v[0] == "auto" ? "" : v[0]; }},
{"monitor-reference", "F", "", "Value of the monitor for which intensities stay as they are. By default its median.",
 geometry, for_frames, [](request& r, values const& v) { r.job.geometry.monitor_reference = positive(v[0]); }},
{"transmission", "DATASET", "", "Reading of a monitor behind the sample, one a frame: intensities become those of a "
 "sample that does not absorb.", geometry, for_frames,
 [](request& r, values const& v) { r.job.geometry.transmission = v[0] == "none" ? "" : v[0]; }},
{"transmission-reference", "F", "", "That reading, over that of the monitor, in air. By default the median over the "
 "frames of --air, or over the largest twentieth of all.", geometry, for_frames,
 [](request& r, values const& v) { r.job.geometry.transmission_reference = positive(v[0]); }},
{"exposure", "DATASET", "", "Exposure time of every frame, to divide by, relative to its median. Of use where there is no "
 "monitor, which counts during the exposure too.", geometry, for_frames,
 [](request& r, values const& v) { r.job.geometry.exposure = v[0] == "none" ? "" : v[0]; }},
{"air", "FRAMES|columns:N|flat", "", "Frames without a sample, whose pattern is subtracted from the sinogram: ranges of "
 "numbers such as 0:40,1900:1968 (from 0, without the end), which are then no part of it; the N outermost translations "
 "on both sides of every rotation, which stay in it; or what the file marks as flat.", geometry, for_scans,
 [](request& r, values const& v) { r.job.geometry.air = parse_air(v[0]); }},
{"saturation", "V", "", "Count pixels at or above this as saturated. By default those at the maximum of their type or "
 "beyond what the detector states; none is left out on that account.", geometry, for_frames,
 [](request& r, values const& v) { r.job.geometry.saturation = positive(v[0]); }},

// geometry of a simulation
{"poni", "FILE", "", "Geometry to take from this file, instead of the options below.", geometry, for_simulate,
 [](request& r, values const& v) { r.simulation.poni = v[0]; }},
{"detector", "NAME", "", "Detector by its name, such as 'Pilatus 2M' or 'Eiger 4M', with its gaps.", geometry,
 for_simulate, [](request& r, values const& v) { r.simulation.detector = v[0]; }},
{"shape", "ROWS COLUMNS", "256 256", "Size of a plain detector.", geometry, for_simulate,
 [](request& r, values const& v) {
   r.simulation.shape = {whole_int(v[0], 1, 1 << 15), whole_int(v[1], 1, 1 << 15)}; }},
{"pixel", "METRES", "172e-6", "Edge of a plain detector's pixel.", geometry, for_simulate,
 [](request& r, values const& v) { r.simulation.pixel = within(v[0], 1e-7, 1); }},
{"distance", "METRES", "", "From the sample to the detector. By default such that the nearer edges are at 43 nm^-1.",
 geometry, for_simulate,
 [](request& r, values const& v) { r.simulation.distance = within(v[0], 1e-4, 1e3); }},
{"wavelength", "METRES", "2e-11", "Of the X-rays.", geometry, for_simulate,
 [](request& r, values const& v) { r.simulation.wavelength = within(v[0], 1e-12, 1e-9); }},
{"centre", "ROW COLUMN", "", "Where the beam meets the detector, in pixels from its corner. By default its middle.",
 geometry, for_simulate, [](request& r, values const& v) { r.simulation.centre = std::array{real(v[0]), real(v[1])}; }},
{"tilt", "ROT1 ROT2 ROT3", "0 0 0", "Rotations of the detector as in a PONI file, in radians.", geometry, for_simulate,
 [](request& r, values const& v) { r.simulation.tilt = {real(v[0]), real(v[1]), real(v[2])}; }},
{"polarization", "F", "0.99", "Polarization of the beam, 1 for horizontally.", geometry, for_simulate,
 [](request& r, values const& v) { r.simulation.polarization = within(v[0], -1, 1); }},

// sample of a simulation
{"phases", "NAME,NAME...", "Al2O3,CeO2,Si", "What the sample is made of: the first is its body, the second a shell, the "
 "others are grains. Known are Al2O3, CeO2, Si and LaB6.", sample, for_simulate, set_phases},
{"crystals", "N", "0", "Number of single crystals that throw bright reflections.", sample, for_simulate,
 [](request& r, values const& v) { r.simulation.crystals = whole_int(v[0], 0, 1'000'000); }},

// scan
{"rotation", "DATASET", "", "Rotation of every frame, in degrees unless the file says radians: the name of a motor (rot), "
 "a dataset of the file or a pattern of datasets ('/*.1/measurement/rot'), FILE::/dataset, a text file, or header:NAME, a "
 "number in the headers of CBF, EDF or TIFF files. By default the motor of a usual name that moves; none does without a "
 "sinogram.", scan, for_scans, [](request& r, values const& v) { r.job.scan.rotation = v[0]; }},
{"translation", "DATASET", "", "Translation of every frame, likewise.", scan, for_scans,
 [](request& r, values const& v) { r.job.scan.translation = v[0]; }},
{"layer", "DATASET", "", "Layer (height) of every frame, likewise: each layer gets a sinogram and a tomogram of its own. "
 "By default a motor that beamlines call so, if it moves; none takes all frames for one layer.", scan, for_scans,
 [](request& r, values const& v) { r.job.scan.layer = v[0]; }},
{"position-tolerance", "F", "0.25", "Positions nearer than this share of the usual step are taken for one.", scan,
 for_scans, [](request& r, values const& v) { r.job.scan.plan.position_tolerance = within(v[0], 0, 0.5); }},
{"grid", "ROTATIONS TRANSLATIONS", "", "The scan is regular, and positions are not recorded. Instead of --rotation and "
 "--translation.", scan, for_scans, [](request& r, values const& v) {
   r.grid.rotations = whole_int(v[0], 1, 1 << 24);
   r.grid.translations = whole_int(v[1], 1, 1 << 24); }},
{"layers", "N", "1", "Layers of a regular scan, one after the other, each taken in the same order.", scan, for_scans,
 [](request& r, values const& v) { r.grid.layers = whole_int(v[0], 1, 1 << 12); }},
{"rotations", "N", "90", "Number of rotations.", scan, for_simulate,
 [](request& r, values const& v) { r.grid.rotations = whole_int(v[0], 1, 1'000'000); }},
{"translations", "N", "61", "Number of translations.", scan, for_simulate,
 [](request& r, values const& v) { r.grid.translations = whole_int(v[0], 1, 100'000); }},
{"span", "DEGREES", "180", "What all rotations of a regular scan cover; the last is one step before its end.", scan,
 for_scans | for_simulate, [](request& r, values const& v) { r.grid.span = positive(v[0]); }},
{"fast", "AXIS", "translation", "The axis of a regular scan that moves from frame to frame: translation or rotation.",
 scan, for_scans | for_simulate, [](request& r, values const& v) { r.grid.fast = parse_fast_axis(v[0]); }},
{"order", "ORDER", "raster", "Order of a regular scan: raster, zigzag (every second line backwards) or interlaced (even "
 "lines, then odd ones).", scan, for_scans | for_simulate,
 [](request& r, values const& v) { r.grid.how = parse_order(v[0]); }},
{"reverse-rotation", "", "", "The sample turns the other way.", scan, for_scans,
 [](request& r, values const&) { r.job.scan.plan.reverse_rotation = true; }},
{"axis", "auto|POSITION", "", "Where the rotation axis is, in units of the translation, or auto: where the sample turns "
 "about, from all angles. By default the middle of the translations.", scan, for_tomograms | for_inspect,
 [](request& r, values const& v) {
   r.job.tomogram.find_axis = v[0] == "auto";
   if (v[0] != "auto") r.job.tomogram.axis = real(v[0]); }},
{"align", "", "", "Find lines in which the sample was displaced along the translation, and reconstruct them where they "
 "belong.", scan, for_tomograms | for_inspect, [](request& r, values const&) { r.job.tomogram.align = true; }},
{"step", "MM", "0.05", "Distance between translations, and width of the beam.", scan, for_simulate,
 [](request& r, values const& v) { r.simulation.step = within(v[0], 1e-9, 1e6); }},
{"axis", "MM", "0", "Translation at which the beam meets the rotation axis.", scan, for_simulate,
 [](request& r, values const& v) { r.simulation.axis = real(v[0]); }},
{"decay", "F", "0", "Share of the beam that is lost by the end of the scan.", scan, for_simulate,
 [](request& r, values const& v) { r.simulation.decay = within(v[0], 0, 0.99); }},
{"monitor-noise", "F", "0", "Relative error of a reading of the monitor.", scan, for_simulate,
 [](request& r, values const& v) { r.simulation.monitor_noise = within(v[0], 0, 0.1); }},

// tomogram
{"algorithm", "NAME", "fbp", "How the tomogram is reconstructed: fbp (filtered back-projection), or by iterations, which "
 "take every frame at its own angle and position and need no filling: sirt, cgls (least squares), mlem, osem (Poisson counts), tv (few "
 "steps).", tomogram, for_tomograms | for_inspect,
 [](request& r, values const& v) { r.job.tomogram.solver.algorithm = parse_algorithm(v[0]); }},
{"iterations", "N", "", "Of an iterative algorithm, at most. By default 15 for cgls, 10 for osem, 60 for mlem, 100 for sirt "
 "and tv.", tomogram, for_tomograms | for_inspect,
 [](request& r, values const& v) { r.job.tomogram.solver.iterations = whole_int(v[0], 1, 1'000'000); }},
{"tolerance", "F", "", "A channel is done where an iteration changes its image by no more than this share of it, by default "
 "1e-4; 0 makes all iterations.", tomogram, for_tomograms | for_inspect,
 [](request& r, values const& v) { r.job.tomogram.solver.tolerance = within(v[0], 0, 1); }},
{"subsets", "N", "", "Of the rotations, for osem. By default 10.", tomogram, for_tomograms | for_inspect,
 [](request& r, values const& v) { r.job.tomogram.solver.subsets = whole_int(v[0], 1, 1 << 15); }},
{"tv-weight", "F", "", "Of total variation, for tv: the noise of an entry relative to the root mean square of its "
 "channel, by default 0.05. Larger is smoother.", tomogram, for_tomograms | for_inspect,
 [](request& r, values const& v) { r.job.tomogram.solver.tv_weight = within(v[0], 0, 1e6); }},
{"non-negative", "", "", "No value of the tomogram is below 0: negative ones are cut off, by sirt and tv in every iteration, "
 "so that the rest makes up for it.", tomogram, for_tomograms | for_inspect,
 [](request& r, values const&) { r.job.tomogram.solver.non_negative = true; }},
{"weights", "WHAT", "none", "Of least squares (sirt, cgls): none, or errors, by which the square of a difference counts by 1/sigma^2 "
 "of its value of the sinogram, so that what is uncertain does less.", tomogram, for_tomograms | for_inspect,
 [](request& r, values const& v) { r.job.tomogram.solver.weighted = one_of(v[0], {"none", "errors"}) == "errors"; }},
{"filter", "FILTER", "ramp", "Of filtered back-projection: ramp, shepp-logan, cosine, hann, hamming, or none.", tomogram,
 for_tomograms | for_inspect | for_bench, [](request& r, values const& v) { r.job.tomogram.filter = parse_window(v[0]); }},
{"convention", "WHOSE", "xrdct", "Centre, padding and windows as in xrdct, skimage or silx.", tomogram,
 for_tomograms | for_inspect, [](request& r, values const& v) { r.job.tomogram.convention = parse_convention(v[0]); }},
{"size", "N", "", "Pixels along an edge of the tomogram, each one translation step. By default as many as "
 "translations.", tomogram, for_tomograms | for_inspect,
 [](request& r, values const& v) { r.job.tomogram.size = whole_int(v[0], 1, 1 << 15); }},
{"channels", "LO HI", "", "Only these channels: from LO up to, but not including, HI.", tomogram,
 for_tomograms | for_inspect, [](request& r, values const& v) { r.job.tomogram.channels = channel_range(v); }},
{"fill", "HOW", "linear", "What stands in for missing frames: linear (from their neighbours), zero, or none.", tomogram,
 for_tomograms | for_inspect,
 [](request& r, values const& v) { r.job.tomogram.fill = one_of(v[0], {"linear", "zero", "none"}); }},
{"despike", "", "", "Replace hot spots of the sinogram: reflections of single crystals, seen at one entry or a few.",
 tomogram, for_tomograms | for_inspect, [](request& r, values const&) { r.job.tomogram.despike = true; }},
{"despike-threshold", "F", "5", "Of --despike: how many deviations above its neighbours a value is hot.", tomogram,
 for_tomograms | for_inspect, [](request& r, values const& v) { r.job.tomogram.despike_threshold = positive(v[0]); }},
{"sample-absorption", "FILE", "", "Absorption of the sample per translation step in every pixel: an image like the tomogram, "
 "FILE::/dataset, or a result whose tomogram has one channel. Rays are weighted by what the sample lets through along them; "
 "filtered back-projection divides by it.", tomogram, for_tomograms,
 [](request& r, values const& v) { r.job.tomogram.sample_absorption = v[0]; }},
{"destripe", "", "", "Remove stripes of the sinogram, which would become rings of the tomogram: translations that are too "
 "bright or too dark at all angles.", tomogram, for_tomograms | for_inspect,
 [](request& r, values const&) { r.job.tomogram.destripe = true; }},
{"pad", "", "", "Of a sample larger than the field: let projections fall off beside it before they are filtered, so that "
 "the tomogram has no bright rim.", tomogram, for_tomograms | for_inspect,
 [](request& r, values const&) { r.job.tomogram.pad = true; }},
{"show", "WHAT", "auto", "What the picture shows: maps (of the tomogram: all channels and some ranges), sinogram (the same of the "
 "sinogram), pattern (the mean of all measured patterns with its error; of a result without positions also every frame's), voxel "
 "(patterns of voxels with their errors) or auto, the first of these that the result has.", tomogram, for_plot,
 [](request& r, values const& v) { r.plot.show = parse_plot_kind(v[0]); }},
{"voxel", "X Y", "", "Show the pattern of the voxel at this place, in the units of the tomogram's axes. May be given several times. By "
 "default --show voxel takes the brightest.", tomogram, for_plot,
 [](request& r, values const& v) { r.plot.voxels = pairs(v); }, true},
{"sector", "N", "", "Only this azimuthal sector, counted from 0, of a result that has several. By default their mean, "
 "in every channel of those that hold anything.", tomogram, for_plot,
 [](request& r, values const& v) { r.plot.sector = whole_int(v[0], 0); }},
{"layer", "N", "", "Only this layer, counted from 0, of a result that has several. By default the middle one.",
 tomogram, for_plot, [](request& r, values const& v) { r.plot.layer = whole_int(v[0], 0); }},
{"channels", "LO HI", "", "Map or mark these channels, from LO up to, but not including, HI, instead of peaks found. May be given "
 "several times.", tomogram, for_plot, [](request& r, values const& v) { r.plot.channels = channel_ranges(v); }, true},
{"range", "LO HI", "", "The same, by positions on the channels' axis in its unit. May be given several times.", tomogram,
 for_plot, [](request& r, values const& v) { r.plot.ranges = ranges(v); }, true},

// images of a simulation
{"type", "TYPE", "u32", "Type of the pixels: u16, u32 or i32.", image, for_simulate,
 [](request& r, values const& v) { r.simulation.type = parse_count_type(v[0]); }},
{"counts", "N", "40", "Expected counts in the brightest pixel of the brightest frame.", image, for_simulate,
 [](request& r, values const& v) { r.simulation.counts = within(v[0], 1e-6, 1e9); }},
{"air", "N", "0.5", "Expected counts from the air, near the beam.", image, for_simulate,
 [](request& r, values const& v) { r.simulation.air = within(v[0], 0, 1e9); }},
{"peak-width", "DEGREES", "", "Full width of the peaks at half maximum, in 2theta. By default two pixels.", image,
 for_simulate, [](request& r, values const& v) { r.simulation.peak_width = within(v[0], 1e-4, 10); }},
{"dead-pixels", "N", "20", "Number of pixels that do not work.", image, for_simulate,
 [](request& r, values const& v) { r.simulation.dead_pixels = whole_int(v[0], 0, 1'000'000); }},
{"seed", "N", "1", "Of the random numbers: the same seed gives the same scan.", image, for_simulate,
 [](request& r, values const& v) {
   r.simulation.seed = static_cast<std::uint64_t>(whole(v[0], 0, std::numeric_limits<std::int64_t>::max())); }},

// what is measured
{"layout", "NAME,NAME...", "", "Measure how the ways to share the work of integrating frames compare: serial (the plain "
 "loop: frame after frame, its blocks decoded in parallel, then integrated in parallel), pool (xrdct's own: one reader and "
 "a pool of threads), multiprocess (processes of one thread) and gpu. By default all that can run; with --stage alone none.",
 bench, for_bench, [](request& r, values const& v) {
   for (auto const& names : v) add_names(names, layout_names, "layout", r.bench.layouts); }, true},
{"stage", "NAME,NAME...", "", "Measure parts by themselves: read (the file, from the page cache), lz4 (liblz4 alone, on "
 "chunks in memory), unshuffle, integrate (decoded frames), reduce (chunks in memory to patterns), exchange (of patterns "
 "between ranks), filter, backproject (these two are the reconstruction, in memory), errors (those of the tomogram), cgls (an iteration of it), write. By default all; with --layout alone none.", bench, for_bench,
 [](request& r, values const& v) {
   for (auto const& names : v) add_names(names, stage_names, "stage", r.bench.stages); }, true},
{"rounds", "N", "7", "How often everything is timed, in turns; the median counts.", bench, for_bench,
 [](request& r, values const& v) { r.bench.rounds = whole_int(v[0], 1, 10'000); }},
{"seconds", "S", "0.5", "How long one timing takes, about: what is slow gets fewer of the frames.", bench, for_bench,
 [](request& r, values const& v) { r.bench.seconds = within(v[0], 1e-3, 1e5); }},
{"grid", "ROTATIONS TRANSLATIONS", "300 300", "The sinogram of filter, backproject, errors, cgls and write.", bench, for_bench,
 [](request& r, values const& v) { r.bench.grid = {whole_int(v[0], 1, 1 << 15), whole_int(v[1], 2, 1 << 15)}; }},

// frames that are made
{"detector", "NAME", "Eiger 4M", "Of made frames, which stand in where there is no INPUT: powder rings over background, "
 "Poisson counts, gaps. Any name that pyFAI knows of Pilatus and Eiger.", image, for_bench,
 [](request& r, values const& v) { r.bench.made.detector = v[0]; }},
{"type", "TYPE", "u32", "Of made pixels: u16, u32 or i32. Those of an Eiger 4M are compressed by 9.5 in u32 and 5.3 in "
 "u16.", image, for_bench, [](request& r, values const& v) { r.bench.made.type = parse_count_type(v[0]); }},
{"frames", "N", "512", "How many frames are made: a file of that many, in TMPDIR or as --save says.", image, for_bench, [](request& r, values const& v) {
   r.bench.frames = static_cast<std::uint64_t>(whole(v[0], 1, 100'000'000)); }},
{"distinct", "N", "32", "How many of them differ: the others repeat them.", image, for_bench,
 [](request& r, values const& v) { r.bench.distinct = static_cast<std::uint64_t>(whole(v[0], 1, 100'000)); }},
{"ratio", "F", "", "Choose the counts of made frames so that they are compressed by this.", image, for_bench,
 [](request& r, values const& v) { r.bench.ratio = positive(v[0]); }},
{"bright", "", "", "Made frames have reflections: 1 % of their pixels hold more than 255 counts, up to 100,000.", image,
 for_bench, [](request& r, values const&) { r.bench.made.bright = true; }},
{"seed", "N", "1", "Of made frames: the same seed gives the same frames.", image, for_bench,
 [](request& r, values const& v) {
   r.bench.made.seed = static_cast<std::uint64_t>(whole(v[0], 0, std::numeric_limits<std::int64_t>::max())); }},

// run
{"backend", "NAME", "auto", "What computes: cpu, cuda (GPUs of NVIDIA), or reference (slow and plain, to check the "
 "others); auto takes GPUs where every rank has one or a part of one, and else cpu.", run, for_jobs | for_inspect | for_bench,
 [](request& r, values const& v) { r.job.run.backend = one_of(v[0], {"auto", "cpu", "cuda", "reference"}); }},
{"gather", "HOW", "auto", "What brings patterns from the ranks that reduce them to those that reconstruct: mpi, or nccl (with --backend cuda: "
 "NCCL between GPUs, CUDA IPC between ranks that share one); auto takes mpi, as nccl has not been measured faster.", run,
 for_reconstruct | for_integrate,
 [](request& r, values const& v) { r.job.run.gather = one_of(v[0], {"auto", "mpi", "nccl"}); }},
{"instruction-set", "NAME", "auto", "Vector instructions to keep to, of those that the processor has: sse4, avx2, avx512 (without VBMI), or auto "
 "for all of them. Others show what an older processor would do.", run, for_jobs | for_bench,
 [](request& r, values const& v) { r.job.run.instruction_set = one_of(v[0], {"auto", "sse4", "avx2", "avx512"}); }},
{"readers", "N", "", "Threads of a rank that read image files (HDF5 files are read by one). By default as many as "
 "--threads, from 2 to 8; all of them where they decode.", run, for_frames,
 [](request& r, values const& v) { r.job.run.readers = whole_int(v[0], 1, 4096); }},
{"reading", "HOW", "ahead", "Who decodes image files: ahead fetches the bytes of CBF images, which the device decodes; "
 "pool lets each reader decode the files that it reads, as the pool of readers of Kieffer et al. (2018) does.", run,
 for_frames,
 [](request& r, values const& v) { r.job.run.pool_of_readers = one_of(v[0], {"ahead", "pool"}) == "pool"; }},
{"threads", "N", "", "Threads of a rank. By default the cores it may use, shared with other ranks there.", run,
 for_jobs | for_simulate | for_inspect | for_bench, [](request& r, values const& v) {
   r.job.run.threads = r.simulation.threads = whole_int(v[0], 1, 4096); }},
{"batch", "N", "", "Frames that are read and reduced together. By default as many as fit the caches and memory.", run,
 for_frames,
 [](request& r, values const& v) { r.job.run.batch = whole_int(v[0], 1, 1 << 20); }},
{"bad-frames", "HOW", "fail", "What to do about a frame that cannot be read: fail, or skip it and say so.", run,
 for_reconstruct | for_integrate, [](request& r, values const& v) {
   r.job.run.skip_bad_frames = one_of(v[0], {"fail", "skip"}) == "skip"; }},
{"schedule", "HOW", "static", "How ranks get their frames: static shares them out before, by compressed bytes; dynamic hands them out "
 "while they are reduced, so that slower nodes get fewer, and a faster one holds more patterns. The result is the same.", run,
 for_reconstruct, [](request& r, values const& v) { r.job.run.dynamic = one_of(v[0], {"static", "dynamic"}) == "dynamic"; }},
{"checkpoint", "SECONDS", "60", "How often what is reduced, and then the state of iterations, is kept in FILE.checkpoint beside the "
 "output, so that --resume can go on from there; none, or 0, for never. A run that takes no longer than that keeps nothing unless a "
 "signal stops it.", run, for_jobs | for_inspect,
 [](request& r, values const& v) { r.job.run.checkpoint = v[0] == "none" ? 0 : not_negative(v[0]); }},
{"resume", "", "", "Go on with what an earlier attempt at the same job kept, also with other --threads, --backend, ranks or nodes; "
 "the first attempt may have it too. If the output is there already and is the result of this job, nothing is done.", run,
 for_jobs, [](request& r, values const&) { r.job.run.resume = true; }},
{"progress", "WHEN", "auto", "The line that says how far it is: auto, on or off.", run, for_jobs | for_simulate | for_bench,
 [](request& r, values const& v) { r.job.run.progress = r.simulation.progress = parse_progress_mode(v[0]); }},
{"log-level", "LEVEL", "info", "Least important messages to show: debug, info, warning, error or quiet.", run, for_all,
 [](request& r, values const& v) { r.log = parse_log_level(v[0]); }},

{"log-file", "NAME", "", "Each rank writes all its messages, debug ones too, to NAME.RANK.jsonl: one JSON object a line, with time, rank, host, "
 "level and text.", run, for_jobs, [](request& r, values const& v) { r.log_file = v[0]; }},

// output
{"output", "FILE", "", "The result, an HDF5 file in NeXus layout. Needed.", output, for_jobs,
 [](request& r, values const& v) { r.job.output = v[0]; }},
{"compression", "HOW", "none", "How the arrays of the result are compressed, in chunks, without loss: lz4 or zstd, both with bitshuffle, "
 "which other programs read by HDF5's filter 32008 (Python's hdf5plugin has it); or none. Of compressed results the first rank writes "
 "what all have compressed.", output, for_jobs | for_inspect, [](request& r, values const& v) { r.job.compression = parse_compression(v[0]); }},
{"output", "FOLDER|FILE.h5", "", "A folder for the scan and what belongs to it, or the name of the scan itself. "
 "Needed.", output, for_simulate, [](request& r, values const& v) { r.simulation.output = v[0]; }},
{"output", "FILE.png", "", "The picture.", output, for_plot, [](request& r, values const& v) { r.plot.output = v[0]; }},
{"html", "FILE.html", "", "A page for a browser that holds all it shows: maps of any channel or range, the pattern of "
 "every voxel, the sinogram, how it was made. Large tomograms are averaged to fit.", output, for_plot,
 [](request& r, values const& v) { r.plot.page = v[0]; }},
{"map", "FILE.png", "", "A picture of which position of the scan has how many frames.", output, for_inspect,
 [](request& r, values const& v) { r.map = v[0]; }},
{"frames-per-file", "N", "0", "Frames in each of several files that the scan links by a virtual dataset; 0 keeps all in "
 "one.", output, for_simulate, [](request& r, values const& v) { r.simulation.frames_per_file = whole_int(v[0], 0); }},
{"output", "FILE.json", "", "The same as --json FILE.json.", output, for_bench,
 [](request& r, values const& v) { r.bench.json = v[0]; }},
{"json", "FILE.json", "", "All that was measured, every round of it, with the machine and the parameters, as JSON.", output,
 for_bench, [](request& r, values const& v) { r.bench.json = v[0]; }},
{"save", "FILE.h5", "", "Keep the made frames as a scan, with FILE.poni and FILE_mask.edf beside it, for use with other "
 "programs. Nothing is measured then, unless --layout or --stage is given.", output, for_bench,
 [](request& r, values const& v) { r.bench.save = v[0]; }},
{"json", "", "", "All that was found as JSON, for scripts.", output, for_inspect,
 [](request& r, values const&) { r.json = true; }},
{"job", "", "", "The #SBATCH lines of a Slurm job that reconstructs it with as many ranks and --threads as inspect has: memory and "
 "time as estimated, with room.", output, for_inspect,
 [](request& r, values const&) { r.batch_lines = true; }},
{"overwrite", "", "", "Replace what is there already.", output,
 for_jobs | for_simulate | for_plot | for_inspect | for_bench,
 [](request& r, values const&) { r.job.overwrite = r.simulation.overwrite = r.plot.overwrite = r.bench.overwrite = true; }},

// general
{"config", "FILE", "", "Take options from this file too, one 'name = value' a line, or a set-up of pyFAI-integrate or diff_map "
 "(JSON); the command line goes first.", general,
 for_all, [](request& r, values const& v) { r.job.configuration = v[0]; }},
};
// clang-format on

}  // namespace

std::string_view title_of(option_group group) {
  switch (group) {
    case input: return "Input";
    case geometry: return "Geometry and integration";
    case sample: return "Sample";
    case scan: return "Scan";
    case tomogram: return "Tomogram";
    case image: return "Images";
    case bench: return "Measurement";
    case run: return "Run";
    case output: return "Output";
    case general: return "General";
  }
  return "";
}

std::size_t option_entry::arity() const {
  if (flag()) return 0;
  return static_cast<std::size_t>(std::count(takes.begin(), takes.end(), ' ')) + 1;
}

std::span<option_entry const> option_table() { return table; }

option_entry const* find_option(std::string_view name, unsigned commands) {
  for (auto const& entry : table)
    if (entry.name == name && (entry.commands & commands) != 0) return &entry;
  return nullptr;
}

}  // namespace xrdct::app
