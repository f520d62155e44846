#include "xrdct/pipeline/memory_need.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/memory.hpp"
#include "xrdct/base/progress.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/pipeline/run_record.hpp"

#include <algorithm>
#include <span>

namespace xrdct {

std::uint64_t memory_for_patterns(exchange_plan const& plan, int rank, std::uint64_t entries) {
  constexpr std::uint64_t value = pattern_quantities * sizeof(float);
  auto const own = static_cast<std::size_t>(rank);
  auto const reduced = plan.frames[own].count * plan.channels * value;
  if (plan.rounds == 0) return reduced;
  auto const slab = plan.slabs[own].count * value;
  if (plan.frames.size() == 1) return reduced + entries * slab;  // what is reduced is what is received
  return plan.frame_count() * slab + std::max(reduced, entries * slab);
}

void require_memory(communicator const& ranks, std::uint64_t mine, memory_words const& words) {
  auto const node = ranks.node();
  std::uint64_t needed = mine;
  node.sum(std::span(&needed, 1));
  together(ranks, [&] {
    auto const there = available_memory();
    if (needed <= there) return;
    throw runtime_failure("out of memory: " + words.need + " " + bytes_text(static_cast<double>(needed)) + " on " +
                          host_name() + ", which has " + bytes_text(static_cast<double>(there)) + " left; " +
                          words.way_out);
  });
}

}  // namespace xrdct
