#pragma once
/// \file Whether a job fits into memory, asked before it is begun: a machine that runs out of it kills without a word.

#include "xrdct/comm/communicator.hpp"
#include "xrdct/comm/pattern_exchange.hpp"

#include <cstdint>
#include <string>

namespace xrdct {

/// Bytes that a rank holds at most of patterns and of the sinogram, whose entries are `entries` (0: none is made).
std::uint64_t memory_for_patterns(exchange_plan const& plan, int rank, std::uint64_t entries);

/// Collective. Throws runtime_failure on all ranks where the ranks of a node need more than it has, all together.
/// `whose` begins what a user reads.
void require_memory(communicator const& ranks, std::uint64_t mine, std::string const& whose = "the patterns need");

}  // namespace xrdct
