#pragma once
/// \file The reducers of a measurement's detectors, and the memory that reducing takes.

#include "xrdct/comm/pattern_exchange.hpp"
#include "xrdct/kernels/device.hpp"
#include "xrdct/pipeline/job.hpp"
#include "xrdct/pipeline/measurement.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace xrdct {

/// One a detector.
using reducer_list = std::vector<std::unique_ptr<frame_reducer>>;

reducer_list make_reducers(measurement const& m, job const& what, device& backend);

/// Frames at a time that suit every detector, or as many as asked for. Throws usage_error for fewer than 1.
std::uint64_t common_batch(reducer_list const& reducers, measurement const& m, std::optional<int> const& asked);

/// Bytes that a rank takes, from when its reducers are made until the sinogram is assembled: those that must be there.
std::uint64_t memory_to_reduce(measurement const& m, reducer_list const& reducers, exchange_plan const& plan, int rank);

}  // namespace xrdct
