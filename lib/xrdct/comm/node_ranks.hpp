#pragma once
/// \file Ranks by the machine they run on.

#include "xrdct/comm/communicator.hpp"

#include <utility>

namespace xrdct {

/// Collective to make.
struct node_ranks {
  communicator node;     ///< those of this node
  communicator leaders;  ///< of leading ranks: rank 0 of every node, rank 0 of all first; others have no use for it

  explicit node_ranks(communicator const& all) : node_ranks(all, all.node()) {}
  /// With other nodes than those there are, for tests.
  node_ranks(communicator const& all, communicator own) : node(std::move(own)), leaders(all.split(leads() ? 0 : 1)) {}
  bool leads() const { return node.root(); }
};

}  // namespace xrdct
