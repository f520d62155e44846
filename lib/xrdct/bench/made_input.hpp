#pragma once
/// \file Made frames in a file, to be read like a user's own.

#include "xrdct/bench/options.hpp"
#include "xrdct/bench/temporary_folder.hpp"
#include "xrdct/simulation/powder_scan.hpp"

#include <optional>
#include <string>

namespace xrdct {

/// Files in a temporary folder, unless they are to be kept.
class made_input {
 public:
  /// Makes the frames with `threads` threads. Throws usage_error for options that make no frames or files that are
  /// there already, runtime_failure where writing fails.
  made_input(bench_options const& options, int threads);

  powder_scan_files const& files() const { return files_; }
  double ratio() const { return ratio_; }    ///< bytes of pixels over compressed bytes
  double counts() const { return counts_; }  ///< expected in the brightest ring
  /// What was made, in words.
  std::string const& description() const { return description_; }

 private:
  std::optional<temporary_folder> folder_;
  powder_scan_files files_;
  double ratio_ = 0;
  double counts_ = 0;
  std::string description_;
};

}  // namespace xrdct
