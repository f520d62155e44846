#pragma once
/// \file From encoded frames to patterns: the interface every backend implements.

#include "xrdct/kernels/reduction.hpp"

#include <memory>
#include <memory_resource>
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

  /// How many batches it works on at a time: so many, and one that is ready, keep the device busy.
  virtual std::size_t batches_at_once() const { return 1; }

  /// Bytes of main memory that it may still take while it works, beyond what it has from the start: an upper estimate,
  /// the same before the first frame and later.
  virtual std::size_t memory() const = 0;

  /// Memory for the bytes of frames (see frame_buffer). A device that is not the processor copies them from there by
  /// itself, while the host goes on; those that lie elsewhere the host has to copy first. Any thread may use it. It
  /// takes long to get and to give back, so that it is to be used again; all of it is given back before the reducer
  /// goes. Throws std::bad_alloc where there is no more of it, and std::runtime_error where the device fails.
  virtual std::pmr::memory_resource& frame_memory() { return *std::pmr::new_delete_resource(); }
};

}  // namespace xrdct
