#pragma once
/// \file How published programs share out the frames of a scan among the cores of a machine.

#include "xrdct/bench/options.hpp"
#include "xrdct/kernels/frame.hpp"
#include "xrdct/pipeline/job.hpp"
#include "xrdct/pipeline/measurement.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace xrdct {

/// Reads and reduces the first frames of a measurement with one detector.
struct layout_runner {
  virtual ~layout_runner() = default;
  /// Frames [0, frames) to patterns [frame][quantity][channel], with the norms of frames in them as the reduce stage
  /// has it. Throws input_error at a frame that cannot be used.
  virtual void reduce(std::uint64_t frames, std::span<float> patterns) = 0;
};

/// Frame after frame: the blocks of its chunk are decoded in parallel by liblz4 and unshuffled, its pixels corrected in
/// parallel, and its bins summed in parallel, with the matrix by bins (compressed sparse rows). What pyFAI's and other
/// published loops do. Chunks of other encodings are decoded by one thread. Throws usage_error where the job asks for
/// rejection or azimuthal errors, which it does not have.
std::unique_ptr<layout_runner> make_serial_layout(measurement const& m, job const& what, int threads);

/// The reduce stage of one rank without MPI: a thread that reads, and the job's backend with this many threads.
std::unique_ptr<layout_runner> make_pool_layout(measurement const& m, job const& what, int threads);

}  // namespace xrdct
