#pragma once
/// \file Frames in batches, read ahead by threads, undecoded.

#include "xrdct/io/frame_stack.hpp"
#include "xrdct/kernels/frame_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <memory_resource>
#include <optional>
#include <vector>

namespace xrdct {

/// Reads single frames of a stack, which outlives it. Keeps the files it needs open (a bounded number). HDF5 is called
/// by one thread of a process at a time: so is this.
class frame_reader {
 public:
  explicit frame_reader(frame_stack const& stack);
  ~frame_reader();
  frame_reader(frame_reader&&) noexcept;
  frame_reader& operator=(frame_reader&&) noexcept;

  /// Puts the frame's bytes, as stored, into `bytes` (resized; its capacity is reused) and says whether filters were
  /// skipped. What cannot be delivered in the stack's encoding (an odd chunk shape, another filter, another encoding
  /// than the rest) is decoded here and delivered raw, with bit 0 of `filter_mask` set. `bytes` are empty unless the
  /// status is ok: missing; unreadable (file gone, changed or broken); truncated (the file was cut meanwhile);
  /// lying_header (a chunk of more than 4 times the frame's size); corrupt (HDF5's filters refuse it, or it is in an
  /// image file that does not decode); wrong_checksum. Never throws on account of a file; throws input_error for a
  /// frame that the stack does not have.
  frame_status read(std::uint64_t frame, frame_buffer& bytes, std::uint32_t& filter_mask);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// Memory that a stream takes for a frame of so many bytes: the next one there may be a little longer.
constexpr std::uint64_t room_for_frame(std::uint64_t bytes) { return bytes + bytes / 16; }

/// Consecutive frames and the memory that holds them.
struct frame_batch {
  std::vector<frame> frames;         ///< `bytes` point into `storage`
  std::vector<frame_status> status;  ///< ok, or why there are no bytes
  std::vector<frame_buffer> storage;
  std::uint64_t bytes = 0;  ///< read for it
  double seconds = 0;       ///< of reading, of all threads together
};

/// Reads frames [first, first + count) in order, in batches of `batch`, at most `ahead` batches (at least 1) before
/// they are asked for: so many are there at a time besides those that next() gave away. Memory that was given back is
/// used before new memory is taken; with `most`, which is more than `ahead`, no more batches than that ever exist, and
/// whoever keeps all of them must give one back before asking for the next. Frames of HDF5 files are read by one
/// thread, as nobody else may call HDF5 until the stream ends or is destroyed; those of a stack of image files alone by
/// `readers`. The stack outlives the stream.
class frame_stream {
 public:
  frame_stream(frame_stack const& stack, std::uint64_t first, std::uint64_t count, std::size_t batch, std::size_t ahead,
               std::size_t readers = 1, std::size_t most = std::numeric_limits<std::size_t>::max());
  struct limits {
    std::size_t batch = 1, ahead = 1, readers = 1;
    std::size_t most = std::numeric_limits<std::size_t>::max();
    /// Where frames are put: it outlives the stream and all that next() gave away, and several threads call it.
    std::pmr::memory_resource* memory = std::pmr::new_delete_resource();
  };
  /// Nothing yet: frames are told later, by add().
  frame_stream(frame_stack const& stack, limits const& how);
  ~frame_stream();
  frame_stream(frame_stream const&) = delete;
  frame_stream& operator=(frame_stream const&) = delete;

  /// More frames to be read, [first, first + count), after those that it knows. No batch goes beyond them.
  void add(std::uint64_t first, std::uint64_t count);
  /// Nothing is added any more.
  void close();

  /// The next batch, or nothing at the end; waits for it, so that it is not to be called where all that was added was
  /// given and the stream is not closed. Rethrows what a reading thread could not handle.
  std::optional<frame_batch> next();
  /// Gives a batch's memory back for use by a later one.
  void recycle(frame_batch&& used);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace xrdct
