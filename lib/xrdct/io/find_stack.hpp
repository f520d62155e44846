#pragma once
/// \file Everything in an HDF5 file that can be a stack of frames.

#include "xrdct/io/hdf5.hpp"

#include <algorithm>
#include <compare>
#include <cstdint>
#include <functional>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xrdct {

/// The name of a group in which ESRF's BLISS writes one scan: "3.1", or "SAMPLE_DATASET_3.1" in an overview file.
struct scan_entry {
  std::string prefix;        ///< "SAMPLE_DATASET_", or ""
  std::uint64_t number = 0;  ///< of the scan
  std::uint64_t part = 0;    ///< 1, or 2 for what was read at another pace during the same scan

  auto operator<=>(scan_entry const&) const = default;
};

/// Nothing where the name (without slashes) is not of this kind.
std::optional<scan_entry> parse_scan_entry(std::string_view name);

/// A dataset or a group of datasets data_000001, … with its extent: [frames][rows][columns], [a][b][rows][columns]
/// and so on, or [rows][columns].
struct stack_candidate {
  std::string path;  ///< as seen from the file that was asked for
  std::vector<hsize_t> extent;

  bool is_stack() const { return extent.size() > 2; }
  bool is_empty() const { return std::find(extent.begin(), extent.end(), hsize_t(0)) != extent.end(); }
  /// Of all axes before the rows. Wraps where a file declares more than there can be.
  hsize_t frames() const { return std::accumulate(extent.begin(), extent.end() - 2, hsize_t(1), std::multiplies<>()); }
  hsize_t pixels() const { return extent[extent.size() - 2] * extent.back(); }
};

/// All of them, through links of all kinds, each once. In a scan entry of BLISS the measurement is looked at first, and
/// what one entry shows to be no stack is not looked at in the next, so that a thousand entries take less than a
/// second. Throws input_error where the file is none of HDF5, or holds too many objects to look at.
/// `of_other_types`: what would be frames if its numbers were such as pixels have.
std::vector<stack_candidate> stack_candidates(std::string const& file,
                                              std::vector<stack_candidate>* of_other_types = nullptr);

/// "'/entry/data' [10][20][30], '/other' [4][20][30], …"
std::string list_of(std::vector<stack_candidate> const& candidates);

}  // namespace xrdct
