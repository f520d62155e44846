#include "xrdct/pipeline/reducers.hpp"

#include "xrdct/pipeline/frame_loop.hpp"
#include "xrdct/pipeline/memory_need.hpp"

#include <algorithm>
#include <limits>

namespace xrdct {
namespace {

/// Of the one that takes most: they work one after the other.
std::uint64_t working_memory(reducer_list const& reducers) {
  std::uint64_t most = 0;
  for (auto const& reducer : reducers) most = std::max<std::uint64_t>(most, reducer->memory());
  return most;
}

}  // namespace

reducer_list make_reducers(measurement const& m, job const& what, device& backend) {
  reducer_list all;
  for (auto const& detector : m.detectors)
    all.push_back(backend.make_reducer({&detector.matrix, &detector.pixels, what.geometry.errors, what.geometry.reject},
                                       detector.stack.format));
  return all;
}

std::uint64_t common_batch(reducer_list const& reducers, measurement const& m, std::optional<int> const& asked) {
  auto batch = std::numeric_limits<std::uint64_t>::max();
  for (std::size_t i = 0; i < reducers.size(); ++i)
    batch = std::min(batch, choose_batch(*reducers[i], m.detectors[i].stack, asked));
  return batch;
}

std::uint64_t memory_to_reduce(measurement const& m, reducer_list const& reducers, exchange_plan const& plan,
                               int rank) {
  bool const has_frames = plan.frames[static_cast<std::size_t>(rank)].count > 0;
  return memory_for_patterns(plan, rank, m.scan.entries()) + scratch_bytes(m, plan.batch) +
         (has_frames ? working_memory(reducers) : 0);
}

}  // namespace xrdct
