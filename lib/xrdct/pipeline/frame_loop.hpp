#pragma once
/// \file The frames of one rank, batch by batch: read ahead, reduced, checked.

#include "xrdct/kernels/frame_reducer.hpp"
#include "xrdct/pipeline/measurement.hpp"
#include "xrdct/pipeline/reduce_stage.hpp"

#include <functional>
#include <optional>
#include <span>

namespace xrdct {

/// Where a rank's time went while it reduced.
struct reduce_seconds {
  double read = 0;    ///< of all threads that read, while others decode and integrate
  double waited = 0;  ///< of that, when there was nothing else to be done
};

/// One rank's part of the reduce stage.
struct frame_slice {
  measurement const& scan;
  frame_range frames;
  std::uint64_t batch = 1;
  bool skip_bad_frames = false;
  std::span<float> patterns;          ///< [frame of slice][quantity][channel], zeros
  frame_records& records;             ///< of the slice
  std::uint32_t readers = 1;          ///< threads that read image files
  reduce_seconds* seconds = nullptr;  ///< to be added to
};

/// Frames of the slice and bytes that are done so far, of this detector → whether to go on.
using after_batch = std::function<bool(std::uint64_t frames, std::uint64_t bytes)>;

/// How many threads of a rank read image files, as asked for, or: of a rank that computes with `threads` as many if
/// they decode too, as this is most of the work; if they only wait for the file system and copy, up to 8, which keep
/// even slow ones busy without needing the cores; at least 2, so that one waits while another copies.
std::uint32_t readers_for(run_options const& run, int threads);

/// How many frames of a detector to reduce at a time: what suits the device, within bounds of memory.
std::uint64_t choose_batch(frame_reducer const& reducer, frame_stack const& stack, std::optional<int> const& asked);

/// Bytes of frames as they are read that a rank holds at a time, of the detector that takes most: the batches that are
/// read and those, `at_once` (frame_reducer::batches_at_once), that are reduced.
std::uint64_t batch_memory(measurement const& m, frame_range slice, std::uint64_t batch, std::uint64_t at_once);

/// Bytes of patterns that are held besides those of the slice.
std::uint64_t scratch_bytes(measurement const& m, std::uint64_t batch, std::uint64_t at_once);

/// Reduces the slice's frames of one detector in order. The first detector's patterns are the slice's; to be called
/// for the others one after the other, as theirs are added to what is there (float32 sums in the order of detectors).
/// A frame that is bad for one detector is so for all, and its rows are zeros. `next` is called after every batch; when
/// it says no, the rest is left out. A device that works on its own has the next batch by then; it is read while those
/// before it are reduced, so that there are no more batches than with a device that does not. Throws input_error at
/// a bad frame unless these are skipped. Returns false where the rest was left out.
bool reduce_slice(frame_slice const& slice, std::size_t detector, frame_reducer& reducer, after_batch const& next);

/// Whoever hands out frames of a slice while they are reduced.
class frame_supply {
 public:
  virtual ~frame_supply() = default;
  /// More frames, counted from the slice's first. Nothing: there are none now; or, where `wait` is set, none any more.
  virtual std::optional<frame_range> next(bool wait) = 0;
};

/// Frames of the slice that were completed since the last call, perhaps none; bytes so far → whether to go on.
using after_frames = std::function<bool(frame_range done, std::uint64_t bytes)>;

/// As reduce_slice(), of those frames of the slice that `supply` hands out, read ahead as far as it does.
bool reduce_supplied(frame_slice const& slice, std::size_t detector, frame_reducer& reducer, frame_supply& supply,
                     after_frames const& next);

}  // namespace xrdct
