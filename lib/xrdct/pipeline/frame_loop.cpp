#include "xrdct/pipeline/frame_loop.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/timer.hpp"
#include "xrdct/io/frame_stream.hpp"
#include "xrdct/pipeline/frame_memory.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

namespace xrdct {
namespace {

// Of a batch of frames as they are read, at most. With 32 frames, as devices usually ask for, two batches take 168 MB,
// three 252 MB: what a rank holds beside them leaves room for that below 400 MB, measured with 4 Mpx and up to 16
// threads. Devices whose threads have frames of their own ask for more, and get more, up to a bound. Where a second
// batch is read ahead for the sake of speed alone, all batches together keep to that bound.
constexpr std::uint64_t batch_bytes_a_frame = std::uint64_t{5} << 19;
constexpr std::uint64_t most_batch_bytes = std::uint64_t{1} << 28;

/// Bytes of the longest of some frames when it is read: what HDF5 decodes is read as pixels, however little of it is
/// stored.
std::uint64_t longest_frame(frame_stack const& stack, frame_range which) {
  if (stack.format.code == encoding::raw) return stack.format.bytes();
  auto const stored = std::span(stack.stored_bytes).subspan(which.first, which.count);
  return stored.empty() ? 0 : *std::ranges::max_element(stored);
}

/// Batches that are read while `at_once` are reduced. One thread that reads is never short of work with one batch;
/// several would wait for the last frame of each. Of batches that are reduced side by side, one ends when the next has
/// hardly been begun: two threads wait for it 4 % of the time, and 0.5 % where two are read ahead (Eiger 4M, measured),
/// if there is room for that.
std::size_t batches_ahead(frame_stack const& stack, std::uint64_t batch, std::uint64_t at_once, std::uint32_t readers) {
  if (stack.of_images() && readers > 1) return 2;
  auto const longest = room_for_frame(longest_frame(stack, {0, stack.frames}));
  return at_once > 1 && (at_once + 2) * batch * longest <= most_batch_bytes ? 2 : 1;
}

/// Where the patterns and records of some frames go.
struct pattern_rows {
  std::span<float> values;  // [frame][quantity][channel]
  std::span<frame_status> status;
  std::span<double> raw_sum;
  std::span<std::uint32_t> saturated;

  patterns shown(std::size_t channels) const {
    auto const stride = pattern_quantities * channels;
    auto const quantity = [&](std::size_t q) {
      return view<float>(values.data() + q * channels, status.size(), channels, stride);
    };
    return {quantity(0), quantity(1), quantity(2), quantity(3), status, raw_sum, saturated};
  }
};

/// Patterns of a batch that are to be added to others.
struct scratch {
  std::vector<float> values;
  frame_records records;

  pattern_rows rows(std::size_t frames, std::size_t channels) {
    values.resize(frames * pattern_quantities * channels);
    records.resize(frames);
    return {values, records.status, records.raw_sum, records.saturated};
  }
};

/// A batch on the device. `running` is destroyed first: it waits, and the device uses the rest.
struct batch_on_device {
  frame_batch batch;
  std::uint64_t first = 0;  // in the slice
  scratch own;              // for the second detector and those after it
  pattern_rows rows;
  std::unique_ptr<done> running;
};

/// One detector's part of a slice.
class detector_slice {
 public:
  detector_slice(frame_slice const& slice, std::size_t detector)
      : slice_(slice), detector_(detector), channels_(static_cast<std::size_t>(slice.scan.channels())) {}

  detector_input const& input() const { return slice_.scan.detectors[detector_]; }

  /// Takes a batch; what is known of its frames before the device looks at them is set.
  batch_on_device begin(frame_batch&& batch, std::uint64_t first, scratch&& spare) {
    batch_on_device work{std::move(batch), first, std::move(spare), {}, nullptr};
    auto const frames = work.batch.frames.size();
    work.rows = detector_ == 0 ? slice_rows(first, frames) : work.own.rows(frames, channels_);
    for (std::size_t i = 0; i < frames; ++i) {
      auto const known =
          detector_ == 0 ? slice_.scan.status[slice_.frames.first + first + i] : slice_.records.status[first + i];
      work.rows.status[i] = known != frame_status::ok ? known : work.batch.status[i];
    }
    return work;
  }
  patterns shown(batch_on_device const& work) const { return work.rows.shown(channels_); }

