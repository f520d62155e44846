#pragma once
/// \file Whether a job fits into memory, asked before it is begun: a machine that runs out of it kills without a word.

#include "xrdct/comm/communicator.hpp"
#include "xrdct/comm/pattern_exchange.hpp"

#include <cstdint>
#include <string>

namespace xrdct {

/// Bytes that a rank holds at most of patterns and of the sinogram, whose entries are `entries` (0: none is made).
std::uint64_t memory_for_patterns(exchange_plan const& plan, int rank, std::uint64_t entries);

/// What a user reads where memory does not suffice: "the patterns need" (so much), "use more nodes".
struct memory_words {
  std::string need;
  std::string way_out;
};

/// Collective. Throws runtime_failure on all ranks where the ranks of a node need more than it has, all together.
void require_memory(communicator const& ranks, std::uint64_t mine, memory_words const& words);

}  // namespace xrdct
