#pragma once
/// \file What must be the same for the patterns of two runs to be the same.

#include "xrdct/pipeline/job.hpp"
#include "xrdct/pipeline/measurement.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xrdct {

/// Options and inputs, each with its name and what it is: the text of an option's value, or a checksum.
class run_identity {
 public:
  run_identity() = default;
  /// Rank 0 has all of the measurement that this looks at. Left out are options that change no number, or only its last
  /// bits (another device). Files are known by size and time of change, frames by their sizes as stored, images of
  /// corrections by what is in them.
  run_identity(job const& what, measurement const& m);
  /// Of a job on one file.
  run_identity(job const& what, std::string const& file);
  /// Of the text of another; lines that make no sense are left out.
  static run_identity parse(std::string_view text);

  std::string text() const;
  /// A number that others hardly have.
  std::uint64_t id() const;
  /// How `before` differs, in words, the first few things: "--bins is 2000, but was 1000"; empty where it does not.
  std::string difference_from(run_identity const& before) const;

 private:
  void add(std::string name, std::string value) { items_.emplace_back(std::move(name), std::move(value)); }
  void add_options(job const& what);
  void add_input(detector_input const& input, std::string const& which);
  std::string const* find(std::string const& name) const;

  std::vector<std::pair<std::string, std::string>> items_;
};

}  // namespace xrdct
