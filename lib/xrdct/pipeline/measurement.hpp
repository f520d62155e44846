#pragma once
/// \file All that must be known before the first frame is read.

#include "xrdct/comm/layout.hpp"
#include "xrdct/geometry/integration.hpp"
#include "xrdct/geometry/poni.hpp"
#include "xrdct/io/frame_stack.hpp"
#include "xrdct/kernels/frame.hpp"
#include "xrdct/kernels/reduction.hpp"
#include "xrdct/pipeline/air.hpp"
#include "xrdct/pipeline/job.hpp"
#include "xrdct/scan/plan.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace xrdct {

/// One detector, or one position of it: an input with its geometry.
struct detector_input {
  frame_stack stack;
  /// Multiplies the norm of all frames: relative solid angles become absolute ones, which several detectors need.
  double weight = 1;

  // On rank 0 only, until reducers are made (see reducers.hpp): they are large, and one rank of every node needs them.
  integration_matrix matrix;
  corrections pixels;  ///< afterwards without the images but for the mask, which is written to the result file
  poni geometry;       ///< in the shape of the frames
  // On rank 0 only, for the result file and for inspect.
  std::string poni_text;
  std::string description;  ///< what is taken of what its file says of it

  /// What every rank gets.
  void fields(auto& archive) { archive(stack, weight); }
};

/// What was taken for a number of every frame, by convention or as an option says, and why.
struct number_found {
  std::string role;                 ///< "rotation", "translation", "layer", "monitor"
  std::string found;                ///< what, with its range and the reason; empty: none
  std::string problem;              ///< why there is none, with the way out
  std::vector<std::string> others;  ///< what else was considered: "mrot (…): stands still"
};

/// What rank 0 found in the files and made of the options. Everyone gets it.
struct measurement {
  /// At least one, all with the same number of frames: frame k of all of them makes pattern k.
  std::vector<detector_input> detectors;
  std::vector<double> radial;        ///< centres of the channels, in the unit of the job
  std::vector<double> azimuthal;     ///< centres of the sectors, in degrees; empty: azimuths are not divided
  std::vector<double> frame_norm;    ///< of every frame: multiplies the norm of its bins
  std::vector<frame_status> status;  ///< of every frame, as far as it is known without reading it
  scan_plan scan;                    ///< no rotations where the job gives no positions
  air_plan air;                      ///< what is taken out of the sinogram
  integration_options integration;   ///< those of the job, with the ranges that several detectors share
  std::vector<frame_range> slices;   ///< the frames of every rank

  // Rank 0 alone has these, for the result file and for inspect.
  scan_positions positions;
  std::vector<number_found> numbers;
  std::string chosen;                      ///< the frames and what belongs to them, with reasons
  std::string no_scan;                     ///< why there are no positions; "" where they were not looked for
  std::vector<std::uint64_t> flat_frames;  ///< those that the files say to be flats, where they are used
  std::vector<std::uint64_t> dark_frames;  ///< those that the files say to be darks, where no dark image is given
  std::vector<double> monitor;             ///< empty: none
  double monitor_reference = 0;
  std::vector<double> transmission;  ///< of every frame, 1 in air; empty: not measured
  std::vector<double> exposure;      ///< seconds, or as the file has them; empty: not used

  /// The frames of the first detector, after which the measurement is named.
  frame_stack const& stack() const { return detectors.front().stack; }
  std::uint64_t frames() const { return stack().frames; }
  bool has_scan() const { return !scan.rotation.empty(); }
  bin_layout bins() const { return {radial.size(), azimuthal.size()}; }
  /// Of a pattern: those of all sectors.
  std::uint64_t channels() const { return bins().count(); }

  void fields(auto& archive) {
    archive(detectors, radial, azimuthal, frame_norm, status, scan, air, integration, slices);
  }
};

/// Serial. Reads metadata, geometry, masks, positions and monitor; plans the scan; shares frames out among `ranks`
/// ranks. Says in a log line what it found. Throws input_error or usage_error.
measurement examine(job const& what, int ranks);

// The steps of examine().
constexpr std::string_view step_frames = "frames";
constexpr std::string_view step_scan = "scan";
constexpr std::string_view step_norms = "norms";
constexpr std::string_view step_geometry = "geometry";

/// Does a step, and says whether that went well.
using step_runner = std::function<bool(std::string_view step, std::function<void()> const& work)>;

/// The same step by step, for one who wants to know what the others give where one fails: what a step that failed would
/// have set is empty. Without frames nothing else is looked at.
measurement examine(job const& what, int ranks, step_runner const& run);

/// The frames of one of the job's detectors: those of its input, or of all inputs one after the other.
frame_stack open_input(job const& what, std::size_t detector);

/// Throws usage_error unless one PONI file is given, or one for every input, or none at all.
void require_pairs(job const& what);

/// The detector on account of which a frame is known to be missing; 0 where none is, or where it has other faults.
std::size_t missing_from(measurement const& m, std::uint64_t frame);

/// Where a frame comes from, as messages say it: "frame 7 of FILE::/dataset (frame 2 of part.h5::/data)", or an image
/// file that holds nothing else.
std::string frame_name(frame_stack const& stack, std::uint64_t frame);

/// Throws input_error, which tells the way out, for a frame that cannot be used.
[[noreturn]] void refuse_frame(frame_stack const& stack, std::uint64_t frame, std::string const& why);

}  // namespace xrdct
