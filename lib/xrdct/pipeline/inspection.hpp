#pragma once
/// \file What an input holds, how a job would read it, and what that takes: found first, shown later.

#include "xrdct/comm/communicator.hpp"
#include "xrdct/geometry/beam_centre.hpp"
#include "xrdct/pipeline/job.hpp"
#include "xrdct/pipeline/time_estimate.hpp"
#include "xrdct/scan/plan.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace xrdct {

/// The frames of one detector.
struct frames_found {
  std::string name;  ///< "FILE::/dataset", or image files
  std::uint64_t frames = 0;
  int rows = 0, columns = 0;
  std::string type;                       ///< of a pixel, as it is delivered: "u16"
  std::string code;                       ///< in which it is delivered: "bitshuffle-LZ4"
  bool images = false;                    ///< in image files
  std::vector<std::string> filters;       ///< of HDF5
  std::vector<unsigned long long> chunk;  ///< likewise; empty: none
  std::uint64_t stored_bytes = 0;         ///< of the frames that are there
  std::uint64_t decoded_bytes = 0;        ///< likewise
  std::uint64_t missing = 0;              ///< never written, or in an absent file
  std::uint64_t files = 0;                ///< that frames are in, or should be
  std::uint64_t absent_files = 0;
  std::vector<std::string> some_absent;  ///< the first few of them
  std::string first_file, last_file;
};

/// Frames that a job leaves out, or refuses unless these are skipped.
struct frames_left_out {
  std::string why;
  std::uint64_t frames = 0;
  bool refused = false;
};

/// The geometry of one detector, and what it makes of the pixels.
struct geometry_found {
  std::string source;                 ///< the PONI file, or what in the input describes the detector
  std::string detector;               ///< its name
  double distance = 0;                ///< metres
  double wavelength = 0;              ///< metres; 0: not given
  std::array<double, 3> rotations{};  ///< radians
  int orientation = 3;
  std::optional<beam_centre> centre;
  std::uint64_t pixels = 0;
  std::uint64_t masked = 0;   ///< left out of all frames
  std::uint64_t outside = 0;  ///< of the others, those outside the radial and azimuthal range
  std::uint64_t empty_bins = 0;
  std::string taken;  ///< from the file's own description of the detector
};

/// The bins of a pattern.
struct bins_found {
  std::uint64_t channels = 0;
  std::uint64_t sectors = 0;  ///< 0: not divided
  double lowest = 0, highest = 0;
  std::string unit;
  double first_sector = 0, last_sector = 0;  ///< their centres' azimuths, in degrees
};

/// An array of the result, with all quantities of its shape.
struct array_found {
  std::string name;
  std::vector<std::uint64_t> shape;
  int quantities = 1;

  double bytes() const;
};

struct memory_found {
  int ranks = 1;                ///< of the run that asks
  std::uint64_t all_ranks = 0;  ///< bytes that a reconstruction takes
  std::uint64_t this_node = 0;  ///< of the ranks on this machine
  std::uint64_t available = 0;  ///< here
};

struct disk_found {
  double result = 0;       ///< bytes
  std::string folder;      ///< where it would be
  std::uint64_t free = 0;  ///< bytes there
};

/// Of all ranks, each as fast as this one.
struct time_found {
  std::string backend;
  int ranks = 1;
  bool decoding_only = false;  ///< no geometry: frames are decoded and summed up
  frame_rate reading;          ///< alone
  frame_rate reducing;         ///< with reading; of all detectors together, in frames of each
  double setup = 0;            ///< seconds that looking at the input and making the matrix took
  double reduce = 0;           ///< seconds
  double tomogram = 0;         ///< seconds
  double all() const { return setup + reduce + tomogram; }
};

/// How many ranks, on how many nodes, with how many threads each.
struct rank_threads {
  int nodes = 1;
  int ranks = 1;
  int threads = 1;
};

/// Something that cannot be done, with the way out.
struct problem_found {
  std::string part;  ///< a step of examine(), or "needs"
  std::string text;
};

struct inspection {
  std::vector<frames_found> frames;
  std::vector<std::string> candidates;  ///< where it is not clear what the frames are: what could be
  std::vector<number_found> numbers;
  std::vector<frames_left_out> left_out;
  std::optional<scan_plan> plan;
  std::vector<geometry_found> geometry;
  std::optional<bins_found> bins;
  std::vector<array_found> results;
  std::optional<memory_found> memory;
  std::optional<disk_found> disk;
  std::optional<time_found> time;
  rank_threads layout;                  ///< of the run that asks
  std::vector<std::string> warnings;    ///< what the job would warn of
  std::vector<std::string> notes;       ///< what else it would say
  std::vector<problem_found> problems;  ///< that keep a reconstruction from being made
  /// The first thing wrong with what the options say; empty: nothing. What is merely unclear or incomplete is none.
  std::string mistake;
};

/// Collective. Rank 0 looks at the input as the jobs would; the others get nothing. Throws input_error where an input
/// cannot be opened at all, usage_error for options that make no sense.
inspection look_into(job const& what, communicator const& ranks);

/// For people, in aligned lines.
std::string text_of(inspection const& found);
/// The #SBATCH lines of a job that does it with as many ranks and threads as ask here, with what there is to say of the
/// estimates as comments. Throws input_error where memory and time are not known.
std::string batch_lines(inspection const& found);
/// For scripts.
std::string json_of(inspection const& found);

}  // namespace xrdct