  /// Waits for a batch, applies norms, adds it to what is there, refuses bad frames.
  void complete(batch_on_device& work) {
    work.running->wait();
    for (std::size_t i = 0; i < work.batch.frames.size(); ++i) {
      auto const frame = work.first + i;
      auto const status = work.rows.status[i];
      if (status == frame_status::ok) use_norm(work, i);
      if (detector_ == 0)
        note_cause(frame);
      else if (slice_.records.status[frame] == frame_status::ok)
        add(work, i);
      if (is_bad(status) && !slice_.skip_bad_frames)
        refuse_frame(input().stack, slice_.frames.first + frame, std::string(describe(status)));
    }
  }

 private:
  std::span<float> row(std::span<float> of, std::uint64_t frame) const {
    auto const length = pattern_quantities * channels_;
    return of.subspan(frame * length, length);
  }
  pattern_rows slice_rows(std::uint64_t first, std::size_t frames) const {
    auto const length = pattern_quantities * channels_;
    return {slice_.patterns.subspan(first * length, frames * length),
            std::span(slice_.records.status).subspan(first, frames),
            std::span(slice_.records.raw_sum).subspan(first, frames),
            std::span(slice_.records.saturated).subspan(first, frames)};
  }
  void use_norm(batch_on_device const& work, std::size_t i) const {
    double const factor = slice_.scan.frame_norm[slice_.frames.first + work.first + i] * input().weight;
    if (factor == 1) return;
    for (auto& norm : row(work.rows.values, i).subspan(2 * channels_, channels_))
      norm = static_cast<float>(norm * factor);
  }
  /// Of the first detector: monitor and position are nobody's fault.
  void note_cause(std::uint64_t frame) const {
    auto const known = slice_.scan.status[slice_.frames.first + frame];
    if (known == frame_status::missing)
      slice_.records.cause[frame] =
          static_cast<std::uint32_t>(missing_from(slice_.scan, slice_.frames.first + frame) + 1);
    else if (known == frame_status::ok && slice_.records.status[frame] != frame_status::ok)
      slice_.records.cause[frame] = 1;
  }
  void add(batch_on_device const& work, std::size_t i) const {
    auto& all = slice_.records;
    auto const frame = work.first + i;
    auto const sum = row(slice_.patterns, frame);
    if (work.rows.status[i] == frame_status::ok) {
      auto const added = row(work.rows.values, i);
      for (std::size_t c = 0; c < sum.size(); ++c) sum[c] += added[c];
      all.raw_sum[frame] += work.rows.raw_sum[i];
      all.saturated[frame] += work.rows.saturated[i];
      return;
    }
    std::fill(sum.begin(), sum.end(), 0.0F);
    all.status[frame] = work.rows.status[i];
    all.raw_sum[frame] = 0;
    all.saturated[frame] = 0;
    all.cause[frame] = static_cast<std::uint32_t>(detector_ + 1);
  }

  frame_slice const& slice_;
  std::size_t detector_;
  std::size_t channels_;
};

}  // namespace

std::uint32_t readers_for(run_options const& run, int threads) {
  constexpr int most_waiting = 8;
  if (run.readers && *run.readers < 1)
    throw usage_error("--readers must be at least 1, not " + std::to_string(*run.readers));
  int const due = run.pool_of_readers ? threads : std::min(threads, most_waiting);
  return static_cast<std::uint32_t>(run.readers.value_or(std::max(2, due)));
}

std::uint64_t choose_batch(frame_reducer const& reducer, frame_stack const& stack, std::optional<int> const& asked) {
  if (asked && *asked < 1) throw usage_error("--batch must be at least 1, not " + std::to_string(*asked));
  if (asked) return static_cast<std::uint64_t>(*asked);
  auto const preferred = std::max<std::uint64_t>(1, reducer.preferred_batch());
  auto const room = std::min(preferred * batch_bytes_a_frame, most_batch_bytes);
  auto const longest = std::max<std::uint64_t>(1, longest_frame(stack, {0, stack.frames}));
  return std::clamp<std::uint64_t>(room / longest, 1, preferred);
}

std::uint64_t batch_memory(measurement const& m, frame_range slice, std::uint64_t batch, std::uint64_t at_once) {
  std::uint64_t most = 0;
  for (auto const& detector : m.detectors) {
    auto const& stack = detector.stack;
    auto const batches = at_once + batches_ahead(stack, batch, at_once, std::numeric_limits<std::uint32_t>::max());
    most = std::max(most, std::min(batches * batch, slice.count) * room_for_frame(longest_frame(stack, slice)));
  }
  return most;
}

std::uint64_t scratch_bytes(measurement const& m, std::uint64_t batch, std::uint64_t at_once) {
  if (m.detectors.size() == 1) return 0;
  auto const batches = at_once + 1;  // those on the device, and one that is added
  return batches * batch * pattern_quantities * m.channels() * sizeof(float);
}

namespace {

/// A supply of all of a slice at once.
class whole_slice final : public frame_supply {
 public:
  explicit whole_slice(std::uint64_t frames) : left_{0, frames} {}
  std::optional<frame_range> next(bool /*wait*/) override {
    if (left_.count == 0) return {};
    return std::exchange(left_, {});
  }

