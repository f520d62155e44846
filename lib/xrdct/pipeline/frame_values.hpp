#pragma once
/// \file Numbers that go with every frame: where it was taken, and how strong the beam was.

#include "xrdct/beamline/image_headers.hpp"
#include "xrdct/beamline/scan_sources.hpp"
#include "xrdct/pipeline/measurement.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace xrdct {

/// One number a frame, and where it is from.
struct found_values {
  std::vector<double> values;
  std::string unit;
  std::string source;  ///< as a log line names it, with the reason
  std::string place;   ///< the dataset or file, as messages name it
};

/// Reads what the options name; what they leave open is looked for in HDF5 files, by convention. "none" as a name means
/// that it is not wanted.
class frame_values {
 public:
  /// Both outlive it.
  frame_values(job const& what, frame_stack const& stack);

  /// Rotations in degrees, translations and layers, one a frame; empty where there are none, for the reason no_scan().
  /// A grid has no place for frames of air: their positions are NaN. Throws input_error where they do not match the
  /// frames, or one of them is named and the other not found.
  scan_positions positions(air_plan const& air);
  /// Nothing where none is wanted, or there is none. Throws input_error where several are equally good.
  std::optional<found_values> monitor();
  /// 0: a frame of the scan, 1: a flat, 2: a dark, 3: invalid. Empty where the file does not say.
  std::vector<int> image_keys();
  /// What a word of an option names: a dataset, the bare name of one beside the frames, a pattern, or a text file.
  /// Throws input_error.
  found_values named(std::string const& option, std::string const& word);

  /// One line that names the frames and everything that was chosen so far.
  std::string chosen() const;
  /// What is odd about it, a line each.
  std::vector<std::string> const& oddities() const { return oddities_; }
  /// Why there are no positions, with the way out; "" where they are not wanted, or nothing was looked through.
  std::string const& no_scan() const { return no_scan_; }
  /// What was found for each role that was looked for, or why nothing was.
  std::vector<number_found> report() const;
  /// What was considered for a role, as far as it was looked for.
  std::vector<source_candidate> const& candidates(scan_role role) const { return candidates_[index_of(role)]; }

 private:
  static std::size_t index_of(scan_role role) { return static_cast<std::size_t>(role); }
  scan_sources* sources();
  std::optional<found_values> find(scan_role role, std::string const& word);
  std::optional<found_values> by_convention(scan_role role);
  std::optional<found_values> by_headers(scan_role role);
  found_values keep(std::string const& what, scan_source source);

  job const& what_;
  frame_stack const& stack_;
  std::unique_ptr<scan_sources> sources_;
  std::unique_ptr<image_headers> headers_;
  std::array<std::string, 4> problems_;
  std::array<bool, 4> ambiguous_{};
  std::array<std::string, 4> found_;  // as the log names them
  std::array<std::vector<source_candidate>, 4> candidates_;
  std::vector<std::string> oddities_;
  std::string no_scan_;
};

/// Sets monitor, frame_norm and the status bad_monitor. Throws input_error for a bad monitor value unless bad frames
/// are skipped.
void use_monitor(measurement& m, frame_values& values, job const& what);

}  // namespace xrdct
