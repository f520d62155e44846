#pragma once
/// \file A scan with a known answer, as a beamline would write it.

#include "xrdct/base/progress.hpp"
#include "xrdct/comm/communicator.hpp"
#include "xrdct/kernels/frame.hpp"
#include "xrdct/scan/plan.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace xrdct {

/// What is to be simulated. The defaults make a demonstration in some ten seconds.
struct simulation_options {
  // The detector and where it stands.
  std::string detector;                ///< a name that make_detector knows; empty: a plain one of `shape` and `pixel`
  std::array<int, 2> shape{256, 256};  ///< rows, columns
  double pixel = 172e-6;               ///< metres
  std::string poni;                    ///< a PONI file instead of the following
  std::optional<double> distance;      ///< metres; none: the nearer edges are at usual_edge
  double wavelength = 2.0e-11;         ///< metres
  std::optional<std::array<double, 2>> centre;  ///< where the beam meets it, in pixels (row, column); none: the middle
  std::array<double, 3> tilt{};                 ///< rot1, rot2, rot3 of the PONI, radians
  double polarization = 0.99;

  // The sample and the scan.
  std::vector<std::string> phases{"Al2O3", "CeO2", "Si"};
  int crystals = 0;  ///< single-crystal grains with bright reflections
  grid_scan grid{90, 61, 180, grid_scan::fast_axis::translation, grid_scan::order::raster};
  double step = 0.05;        ///< mm between translations, and the beam's width
  double axis = 0;           ///< mm: where the translation axis has the rotation axis
  double decay = 0;          ///< the share of the beam that is lost by the scan's end
  double monitor_noise = 0;  ///< relative error of a monitor reading

  // The images.
  pixel_type type = pixel_type::u32;
  double counts = 40;  ///< expected in the brightest pixel of the brightest frame, without crystals and air
  double air = 0.5;    ///< expected from the air beside the beam
  std::optional<double> peak_width;  ///< full width at half maximum, degrees of 2θ; none: two pixels
  int dead_pixels = 20;
  std::uint64_t seed = 1;

  // The files and the run.
  std::string output;  ///< a folder, or the scan's file (*.h5)
  bool overwrite = false;
  int frames_per_file = 0;  ///< 0: all frames in the scan's file; else in others that it links
  int threads = 0;          ///< 0: the cores this rank may use
  progress_mode progress = progress_mode::automatic;
};

/// Where the nearer edges of a detector are whose distance is not given, nm⁻¹: it then sees a good dozen lines.
constexpr double usual_edge = 43;

/// The monitor's reading for an unweakened beam.
constexpr double monitor_reference = 1e5;

/// Collective. Writes the scan (/1.1/measurement/{detector, rot, dty, fpico6}, bitshuffle-LZ4), geometry.poni, mask.edf
/// and truth.h5 into one folder. The same bytes for any number of ranks and threads. All ranks throw the same agreed
/// error. Returns the scan's path.
std::string simulate(simulation_options const& options, communicator const& ranks);

}  // namespace xrdct
