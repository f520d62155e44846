#pragma once
/// \file Some of a rank's frames in memory, for what is measured without reading.

#include "xrdct/bench/block_table.hpp"
#include "xrdct/bench/thread_team.hpp"
#include "xrdct/io/frame_stack.hpp"
#include "xrdct/scan/plan.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace xrdct {

struct frames_in_memory {
  frame_format format;
  std::vector<std::vector<std::byte>> chunks;
  std::vector<frame> frames;        ///< of `chunks`
  std::vector<block_table> tables;  ///< of chunks that is_lz4(); else empty
  double mean_bytes = 0;            ///< of a chunk
  std::string no_lz4;               ///< why there are no tables
};

/// The first frames of a range that are there, until they take `bytes` or are `most`. Throws input_error where none can
/// be read.
frames_in_memory load_frames(frame_stack const& stack, frame_range range, std::uint64_t bytes, std::uint64_t most);

/// The same decoded, `most` of them at most: chunks are pixels then, the format's code is raw.
frames_in_memory decoded(frames_in_memory const& from, std::uint64_t most);

}  // namespace xrdct
