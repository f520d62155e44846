#pragma once
/// \file Sums over ranks that have the same bits whatever the number of ranks.

#include "xrdct/comm/communicator.hpp"

#include <span>

namespace xrdct {

/// Collective over the first `workers` ranks, a power of two, which all pass as many values; for others it is none of
/// their business. Everyone's values ← the sums over these ranks, made in a binary tree: (0+1)+(2+3)…. Every rank sends
/// and receives about 2·(1 − 1/workers) times the values: halves are exchanged and added until each rank has a part of
/// the sums, then parts are gathered (Rabenseifner, ICCS 2004, section 3).
void tree_sum(communicator const& ranks, int workers, std::span<float> values);
void tree_sum(communicator const& ranks, int workers, std::span<double> values);

}  // namespace xrdct
