#pragma once
/// \file All that is known about a scan before a photon is counted.

#include "xrdct/geometry/poni.hpp"
#include "xrdct/simulation/phantom.hpp"
#include "xrdct/simulation/powder.hpp"
#include "xrdct/simulation/simulate.hpp"
#include "xrdct/simulation/spots.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace xrdct {

/// What a phase contributes, for a volume fraction of 1, one step of path and an unweakened beam.
struct simulated_phase {
  std::string name;
  std::vector<powder_line> lines;
  powder_pattern pattern;    ///< counts of a pixel at normal incidence without polarization
  std::vector<float> image;  ///< counts of every pixel
};

/// How one frame is taken.
struct exposure {
  double rotation = 0;     ///< degrees
  double translation = 0;  ///< mm
  double beam = 1;         ///< its strength, 1 at the scan's start
  double monitor = 0;      ///< what the monitor says about that
};

/// The whole scan, in expectation.
struct scene {
  simulation_options options;
  poni geometry;
  phantom sample;
  double sample_radius = 0;  ///< mm; the phantom's unit of length
  std::vector<simulated_phase> phases;
  powder_pattern air;            ///< counts of a pixel at normal incidence without polarization
  std::vector<float> air_image;  ///< counts of every pixel
  std::vector<crystal_spot> spots;
  std::vector<exposure> exposures;  ///< of every frame, in the order they are taken
  std::vector<float> weights;       ///< [frame][phase]: path through the phase in steps, times its volume fraction
  std::vector<std::uint32_t> gap_pixels;   ///< ascending
  std::vector<std::uint32_t> dead_pixels;  ///< ascending, not in gaps

  std::size_t frames() const { return exposures.size(); }
  std::size_t pixels() const {
    return static_cast<std::size_t>(geometry.detector.rows) * static_cast<std::size_t>(geometry.detector.columns);
  }
};

/// Serial and deterministic: every rank makes its own. Throws usage_error where the options contradict themselves, and
/// what read_poni and make_detector throw.
scene make_scene(simulation_options const& options);

/// The expected counts of every pixel of a frame (reflections of single crystals included), [row][column]; in gaps,
/// those alone.
void expect(scene const& what, std::size_t frame, std::vector<float>& means);

}  // namespace xrdct
