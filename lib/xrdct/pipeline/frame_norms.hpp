#pragma once
/// \file What divides a frame's intensities besides the monitor: what the sample lets through, how long it was exposed.

#include "xrdct/io/result_file.hpp"
#include "xrdct/pipeline/frame_values.hpp"
#include "xrdct/pipeline/job.hpp"
#include "xrdct/pipeline/measurement.hpp"

namespace xrdct {

/// A monitor behind the sample: the norm is multiplied by T = (reading / monitor) / (the same in air), so that
/// intensities are those of a sample that does not absorb; where no monitor is used, by reading / reading in air, which
/// follows the beam as well. The value in air is --transmission-reference, or the median over the frames of --air, or
/// the median of the largest twentieth; a log line says which. A reading ≤ 0 or not finite makes the frame bad as a
/// monitor's does. Sets transmission. Throws input_error for such a frame unless bad frames are skipped.
void use_transmission(measurement& m, frame_values& values, job const& what);

/// The norm is multiplied by exposure / its median; likewise. Sets exposure.
void use_exposure(measurement& m, frame_values& values, job const& what);

/// Norms that float32 cannot hold, or only with fewer digits, are refused as bad monitors are: 10⁻²⁵ to 10²⁵ is good.
/// Then says in a log line how the monitor drifts.
void check_norms(measurement& m, job const& what);

/// "63321.5 to 105295, -39.8 % from the first tenth of the scan to the last": of the usable values; "constant".
std::string describe_drift(std::vector<double> const& monitor);

/// transmission and exposure in /entry/frames, which exists, and which frames are air.
void write_norms(nexus_file& file, measurement const& m);

}  // namespace xrdct
