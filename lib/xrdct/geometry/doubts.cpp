#include "xrdct/geometry/doubts.hpp"

#include "xrdct/geometry/beam_centre.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <utility>

namespace xrdct {
namespace {

std::string number(double value, char const* format = "%.6g") {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

/// From 1.2 keV (10 Å), below which air and windows absorb, to 1.2 MeV (0.01 Å), above which nobody measures powders.
constexpr double shortest = 1e-12, longest = 1e-9;
/// Hutches for small angles are some 30 m long; nearer than a millimetre no detector comes.
constexpr double nearest = 1e-3, farthest = 50;
/// Pixels of detectors for X-rays have edges from some micrometres to some millimetres.
constexpr double smallest_pixel = 1e-7, largest_pixel = 5e-3;

std::string about_wavelength(double metres) {
  if (metres == 0 || (metres >= shortest && metres <= longest)) return "";
  std::string text = "a wavelength of " + number(metres) + " m is none of X-rays that powders diffract";
  // 12.4 keV are 1 Å: the same numbers may be either.
  constexpr double electronvolt_metres = 1.2398419843320026e-6;  // h·c / e, exact since 2019
  bool const angstrom = metres * 1e-10 >= shortest && metres * 1e-10 <= longest;
  double const of_energy = electronvolt_metres / (metres * 1e3);
  bool const energy = of_energy >= shortest && of_energy <= longest;
  if (angstrom) text += ": is it in angstrom (then " + number(metres * 1e-10) + " m)?";
  if (energy)
    text += std::string(angstrom ? " Or" : ": is it") + " an energy in keV (then " + number(of_energy) + " m)?";
  return text + " PONI files give metres";
}

std::string about_distance(double metres) {
  if (metres >= nearest && metres <= farthest) return "";
  std::string text = "the detector is " + number(metres) + " m from the sample";
  if (metres > farthest) text += ": is that in mm (" + number(metres * 1e-3) + " m)? PONI files give metres";
  return text;
}

std::string about_pixels(detector const& of) {
  auto const odd = [](double edge) { return edge > 0 && (edge < smallest_pixel || edge > largest_pixel); };
  if (!odd(of.pixel1) && !odd(of.pixel2)) return "";
  return "pixels of " + number(of.pixel1) + " x " + number(of.pixel2) +
         " m: is that in mm or in µm? It is to be metres";
}

std::string about_rotations(poni const& g) {
  for (auto const& [name, angle] : {std::pair{"rot1", g.rot1}, {"rot2", g.rot2}, {"rot3", g.rot3}})
    if (std::abs(angle) > 2 * std::numbers::pi)
      return std::string(name) + " is " + number(angle) +
             " rad, more than a turn: is it in degrees? PONI files give radians";
  if (std::cos(g.rot1) * std::cos(g.rot2) <= 0)
    return "by rot1 and rot2 the detector turns its back to the beam: are they in degrees? PONI files give radians";
  return "";
}

bool within(double row, double column, detector const& of) {
  return row >= 0 && column >= 0 && row <= of.rows && column <= of.columns;
}

}  // namespace

std::vector<std::string> doubts_about(poni const& geometry) {
  std::vector<std::string> all;
  for (auto& line : {about_wavelength(geometry.wavelength), about_distance(geometry.distance),
                     about_pixels(geometry.detector), about_rotations(geometry)})
    if (!line.empty()) all.push_back(line);
  return all;
}

std::string beam_beside(poni const& geometry) {
  auto const& detector = geometry.detector;
  auto const centre = centre_of_beam(geometry);
  if (!centre || within(centre->row, centre->column, detector)) return "";
  std::string text = "the beam meets the plane of the detector at row " + number(centre->row, "%.1f") + " and column " +
                     number(centre->column, "%.1f") + ", outside of its " + std::to_string(detector.rows) + " x " +
                     std::to_string(detector.columns) + " pixels";
  if (within(centre->column, centre->row, detector)) return text + ": are Poni1 (rows) and Poni2 (columns) swapped?";
  return text + ": if it does not stand beside the beam, Poni1 or Poni2 is wrong, which are in metres";
}

}  // namespace xrdct
