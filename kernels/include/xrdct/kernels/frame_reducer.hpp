#pragma once
/// \file From encoded frames to patterns: the interface every backend implements.

#include "xrdct/kernels/reduction.hpp"

#include <memory>
#include <span>

namespace xrdct {

/// The end of something that was started. Destroying it waits as well.
struct done {
  virtual ~done() = default;
  /// Returns when the results are there. Throws what went wrong with the device (never with a frame).
  virtual void wait() = 0;
  /// Whether it is known that wait() will return at once: the caller can use the results, and the memory of what was
  /// given, before anything else is started.
  virtual bool is_over() const { return false; }
};

/// Decodes and integrates frames. Results depend only on the frame itself, to the bit: not on the batch it comes in,
/// its place in the batch, or the number of threads.
struct frame_reducer {
  virtual ~frame_reducer() = default;

  /// Starts to turn `frames[i]` into row i of `into`. Frames' bytes and the rows must outlive the returned object.
  /// A frame that cannot be decoded gets a status and rows of zeros; it never throws and never disturbs another.
  /// A status that is not `ok` on entry is kept, and the frame is not looked at.
  virtual std::unique_ptr<done> submit(std::span<frame const> frames, patterns into) = 0;

  /// The number of frames that use the device well: a batch should be a multiple of it.
  virtual std::size_t preferred_batch() const = 0;

  /// Bytes of main memory that it may still take while it works, beyond what it has from the start: an upper estimate,
  /// the same before the first frame and later.
  virtual std::size_t memory() const = 0;
};

}  // namespace xrdct
