#pragma once
/// \file Rotation, translation, layer and monitor of the frames, found by convention or by name.

#include "xrdct/beamline/part_values.hpp"
#include "xrdct/beamline/scan_fields.hpp"
#include "xrdct/beamline/scan_names.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace xrdct {

/// Numbers of the frames that were found, and why these.
struct scan_source {
  std::string name;            ///< "rot"
  std::string path;            ///< "/1.1/measurement/rot", or of several entries "/*.1/measurement/rot"
  std::string reason;          ///< "by its name", "the only angle that moves", "given"
  std::vector<double> values;  ///< one a frame; NaN where there is none
  std::string unit;            ///< as the file gives it
  value_range range{};
  fit how;  ///< whether there was one a frame

  /// "rot ('/1.1/measurement/rot', 0 to 180 deg), by its name"
  std::string text() const;
  /// What is odd about the number of values, one line; "" where nothing is.
  std::string oddity() const;
};

/// One that was considered.
struct source_candidate {
  std::string name, path, unit;
  value_range range{};
  std::string verdict;  ///< "chosen", "stands still", "as good as another", …

  std::string text() const;
};

/// What was found for a role.
struct source_choice {
  std::optional<scan_source> chosen;
  std::vector<source_candidate> candidates;
  /// Why none is chosen, one line with the way out; "" where one is, or (layer, monitor) where there is just none.
  std::string problem;
  bool ambiguous = false;  ///< several that are equally good
};

/// Looks for what belongs to the frames of a scan. Names are those of scan_names.hpp; of the motors so called only
/// those count that move during the scan. Where none has a usual name, the only motor of the right unit that moves is
/// taken. A layer must move slowly, and by no less than a quarter of a translation step; a monitor is one value a
/// frame, most of them positive. What is equally good is ambiguous.
class scan_sources {
 public:
  /// The parts of a stack, in the order of its frames; at least one.
  explicit scan_sources(std::vector<frame_part> parts);

  /// By convention. Throws input_error only where a chosen list cannot be read.
  source_choice find(scan_role role);
  /// By a user's word for an option: a bare name ("rot") that is looked up beside the frames of every part; a path; or
  /// a pattern of paths ('/*.1/measurement/rot') of which every part has one. Nothing where there is no such thing in
  /// the file, so that it may be a text file; `why` then says what there is. Throws input_error where it is unclear, or
  /// does not fit.
  std::optional<scan_source> named(std::string const& option, std::string const& word, std::string& why);
  /// NXtomo's image_key of every frame: 0 projection, 1 flat, 2 dark, 3 invalid. Empty where there is none.
  std::vector<int> image_keys();

  /// Everything that stands beside the frames of the first part.
  std::vector<scan_field> const& fields();
  std::uint64_t frames() const { return frames_; }

 private:
  struct rated;
  std::vector<rated> rate(scan_role role);
  std::vector<rated> rate_motors(scan_role role);
  rated rate_field(scan_field const& field, int rank);
  std::vector<std::string> paths_of(scan_field const& field) const;
  scan_source gather(scan_field const& field, std::string reason);
  std::optional<scan_source> by_name(std::string const& word, std::string& why);
  bool in_one_file() const;
  std::uint64_t frames_by_path() const;
  std::optional<scan_source> by_path(std::string const& option, std::string const& word, std::string& why);
  std::optional<scan_source> by_pattern(std::string const& word, std::string& why);
  std::string shown_path(std::string const& path) const;
  bool is_layer(scan_source const& layer);
  void settle(scan_role role, std::vector<rated>& all, source_choice& choice);

  std::vector<frame_part> parts_;
  std::vector<std::string> bases_;
  std::uint64_t frames_ = 0;
  number_lists lists_;
  std::optional<std::vector<scan_field>> fields_;
  std::optional<double> translation_step_;
};

}  // namespace xrdct