 private:
  frame_range left_;
};

/// A stream, and the supply of what it reads.
class supplied_stream {
 public:
  // A device that works on its own has all batches at times; the next is read when it gives one of them back.
  supplied_stream(frame_slice const& slice, frame_stack const& stack, std::size_t ahead, std::size_t at_once,
                  frame_supply& supply, std::pmr::memory_resource& memory)
      : slice_(slice),
        enough_((ahead + at_once) * slice.batch),
        supply_(supply),
        stream_(stack, {slice.batch, ahead, slice.readers, ahead + at_once, &memory}) {}

  std::optional<frame_batch> next() {
    timer const since_start;
    top_up();
    auto batch = stream_.next();
    if (batch) read_ -= batch->frames.size();
    if (slice_.seconds != nullptr) {
      slice_.seconds->waited += since_start.seconds();
      if (batch) slice_.seconds->read += batch->seconds;
    }
    return batch;
  }
  void recycle(frame_batch&& used) { stream_.recycle(std::move(used)); }

 private:
  /// Waits for more only where nothing is left to be read.
  void top_up() {
    while (!closed_ && read_ < enough_) {
      auto const more = supply_.next(read_ == 0);
      if (!more && read_ > 0) return;
      if (!more) {
        closed_ = true;
        return stream_.close();
      }
      stream_.add(slice_.frames.first + more->first, more->count);
      read_ += more->count;
    }
  }

  frame_slice const& slice_;
  std::uint64_t enough_;    // frames that keep the stream reading while a batch is reduced
  std::uint64_t read_ = 0;  // handed out, and not come back yet
  bool closed_ = false;
  frame_supply& supply_;
  frame_stream stream_;
};

}  // namespace

bool reduce_slice(frame_slice const& slice, std::size_t detector, frame_reducer& reducer, after_batch const& next) {
  if (slice.frames.count == 0) return true;
  whole_slice all(slice.frames.count);
  std::uint64_t complete = 0;
  return reduce_supplied(slice, detector, reducer, all, [&](frame_range done, std::uint64_t bytes) {
    complete += done.count;
    return next(complete, bytes);
  });
}

bool reduce_supplied(frame_slice const& slice, std::size_t detector, frame_reducer& reducer, frame_supply& supply,
                     after_frames const& next) {
  detector_slice part(slice, detector);
  auto const& stack = part.input().stack;
  auto const at_once = std::max<std::size_t>(1, reducer.batches_at_once());
  frame_memory memory(reducer.frame_memory());
  supplied_stream stream(slice, stack, batches_ahead(stack, slice.batch, at_once, slice.readers), at_once, supply,
                         memory);
  std::deque<batch_on_device> begun;  // in the order of frames
  std::vector<scratch> spare;
  std::uint64_t bytes = 0;
  auto const take_spare = [&] {
    if (spare.empty()) return scratch();
    auto taken = std::move(spare.back());
    spare.pop_back();
    return taken;
  };
  auto const finish_first = [&] {
    auto& work = begun.front();
    part.complete(work);
    work.running.reset();
    frame_range const done{work.first, work.batch.frames.size()};
    bytes += work.batch.bytes;
    stream.recycle(std::move(work.batch));
    spare.push_back(std::move(work.own));
    begun.pop_front();
    return next(done, bytes);
  };
  while (auto batch = stream.next()) {
    auto const first = batch->frames.front().id - slice.frames.first;
    auto& work = begun.emplace_back(part.begin(std::move(*batch), first, take_spare()));
    work.running = reducer.submit(work.batch.frames, part.shown(work));
    // One more than the device works on is ready for it; a device that has done all at once wants the next.
    while (begun.size() > at_once || (!begun.empty() && begun.back().running->is_over()))
      if (!finish_first()) return false;
    if (begun.size() <= at_once && !next({}, bytes)) return false;
  }
  while (!begun.empty())
    if (!finish_first()) return false;
  return next({}, bytes);
}

}  // namespace xrdct
