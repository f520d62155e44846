#pragma once
/// \file How long a job will take on this machine, from doing a little of it.

#include "xrdct/kernels/device.hpp"
#include "xrdct/pipeline/measurement.hpp"
#include "xrdct/pipeline/reducers.hpp"
#include "xrdct/pipeline/tomogram.hpp"

#include <cstdint>

namespace xrdct {

/// Frames per second and stored bytes per second of one detector; 0: not measured.
struct frame_rate {
  double frames = 0;
  double bytes = 0;
  std::uint64_t measured = 0;  ///< on how many frames that is based
};

/// Reads frames of one detector from some places of the scan, undecoded, one after the other, for about so many
/// seconds. Serial; the only one who calls HDF5 meanwhile.
frame_rate time_reading(detector_input const& detector, double seconds);

/// Reads and reduces likewise by the loop of the reduce stage, batches read ahead.
frame_rate time_reducing(measurement const& m, std::size_t detector, frame_reducer& reducer, std::uint64_t batch,
                         double seconds);

/// Seconds that filtering and back-projecting all channels of all layers take, and errors where wanted: measured for
/// about so many seconds on as many channels and rows as that allows, of a sinogram of the plan's shape, then scaled.
/// Of an iterative algorithm, all channels are taken to need all iterations, and there are no errors.
double time_tomogram(tomogram_plan const& plan, device& backend, bool errors, double seconds);

}  // namespace xrdct
