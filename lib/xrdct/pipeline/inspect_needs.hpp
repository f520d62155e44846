#pragma once
/// \file What a reconstruction takes: the size of its result, memory, disk, time.

#include "xrdct/kernels/device.hpp"
#include "xrdct/pipeline/inspection.hpp"
#include "xrdct/pipeline/measurement.hpp"
#include "xrdct/pipeline/reducers.hpp"
#include "xrdct/pipeline/tomogram.hpp"

#include <vector>

namespace xrdct {

/// The arrays of a result of reconstruct; or of integrate, where there is no plan of a scan.
std::vector<array_found> result_arrays(job const& what, measurement const& m, tomogram_plan const* tomogram);

/// Who asks: all ranks, and those of them on this machine.
struct rank_count {
  int all = 1;
  int here = 1;
};

/// Called by who has set up the geometry and made reducers of it: what this process has taken until now counts for a
/// rank of every node, if it is more than what follows. (Of several detectors, it is up to all their tables too much:
/// a run drops the matrix of one before it makes the tables of the next.)
/// `tomogram` may be none; what reconstructing takes counts, if that is more than reducing does. Where `keeps` is set,
/// iterations are kept while they go on.
memory_found memory_needed(measurement const& m, reducer_list const& reducers, std::uint64_t batch, rank_count ranks,
                           tomogram_plan const* tomogram, chunk_compression how, bool keeps);

disk_found disk_needed(job const& what, std::vector<array_found> const& results);

/// Measured for about `seconds` on frames of the input. `m` may be without geometry: then it is given one that sums up
/// all pixels, and no tomogram is timed. `tomogram` may be none.
time_found time_needed(job const& what, measurement& m, device& backend, tomogram_plan const* tomogram, double seconds);

}  // namespace xrdct
