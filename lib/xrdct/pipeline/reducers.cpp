#include "xrdct/pipeline/reducers.hpp"

#include "xrdct/comm/agreement.hpp"
#include "xrdct/pipeline/backend.hpp"
#include "xrdct/pipeline/frame_loop.hpp"
#include "xrdct/pipeline/memory_need.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace xrdct {
namespace {

/// Of the one that takes most: they work one after the other.
std::uint64_t working_memory(reducer_list const& reducers) {
  std::uint64_t most = 0;
  for (auto const& reducer : reducers) most = std::max<std::uint64_t>(most, reducer->memory());
  return most;
}

reduction reduction_of(detector_input const& detector, job const& what) {
  return {&detector.matrix, &detector.pixels, what.geometry.errors, what.geometry.reject};
}

/// What a leading rank makes its matrix of; matrices themselves are larger, and computed as fast as they are sent.
struct detector_setup {
  poni geometry;
  corrections pixels;

  void fields(auto& archive) {
    archive(geometry);
    archive(pixels.mask, pixels.dark, pixels.norm, pixels.variance, pixels.dummy, pixels.delta_dummy,
            pixels.exclude_maximum, pixels.exclude_negative, pixels.lowest, pixels.highest, pixels.saturation);
  }
};

void share_setup(detector_input& detector, communicator const& leaders) {
  if (leaders.size() == 1) return;
  detector_setup setup{std::move(detector.geometry), std::move(detector.pixels)};
  leaders.share(setup);
  detector.geometry = std::move(setup.geometry);
  detector.pixels = std::move(setup.pixels);
}

/// Rank 0 has had one from the start.
void complete_matrix(detector_input& detector, integration_options const& options, job const& what) {
  if (!detector.matrix.offsets.empty()) return;
  detector.matrix =
      make_integration(detector.geometry, options, detector.pixels.mask, threads_to_set_up(what.run)).matrix;
}

void drop_setup(detector_input& detector) {
  detector.matrix = {};
  detector.pixels.dark = {};
  detector.pixels.norm = {};
  detector.pixels.variance = {};
  detector.geometry.detector.corners.reset();
}

}  // namespace

reducer_list make_reducers(measurement const& m, job const& what, device& backend) {
  reducer_list all;
  for (auto const& detector : m.detectors)
    all.push_back({{}, backend.make_reducer(reduction_of(detector, what), detector.stack.format)});
  return all;
}

reducer_list make_reducers(measurement& m, job const& what, device& backend, communicator const& ranks,
                           node_ranks const& nodes) {
  reducer_list all;
  for (auto& detector : m.detectors) {
    together(ranks, [&] {
      if (nodes.leads()) share_setup(detector, nodes.leaders);
    });
    all.push_back(together(ranks, [&] {
      detector_reducer made;
      made.tables = node_memory::make(nodes.node, [&](node_memory::source const& memory) {
        complete_matrix(detector, m.integration, what);
        backend.make_tables(reduction_of(detector, what), detector.stack.format, memory);
        drop_setup(detector);
      });
      return made;
    }));
    together(ranks, [&] { all.back().reducer = backend.make_reducer(all.back().tables.bytes()); });
  }
  return all;
}

std::uint64_t common_batch(reducer_list const& reducers, measurement const& m, std::optional<int> const& asked) {
  auto batch = std::numeric_limits<std::uint64_t>::max();
  for (std::size_t i = 0; i < reducers.size(); ++i)
    batch = std::min(batch, choose_batch(*reducers[i], m.detectors[i].stack, asked));
  return batch;
}

namespace {

std::uint64_t most_batches_at_once(reducer_list const& reducers) {
  std::uint64_t most = 1;
  for (auto const& made : reducers) most = std::max<std::uint64_t>(most, made->batches_at_once());
  return most;
}

}  // namespace

std::uint64_t memory_to_reduce(measurement const& m, reducer_list const& reducers, exchange_plan const& plan,
                               int rank) {
  auto const slice = plan.frames[static_cast<std::size_t>(rank)];
  auto const at_once = most_batches_at_once(reducers);
  auto const at_work = slice.count > 0 ? working_memory(reducers) + batch_memory(m, slice, plan.batch, at_once) : 0;
  return memory_for_patterns(plan, rank, m.scan.entries()) + scratch_bytes(m, plan.batch, at_once) + at_work;
}

}  // namespace xrdct
