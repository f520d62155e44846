#include "xrdct/simulation/scene.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/geometry/integration.hpp"
#include "xrdct/geometry/pixel_geometry.hpp"
#include "xrdct/simulation/random.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <sstream>

namespace xrdct {
namespace {

constexpr double degree = std::numbers::pi / 180;

detector chosen_detector(simulation_options const& options) {
  if (!options.detector.empty()) return make_detector(options.detector);
  detector plain;
  plain.name = "Detector";
  plain.pixel1 = plain.pixel2 = options.pixel;
  plain.rows = options.shape[0];
  plain.columns = options.shape[1];
  return plain;
}

/// Where a detector with the beam in its middle sees usual_edge at its nearer edges, in round centimetres or
/// millimetres.
double usual_distance(detector const& d, double wavelength) {
  double const half = 0.5 * std::min(d.rows * d.pixel1, d.columns * d.pixel2);
  double const sine = std::min(usual_edge * wavelength * 1e9 / (4 * std::numbers::pi), 0.5);
  double const exact = half / std::tan(2 * std::asin(sine));
  double const unit = std::pow(10, std::floor(std::log10(exact)) - 1);
  return std::round(exact / unit) * unit;
}

/// The PONI that lets the beam meet the detector at the given pixel in spite of its tilt.
poni made_geometry(simulation_options const& options) {
  poni g;
  g.detector = chosen_detector(options);
  g.wavelength = options.wavelength;
  g.distance = options.distance ? *options.distance : usual_distance(g.detector, g.wavelength);
  g.rot1 = options.tilt[0];
  g.rot2 = options.tilt[1];
  g.rot3 = options.tilt[2];
  if (std::abs(g.rot1) > 80 * degree || std::abs(g.rot2) > 80 * degree)
    throw usage_error("option --tilt: the detector would be edge-on; use rotations below 1.39 rad");
  auto const centre = options.centre.value_or(std::array{0.5 * g.detector.rows, 0.5 * g.detector.columns});
  g.poni1 = centre[0] * g.detector.pixel1 - g.distance * std::tan(g.rot2) / std::cos(g.rot1);
  g.poni2 = centre[1] * g.detector.pixel2 + g.distance * std::tan(g.rot1);
  return g;
}

poni chosen_geometry(simulation_options const& options) {
  if (options.poni.empty()) return made_geometry(options);
  poni g = read_poni(options.poni);
  if (g.detector.corners)
    throw input_error(options.poni + ": detectors of distorted or hexagonal pixels are not simulated");
  if (g.wavelength <= 0)
    throw input_error(options.poni +
                      ": there is no wavelength, but lines have their places by it; add 'Wavelength: …'");
  if (g.detector.rows <= 0 || g.detector.columns <= 0) fit_shape(g, options.shape[0], options.shape[1]);
  return g;
}

/// 2θ of every pixel, radians.
std::vector<double> two_theta_image(poni const& geometry) {
  pixel_geometry const pixels(geometry);
  auto const columns = static_cast<std::size_t>(pixels.columns());
  std::vector<double> image(static_cast<std::size_t>(pixels.rows()) * columns);
  for (int row = 0; row < pixels.rows(); ++row)
    pixels.centre_radii(radial_unit::two_theta_rad, row,
                        std::span(image).subspan(static_cast<std::size_t>(row) * columns, columns));
  return image;
}

/// Two pixels in degrees of 2θ near the beam, or what the user asked for; in radians.
double line_width(simulation_options const& options, poni const& geometry) {
  if (options.peak_width) return *options.peak_width * degree;
  return 2 * std::atan(std::max(geometry.detector.pixel1, geometry.detector.pixel2) / geometry.distance);
}

std::vector<float> image_of(powder_pattern const& pattern, std::vector<double> const& two_theta,
                            std::vector<float> const& norm) {
  std::vector<float> image(two_theta.size());
  for (std::size_t p = 0; p < image.size(); ++p) image[p] = static_cast<float>(pattern(two_theta[p])) * norm[p];
  return image;
}

void scale(std::vector<float>& image, double factor) {
  for (float& v : image) v = static_cast<float>(v * factor);
}

/// Translations and rotations of every frame, and the beam that it gets.
std::vector<exposure> expose(simulation_options const& options) {
  auto const positions = positions_of(options.grid);
  std::vector<exposure> all(positions.rotation.size());
  for (std::size_t k = 0; k < all.size(); ++k) {
    double const elapsed = all.size() > 1 ? static_cast<double>(k) / static_cast<double>(all.size() - 1) : 0;
    exposure& one = all[k];
    one.rotation = positions.rotation[k];
    one.translation = positions.translation[k] * options.step;
    one.beam = 1 - options.decay * elapsed;
    random_source const random(options.seed, purpose::monitor, k);
    one.monitor = monitor_reference * one.beam * (1 + options.monitor_noise * random.normal(0));
  }
  return all;
}

/// The circle that stays within the translations in every rotation.
double radius_of_sample(simulation_options const& options) {
  double const reach = std::max(1, options.grid.translations - 1) * 0.5 * options.step - std::abs(options.axis);
  if (reach < 0.1 * options.step)
    throw usage_error("option --axis: the rotation axis lies outside the translations; use less, or more translations");
  return reach;
}

std::vector<float> weigh(scene const& s) {
  std::vector<float> weights(s.frames() * s.phases.size());
  double const width = s.options.step / s.sample_radius;
  double const steps = s.sample_radius / s.options.step;
  for (std::size_t k = 0; k < s.frames(); ++k) {
    double const position = (s.exposures[k].translation - s.options.axis) / s.sample_radius;
    std::vector<double> paths(s.phases.size(), 0.0);
    for (auto const& e : s.sample.ellipses) paths[e.phase] += ray_sum(e, s.exposures[k].rotation, position, width);
    for (std::size_t p = 0; p < paths.size(); ++p)
      weights[k * paths.size() + p] = static_cast<float>(std::max(0.0, paths[p]) * steps);
  }
  return weights;
}

/// Counts of the brightest pixel of the frame that scatters most, with the images as they are.
double brightest(scene const& s) {
  std::size_t const n = s.phases.size();
  std::vector<double> total(n);
  for (std::size_t p = 0; p < n; ++p)
    for (float v : s.phases[p].image) total[p] += v;
  std::size_t best = 0;
  double most = -1;
  for (std::size_t k = 0; k < s.frames(); ++k) {
    double sum = 0;
    for (std::size_t p = 0; p < n; ++p) sum += total[p] * s.weights[k * n + p];
    if (sum > most) most = sum, best = k;
  }
  double value = 0;
  for (std::size_t i = 0; i < s.pixels(); ++i) {
    double sum = 0;
    for (std::size_t p = 0; p < n; ++p) sum += static_cast<double>(s.phases[p].image[i]) * s.weights[best * n + p];
    value = std::max(value, sum);
  }
  return value;
}

/// Distinct pixels outside the gaps.
std::vector<std::uint32_t> choose_dead_pixels(scene const& s) {
  std::set<std::uint32_t> dead;
  random_source const random(s.options.seed, purpose::dead_pixels, 0);
  auto const& gaps = s.geometry.detector.gaps;
  std::size_t const wanted =
      std::min(static_cast<std::size_t>(s.options.dead_pixels), (s.pixels() - s.gap_pixels.size()) / 2);
  for (std::uint32_t draw = 0; dead.size() < wanted; ++draw) {
    auto const pixel = static_cast<std::uint32_t>(random.uniform(draw)[0] * static_cast<double>(s.pixels()));
    if (gaps.empty() || gaps[pixel] == 0) dead.insert(pixel);
  }
  return {dead.begin(), dead.end()};
}

/// Patterns and images of every phase and of the air, in counts.
void illuminate(scene& s) {
  auto const two_theta = two_theta_image(s.geometry);
  double const width = line_width(s.options, s.geometry);
  double const widest = *std::max_element(two_theta.begin(), two_theta.end());
  if (widest / width > 1e5)
    throw usage_error("option --peak-width: lines this narrow cannot be seen; use a larger one");
  norm_images factors;
  factors.solid_angle = solid_angle(s.geometry);
  factors.polarization = polarization(s.geometry, s.options.polarization, 0);
  auto norm = pixel_norm(factors);
  for (std::uint32_t gap : s.gap_pixels) norm[gap] = 0;
  for (auto const& formula : s.options.phases) {
    simulated_phase phase;
    phase.name = formula;
    phase.lines = powder_lines(known_cell(formula), s.geometry.wavelength, widest);
    phase.pattern = make_pattern(phase.lines, width, widest);
    phase.image = image_of(phase.pattern, two_theta, norm);
    s.phases.push_back(std::move(phase));
  }
  s.air = air_scattering(width, widest);
  for (double& v : s.air.values) v *= s.options.air;
  s.air_image = image_of(s.air, two_theta, norm);
}

}  // namespace

scene make_scene(simulation_options const& options) {
  scene s;
  s.options = options;
  s.geometry = chosen_geometry(options);
  s.sample = make_pellet(options.phases.size());
  s.sample_radius = radius_of_sample(options);
  for (std::size_t i = 0; i < s.geometry.detector.gaps.size(); ++i)
    if (s.geometry.detector.gaps[i] != 0) s.gap_pixels.push_back(static_cast<std::uint32_t>(i));
  illuminate(s);
  s.exposures = expose(options);
  s.weights = weigh(s);
  double const brightness = brightest(s);
  if (!(brightness > 0))
    throw usage_error("no line of the phases meets the detector: move it, or use a shorter wavelength");
  for (auto& phase : s.phases) {
    scale(phase.image, options.counts / brightness);
    for (double& v : phase.pattern.values) v *= options.counts / brightness;
    for (auto& line : phase.lines) line.area *= options.counts / brightness;
  }
  s.dead_pixels = choose_dead_pixels(s);
  s.spots = scatter_crystals({options.crystals, options.grid.span, options.counts, options.seed}, s.geometry,
                             s.phases.back().lines);
  return s;
}

void expect(scene const& s, std::size_t frame, std::vector<float>& means) {
  auto const& taken = s.exposures[frame];
  std::size_t const n = s.phases.size();
  auto const beam = static_cast<float>(taken.beam);
  means.resize(s.pixels());
  constexpr std::size_t strip = 4096;  // pixels that stay in the first-level cache while phases are added
  for (std::size_t first = 0; first < means.size(); first += strip) {
    std::size_t const last = std::min(first + strip, means.size());
    for (std::size_t i = first; i < last; ++i) means[i] = beam * s.air_image[i];
    for (std::size_t p = 0; p < n; ++p) {
      float const weight = beam * s.weights[frame * n + p];
      float const* const image = s.phases[p].image.data();
      for (std::size_t i = first; i < last; ++i) means[i] += weight * image[i];
    }
  }
  double const turn = s.options.grid.span / s.options.grid.rotations;
  for (auto const& spot : s.spots) {
    double const off = std::abs(taken.rotation - spot.rotation) / turn;
    double const at = spot.x * std::cos(taken.rotation * degree) - spot.y * std::sin(taken.rotation * degree);
    double const beside = std::abs((taken.translation - s.options.axis) - at * s.sample_radius) / s.options.step;
    if (off >= 1 || beside >= 1) continue;
    add_spot(spot, taken.beam * (1 - off) * (1 - beside), s.geometry.detector.rows, s.geometry.detector.columns, means);
  }
}

}  // namespace xrdct
