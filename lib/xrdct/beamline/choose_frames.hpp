#pragma once
/// \file Which datasets of a file are the frames of the scan.

#include <string>
#include <vector>

namespace xrdct {

/// Datasets (or groups of them, as io's open_stack takes them) that make one stack in this order.
struct frame_choice {
  std::vector<std::string> datasets;
  std::string reason;                 ///< "the only frames", "all entries of one kind", …
  std::vector<std::string> left_out;  ///< what was passed over, and why: for the log and for inspect

  /// "/1.1/measurement/eiger", or "/1.1/measurement/eiger and 11 entries more, to /12.1/measurement/eiger"
  std::string text() const;
};

/// `dataset` is a path, a pattern of paths (path_pattern.hpp), the bare name of a detector ("eiger"), or empty. Without
/// a path: in a file of BLISS entries (N.1), all entries that hold frames of the same detector and shape, scanned with
/// the same motors, in the order of N; entries without a frame are left out and said. Elsewhere, the only stack of the
/// largest images. Throws input_error that lists what there is where it is not one thing that can be meant, with the
/// way out; or where nothing is found.
frame_choice choose_frames(std::string const& file, std::string const& dataset);

}  // namespace xrdct
