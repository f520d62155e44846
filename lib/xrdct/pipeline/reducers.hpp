#pragma once
/// \file The reducers of a measurement's detectors, and the memory that reducing takes.

#include "xrdct/comm/node_memory.hpp"
#include "xrdct/comm/node_ranks.hpp"
#include "xrdct/comm/pattern_exchange.hpp"
#include "xrdct/kernels/device.hpp"
#include "xrdct/pipeline/job.hpp"
#include "xrdct/pipeline/measurement.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace xrdct {

/// A reducer and what it reads. Once `reducer` is gone, `tables` may be.
struct detector_reducer {
  node_memory tables;
  std::unique_ptr<frame_reducer> reducer;

  frame_reducer& operator*() const { return *reducer; }
  frame_reducer* operator->() const { return reducer.get(); }
};

/// One a detector.
using reducer_list = std::vector<detector_reducer>;

/// Of this rank alone, which has matrix and corrections.
reducer_list make_reducers(measurement const& m, job const& what, device& backend);

/// Collective. Rank 0 has matrices and corrections. The leading rank of every node makes the tables that the ranks
/// there share, and all drop what these were made of. Throws the same agreed_error on all ranks where one fails.
reducer_list make_reducers(measurement& m, job const& what, device& backend, communicator const& ranks,
                           node_ranks const& nodes);

/// Frames at a time that suit every detector, or as many as asked for. Throws usage_error for fewer than 1.
std::uint64_t common_batch(reducer_list const& reducers, measurement const& m, std::optional<int> const& asked);

/// Bytes that a rank takes, from when its reducers are made until the sinogram is assembled: those that must be there.
std::uint64_t memory_to_reduce(measurement const& m, reducer_list const& reducers, exchange_plan const& plan, int rank);

}  // namespace xrdct
