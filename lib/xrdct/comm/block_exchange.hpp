#pragma once
/// \file Frame blocks become channel slabs: as pattern_exchange.hpp, where nobody knows before who reduces which
/// frames.

#include "xrdct/comm/communicator.hpp"
#include "xrdct/comm/layout.hpp"
#include "xrdct/comm/mapped_memory.hpp"

#include <cstdint>
#include <list>
#include <span>
#include <vector>

namespace xrdct {

/// The blocks that frames are cut into, and who has which channels after; the same on all ranks.
struct block_plan {
  std::vector<frame_range> blocks;  ///< all frames, in order; fewer than 32768, as messages are told apart by them
  std::vector<channel_slab> slabs;  ///< of every rank
  std::uint64_t channels = 0;       ///< in all

  std::uint64_t frame_count() const { return blocks.empty() ? 0 : blocks.back().first + blocks.back().count; }
};

/// One exchange, start to end. Every block comes from the rank that reduced it, whoever that is: receivers know where
/// it belongs by its number. Once open() was called on all ranks, some rank must send or abandon() each block, so that
/// every receive meets its message. Used by the main thread.
class block_exchange {
 public:
  /// Takes the memory for what is received, and addresses for what is reduced; communicates nothing. `ranks` must be
  /// used by nobody else meanwhile (communicator::duplicate).
  block_exchange(communicator const& ranks, block_plan plan);
  ~block_exchange();
  block_exchange(block_exchange const&) = delete;
  block_exchange& operator=(block_exchange const&) = delete;

  /// Starts to receive.
  void open();
  /// Patterns of all frames, zeros: [frame][quantity][channel]. Memory is taken only for those that are written to.
  std::span<float> mine();
  /// This rank's block is complete, and goes to all.
  void send(std::size_t block) { send(block, false); }
  /// This rank's block will not come: an empty message goes in its place.
  void abandon(std::size_t block) { send(block, true); }
  /// Moves messages on. True when all of mine have gone and those of all blocks have come.
  bool poll();
  /// When poll() is true: the patterns of all frames in the channels of my slab, [frame][quantity][channel of slab].
  std::vector<float> take_received();

 private:
  void send(std::size_t block, bool empty);

  communicator ranks_;
  block_plan plan_;
  mapped_memory mine_;
  std::vector<float> received_;
  std::vector<MPI_Request> requests_;
  std::vector<int> indices_;  // scratch of poll()
};

}  // namespace xrdct
