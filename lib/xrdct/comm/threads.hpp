#pragma once
/// \file How many threads a rank may start.

#include "xrdct/comm/communicator.hpp"

namespace xrdct {

/// Collective. The cores that this rank may use by its affinity, shared evenly among the ranks of its node that may use
/// the same ones; at least 1.
int default_threads(communicator const& ranks);

}  // namespace xrdct
