#pragma once
/// \file What is done to a sinogram, or found out from it, between its assembly and its reconstruction.

#include "xrdct/comm/communicator.hpp"
#include "xrdct/io/result_file.hpp"
#include "xrdct/pipeline/job.hpp"
#include "xrdct/pipeline/tomogram.hpp"
#include "xrdct/tomo/line_shifts.hpp"
#include "xrdct/tomo/rotation_axis.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace xrdct {

/// What was found and done.
struct sinogram_corrections {
  std::uint64_t emptied = 0;                ///< values that no pixel was left for
  std::optional<found_axis> axis;           ///< with --axis auto
  std::optional<std::uint64_t> hot_values;  ///< with --despike
  std::uint64_t values = 0;                 ///< that were judged
  std::optional<std::uint64_t> stripes;     ///< with --destripe: translations of channels
  std::vector<line_shifts> lines;           ///< with --align: one a layer, of the rotations with any frame
};

/// The positions of the sinogram's columns.
struct translation_axis {
  std::vector<double> positions;
  std::string unit;
};

/// Collective. Alters the sinograms of all layers as the options say, and finds the rotation axis, which the plan then
/// has, where it is asked for; where it is not given either, a middle that is obviously wrong is warned of. Rank 0 says
/// what was found. Throws agreed_error.
sinogram_corrections correct_sinogram(tomogram_plan& plan, job const& what, translation_axis const& translation,
                                      std::vector<slab_to_fill> const& layers, communicator const& ranks);

/// Into /entry/tomogram: the axis, how it was found, and what was corrected.
void write_corrections(nexus_file& file, tomogram_plan const& plan, sinogram_corrections const& done,
                       std::string const& translation_unit);

}  // namespace xrdct
