#pragma once
/// \file Memory that one rank of a node fills and all ranks of it read, without a copy for each.

#include "xrdct/comm/communicator.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace xrdct {

/// How ranks of a node come to the same memory.
enum class node_sharing {
  alone,       ///< there is one rank: its own memory
  descriptor,  ///< a file without a name, opened through its owner in /proc: nothing is left behind by whoever dies
  name,        ///< POSIX shared memory, whose name is gone when all have opened it
  copies,      ///< not at all: every rank has its own
};

/// Read-only once it is made, 64-byte aligned, at an address of its own on every rank.
class node_memory {
 public:
  /// Gives `n` bytes (zeros) to write to.
  using source = std::function<std::span<std::byte>(std::size_t n)>;
  /// Whether a rank may try a way; for tests, which cannot do without /proc or /dev/shm.
  using permission = std::function<bool(node_sharing way, int rank)>;

  node_memory();
  node_memory(node_memory&& other) noexcept;
  node_memory& operator=(node_memory&& other) noexcept;
  ~node_memory();

  /// Collective over the ranks of a node. On rank 0 `fill` is called, which calls its argument at most once. The ways
  /// are tried in the order above; a warning tells where it comes to copies. All throw the same agreed_error where
  /// `fill` throws, or where there is no memory.
  static node_memory make(communicator const& node, std::function<void(source const& memory)> const& fill,
                          permission const& may = {});

  std::span<std::byte const> bytes() const;
  node_sharing way() const;

 private:
  struct state;
  explicit node_memory(std::unique_ptr<state> made);
  std::unique_ptr<state> state_;
};

}  // namespace xrdct
