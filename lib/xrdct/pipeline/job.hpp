#pragma once
/// \file What a user asked for: every option, parsed and typed, and nothing else.

#include "xrdct/base/log.hpp"
#include "xrdct/base/progress.hpp"
#include "xrdct/geometry/integration.hpp"
#include "xrdct/io/chunk_compression.hpp"
#include "xrdct/io/source_paths.hpp"
#include "xrdct/kernels/reduction.hpp"
#include "xrdct/pipeline/air_options.hpp"
#include "xrdct/scan/plan.hpp"
#include "xrdct/tomo/algorithm.hpp"
#include "xrdct/tomo/filters.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace xrdct {

/// An image of corrections: for all detectors, or for one of them.
struct image_file {
  std::string file;                       ///< an image file or FILE::/dataset
  std::optional<std::size_t> detector{};  ///< whose, from 0
};

/// What is taken of what a file says of its detector.
enum class detector_info : std::uint8_t { use, no_mask, ignore };

struct input_options {
  /// HDF5 (FILE or FILE::/dataset) or image files, each a file or a series of files (io/input_files.hpp); what they
  /// are to one another: count_detectors(). For `backproject`, a result with a sinogram.
  std::vector<std::string> files;
  std::string dataset;                                ///< of the frames; empty: the only one that fits
  std::vector<image_file> masks;                      ///< ORed
  std::vector<image_file> darks, flats, absorptions;  ///< at most one a detector; a flat called "none": none
  std::vector<image_file> variances;                  ///< one a detector, for error_model::image; else none
  std::optional<double> dummy;
  double delta_dummy = 0;
  std::vector<hdf5::moved_path> moved;  ///< where files that are linked to are now
  detector_info detector = detector_info::use;
  bool verify = false;     ///< compare checksums that files state
  bool keep_dead = false;  ///< --dummy none: type maxima and negative values count as measured
};

struct geometry_options {
  std::vector<std::string> ponis;  ///< one a detector
  std::optional<int> orientation;  ///< 1–4, of all detectors; none: as their PONI files say
  integration_options integration;
  std::optional<double> polarization;
  double polarization_offset = 0;  ///< degrees
  bool solid_angle = true;
  error_model errors = error_model::poisson;
  rejection reject;
  double normalization = 1;
  std::string monitor;  ///< dataset, name or text file; empty: by convention; "none": none
  std::optional<double> monitor_reference;
  std::string transmission;                      ///< dataset or text file of a monitor behind the sample; empty: none
  std::optional<double> transmission_reference;  ///< its value, over that of the monitor, in air
  std::string exposure;                          ///< dataset or text file of exposure times; empty: none
  air_options air;
  std::optional<double> saturation;  ///< counts; none: as the detector says
};

struct scan_options {
  std::string rotation, translation;  ///< dataset, name or text file; empty: by convention; "none": no positions
  std::string layer;                  ///< likewise; "none": one layer
  std::optional<grid_scan> grid;      ///< instead of them
  plan_options plan;
};

struct tomogram_options {
  solver_choice solver;
  std::string sample_absorption;  ///< an image or a result, see read_sample_absorption(); empty: none
  window filter = window::ramp;
  xrdct::convention convention = xrdct::convention::xrdct;
  std::optional<double> axis;                  ///< in translation units; none: the middle of the translation axis
  bool find_axis = false;                      ///< look for it, if it is not given
  bool despike = false;                        ///< replace hot spots of the sinogram
  double despike_threshold = 5;                ///< deviations above the neighbours
  bool destripe = false;                       ///< remove offsets of translations, which become rings
  bool align = false;                          ///< look for lines that the sample was displaced in
  bool pad = false;                            ///< projections go on beside the field
  std::optional<int> size;                     ///< pixels; none: as many as translations
  std::optional<std::array<int, 2>> channels;  ///< half-open range of bins
  std::string fill = "linear";                 ///< linear, zero, none
};

struct run_options {
  std::string backend = "auto";  ///< auto, cpu, cuda, reference
  std::string gather = "auto";   ///< auto, nccl, mpi
  int threads = 0;               ///< 0: the cores this rank may use, shared among the ranks that share them
  std::optional<int> batch;      ///< frames
  std::optional<int> readers;    ///< threads that read image files; none: see readers_for()
  bool pool_of_readers = false;  ///< frames are decoded by those who read them, not by the device
  bool skip_bad_frames = false;
  bool dynamic = false;                  ///< frames are handed out while they are reduced, not shared out before
  double checkpoint = 60;                ///< seconds between writes of what is done; 0: none
  bool resume = false;                   ///< go on from what an attempt before left
  std::string instruction_set = "auto";  ///< as cpu::use_instruction_set() knows it
  progress_mode progress = progress_mode::automatic;
};

struct job {
  input_options input;
  geometry_options geometry;
  scan_options scan;
  tomogram_options tomogram;
  run_options run;
  std::string configuration;  ///< the file of --config; empty: none
  std::string output;
  bool overwrite = false;
  chunk_compression compression = chunk_compression::none;  ///< of the result's arrays
  /// Every option as it was used, name and value, for the result file; and the whole command line.
  std::vector<std::pair<std::string, std::string>> options;
  std::string command_line;
};

/// Several inputs with as many geometries are a detector each; with one geometry or none, all inputs are one series of
/// frames, one after the other. That there are as many is seen to by require_pairs().
inline std::size_t count_detectors(job const& what) {
  return what.geometry.ponis.size() > 1 ? what.geometry.ponis.size() : 1;
}

}  // namespace xrdct
