#pragma once
/// \file A device as backends see it: memory, queues of work, and kernels that are launched.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace xrdct::lanes {

/// Where in a launch a group of lanes is: the groups of a block share memory and meet between phases.
struct block_place {
  std::size_t block = 0;
  std::uint32_t group = 0;
};

/// What a kernel is, by example. It is passed by value and holds pointers to memory of the device; its phases run one
/// after the other in all groups of a block, with a barrier in between, and in no order among blocks.
struct kernel_example {
  static constexpr std::uint32_t groups = 4;  ///< of a block
  static constexpr int phases = 1;
  /// Of memory that the groups of a block share, 16-byte aligned; what is in it at the start is undefined.
  std::size_t shared_bytes() const { return 0; }
  template <int phase, class G>
  void run(G const& lanes, block_place at, std::byte* shared) const;
};

/// An engine has
///   - array<T>: memory of the device, owned, to be moved not copied; data(), size()
///   - staging<T>: memory of the host that copies to and from the device are fast with; data(), size(), span()
///   - queue: work that is done in order, while the host goes on; whoever destroys it waits for the end
///   - mark: a place in a queue
/// All throw std::bad_alloc where memory is out, and std::runtime_error with what the device says of anything else.
template <class E>
concept engine = requires(E const& e, std::size_t n, typename E::queue& queue, typename E::mark const& mark,
                          std::span<float const> from, std::span<float> to, float* memory) {
  { e.template make<float>(n) } -> std::same_as<typename E::template array<float>>;
  { e.template make_staging<float>(n) } -> std::same_as<typename E::template staging<float>>;
  { e.make_queue() } -> std::same_as<typename E::queue>;
  /// What a user is told of it.
  { e.description() } -> std::same_as<std::string>;
  /// Bytes of the device's memory that this process may use.
  { e.memory() } -> std::same_as<std::size_t>;
  /// Memory of the host that a group's block may share.
  { e.most_shared_bytes() } -> std::same_as<std::size_t>;
  /// Begins what a thread does with the device, unless it made the engine.
  {e.use()};
  /// Names what the host does until the returned object goes, for those who look at a profile.
  {e.range("text")};
  // The host's memory is not to be touched before the queue got there.
  {queue.copy_in(from, memory)};
  {queue.copy_out(static_cast<float const*>(memory), to)};
  {queue.copy(static_cast<float const*>(memory), memory, n)};
  {queue.clear(memory, n)};
  // queue.launch(blocks, kernel)
  { queue.put_mark() } -> std::same_as<typename E::mark>;
  {queue.wait_for(mark)};  ///< what follows in this queue runs after the mark of another
  {queue.synchronize()};
  {mark.synchronize()};
  { mark.is_over() } -> std::same_as<bool>;
};

}  // namespace xrdct::lanes
