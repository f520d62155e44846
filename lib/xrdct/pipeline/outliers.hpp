#pragma once
/// \file Frames that stick out of a scan: said, and never left out.

#include "xrdct/io/result_file.hpp"
#include "xrdct/pipeline/measurement.hpp"
#include "xrdct/pipeline/reduce_stage.hpp"

#include <cstdint>
#include <vector>

namespace xrdct {

/// Bits of outliers::flags.
enum outlier_bits : std::uint8_t {
  counts_stick_out = 1,    ///< |score| > outlier_limit
  monitor_sticks_out = 2,  ///< |monitor_score| > outlier_limit
  beam_is_off = 4,         ///< of a rotation with less than half of the usual total, and itself below half
  is_repeated = 8,         ///< the same bytes as the frame before
};

/// One value a frame.
struct outliers {
  std::vector<float> score;          ///< of total counts over the frame's norm (scan/outlier_score.hpp)
  std::vector<float> monitor_score;  ///< likewise, in time; empty: no monitor
  std::vector<std::uint8_t> flags;   ///< outlier_bits
};

/// Collective. Rank 0 finds outliers, tells about them and has them; the others have none.
outliers judge_frames(measurement const& m, frame_records const& records, communicator const& ranks);

/// Serial, by rank 0, after the frames are reduced and nobody reads HDF5: frames whose sum and stored size are those of
/// the one before are read again, up to 200 of them.
outliers find_outliers(measurement const& m, frame_records const& records);

/// One warning for all that is flagged, with the worst frames, and one line about saturated pixels.
void tell_outliers(outliers const& found, measurement const& m, frame_records const& records);

/// outlier_score, monitor_outlier_score and outlier (the flags) in /entry/frames, which exists.
void write_outliers(nexus_file& file, outliers const& found);

}  // namespace xrdct
