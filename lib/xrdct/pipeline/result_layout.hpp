#pragma once
/// \file What a result file says of itself: groups, axes, attributes, and how the run was made. Rank 0 writes it.

#include "xrdct/io/result_file.hpp"
#include "xrdct/pipeline/checkpoints.hpp"
#include "xrdct/pipeline/job.hpp"
#include "xrdct/pipeline/measurement.hpp"
#include "xrdct/pipeline/reduce_stage.hpp"
#include "xrdct/pipeline/run_record.hpp"
#include "xrdct/pipeline/tomogram.hpp"

#include <string>
#include <vector>

namespace xrdct {

/// The axes of the bins in every array of a result: the channels', and where azimuths are divided the sectors'.
struct channel_axis {
  std::string name;  ///< "q", "two_theta" or "radius"
  std::string unit;
  std::vector<double> centres;
  std::vector<double> azimuth;  ///< centres of the sectors, in degrees; empty: none, and no axis of them

  bin_layout bins() const { return {centres.size(), azimuth.size()}; }
  void fields(auto& archive) { archive(name, unit, centres, azimuth); }
};

channel_axis channel_axis_of(job const& what, measurement const& m);

// Where there are sectors, arrays have an axis "azimuth" more: before the rotation or y, but after the frame. Where
// there are several layers, sinogram and tomogram have an axis "layer" more, first of all.

/// /entry, with the group that is shown first ("tomogram").
void lay_out_entry(nexus_file& file, std::string const& shown, std::string const& title);

/// /entry/sinogram, ready to be filled: intensity, intensity_errors if `errors`, normalization, count; and the mean
/// positions of its entries, [layer][rotation][translation].
void lay_out_sinogram(nexus_file& file, scan_plan const& scan, channel_axis const& channels, bool errors);

/// /entry/tomogram, ready to be filled: intensity, intensity_errors if `errors` and the algorithm gives them.
void lay_out_tomogram(nexus_file& file, tomogram_plan const& plan, std::string const& translation_unit,
                      channel_axis const& channels, bool errors);

/// /entry/patterns, ready to be filled: intensity, intensity_errors if `errors`, and the sums that they are made of.
void lay_out_patterns(nexus_file& file, std::uint64_t frames, channel_axis const& channels, bool errors);

/// /entry/frames.
void write_frames(nexus_file& file, measurement const& m, frame_records const& records);

/// /entry/process. `m` is none where no frames were reduced.
void write_process(nexus_file& file, job const& what, run_record const& run, measurement const* m);

/// What goes there of attempts to reduce frames, this one last: how many each reduced, and how many sums of frames it
/// kept for the others.
void write_attempts(nexus_file& file, checkpoints const& kept, std::uint64_t reduced, int ranks);

}  // namespace xrdct
