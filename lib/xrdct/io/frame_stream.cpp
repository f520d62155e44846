#include "xrdct/io/frame_stream.hpp"

#include "xrdct/base/timer.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

namespace xrdct {
namespace {

std::size_t readers_of(frame_stack const& stack, std::size_t asked) {
  bool const images = std::ranges::all_of(stack.segments, &frame_segment::image);
  return images ? std::max<std::size_t>(1, asked) : 1;
}

/// A batch that is being read.
struct open_batch {
  frame_batch batch;
  std::uint64_t first = 0;
  std::size_t claimed = 0;  // frames that a thread reads or has read
  std::size_t done = 0;
  bool failed = false;

  std::size_t size() const { return batch.frames.size(); }
  bool complete() const { return done == size(); }
};

/// How long a frame will be when it is read, as far as its stack knows.
std::uint64_t expected_bytes(frame_stack const& stack, std::uint64_t frame) {
  if (frame >= stack.frames || stack.stored_bytes[frame] == 0) return 0;
  auto const whole = stack.format.bytes();
  return stack.format.code == encoding::raw ? whole : std::min<std::uint64_t>(stack.stored_bytes[frame], 2 * whole);
}

/// Makes memory that held another frame suit one of `bytes`. Left to itself a vector doubles when the next frame is a
/// little longer, and in time all of them would. What one long frame needed is kept: memory that a device reads takes
/// about a millisecond to get and to give back.
void fit(frame_buffer& memory, std::uint64_t bytes) {
  if (memory.capacity() >= bytes) return;
  frame_buffer(memory.get_allocator()).swap(memory);
  try {
    memory.reserve(room_for_frame(bytes));
  } catch (std::bad_alloc const&) {  // whoever reads will see that, and say which frame it is
  }
}

/// Consecutive frames.
struct run_to_read {
  std::uint64_t next = 0;
  std::uint64_t end = 0;
};

/// Frames that one thread reads: [begin, end) of a batch.
struct claim {
  open_batch* from = nullptr;
  std::size_t begin = 0;
  std::size_t end = 0;
};

}  // namespace

struct frame_stream::state {
  state(frame_stack const& s, limits const& how)
      : stack(s),
        batch(std::max<std::size_t>(how.batch, 1)),
        ahead(std::max<std::size_t>(how.ahead, 1)),
        most(std::max(how.most, ahead + 1)),
        readers(readers_of(s, how.readers)),
        memory(how.memory) {}

  /// With fewer threads where the system has no more; one is needed.
  void start() {
    threads.reserve(readers);
    for (std::size_t i = 0; i < readers; ++i) try {
        threads.emplace_back([this] { run(); });
      } catch (std::exception const&) {
        if (threads.empty()) throw;
        return;
      }
  }

  /// A reading thread. If it is the only one, everything HDF5 does happens here.
  void run() {
    claim mine;
    try {
      frame_reader reader(stack);
      while (take(mine)) {
        std::uint64_t bytes = 0;
        timer const since_start;
        for (auto i = mine.begin; i < mine.end && !stopped(); ++i) bytes += read(reader, *mine.from, i);
        give(mine, bytes, since_start.seconds());
      }
    } catch (...) {
      std::lock_guard const lock(mutex);
      if (!problem) problem = std::current_exception();
      (mine.from != nullptr ? mine.from->failed : lost) = true;
      room.notify_all();
      filled.notify_all();
    }
  }

  std::uint64_t read(frame_reader& reader, open_batch& into, std::size_t i) const {
    auto& b = into.batch;
    std::uint32_t mask = 0;
    fit(b.storage[i], expected_bytes(stack, into.first + i));
    b.status[i] = reader.read(into.first + i, b.storage[i], mask);
    b.frames[i] = {b.storage[i], mask, into.first + i};
    return b.storage[i].size();
  }

  /// Waits for frames that nobody reads yet. Returns false where there are none, or nobody wants them.
  bool take(claim& mine) {
    std::unique_lock lock(mutex);
    mine = {};
    for (;;) {
      if (stop || problem) return false;
      if (open.empty() || open.back()->claimed == open.back()->size()) {
        if (to_read.empty() && closed) return false;
        if (to_read.empty() || open.size() >= ahead || (used.empty() && made == most)) {
          room.wait(lock);
          continue;
        }
        begin_batch();
      }
      auto& last = *open.back();
      mine = {&last, last.claimed, last.claimed + share(last)};
      last.claimed = mine.end;
      return true;
    }
  }

  void begin_batch() {
    auto fresh = std::make_unique<open_batch>();
    if (!used.empty()) {
      fresh->batch = std::move(used.back());
      used.pop_back();
    } else {
      ++made;
    }
    auto& run = to_read.front();
    auto const n = static_cast<std::size_t>(std::min<std::uint64_t>(batch, run.end - run.next));
    fresh->first = run.next;
    fresh->batch.frames.resize(n);
    fresh->batch.status.resize(n);
    while (fresh->batch.storage.size() < n) fresh->batch.storage.emplace_back(memory);
    fresh->batch.bytes = 0;
    fresh->batch.seconds = 0;
    run.next += n;
    if (run.next == run.end) to_read.pop_front();
    open.push_back(std::move(fresh));
  }

  /// How many frames to read in one go: one file's, where it has several, so that not all threads open all files.
  std::size_t share(open_batch const& of) const {
    auto const left = of.size() - of.claimed;
    auto const frame = of.first + of.claimed;
    if (readers == 1 || frame >= stack.frames) return 1;
    auto const& segment = segment_of(stack, frame);
    auto const in_file = segment.images_a_file - (frame - segment.first) % segment.images_a_file;
    auto const fair = (of.size() + readers - 1) / readers;
    return static_cast<std::size_t>(std::min<std::uint64_t>({left, in_file, fair}));
  }

  void give(claim const& read, std::uint64_t bytes, double seconds) {
    std::lock_guard const lock(mutex);
    read.from->batch.seconds += seconds;
    read.from->done += read.end - read.begin;
    read.from->batch.bytes += bytes;
    if (read.from->complete()) filled.notify_all();
  }

  bool stopped() {
    std::lock_guard const lock(mutex);
    return stop;
  }

  void join() {
    for (auto& thread : threads)
      if (thread.joinable()) thread.join();
  }

  frame_stack const& stack;
  std::size_t const batch, ahead, most, readers;
  std::pmr::memory_resource* const memory;
  std::mutex mutex;
  std::condition_variable room;     // for another batch, or stop
  std::condition_variable filled;   // the first batch is complete, or never will be
  std::deque<run_to_read> to_read;  // what no batch has yet; no run is empty
  bool closed = false;
  std::deque<std::unique_ptr<open_batch>> open;
  std::vector<frame_batch> used;
  std::size_t made = 0;  // batches that exist, wherever they are
  std::exception_ptr problem;
  bool lost = false;  // a thread ended by an exception without a batch
  bool stop = false;
  std::vector<std::thread> threads;
};

frame_stream::frame_stream(frame_stack const& stack, std::uint64_t first, std::uint64_t count, std::size_t batch,
                           std::size_t ahead, std::size_t readers, std::size_t most)
    : frame_stream(stack, limits{batch, ahead, readers, most, std::pmr::new_delete_resource()}) {
  add(first, count);
  close();
}

frame_stream::frame_stream(frame_stack const& stack, limits const& how) : state_(std::make_unique<state>(stack, how)) {
  state_->start();
}

void frame_stream::add(std::uint64_t first, std::uint64_t count) {
  if (count == 0) return;
  std::lock_guard const lock(state_->mutex);
  state_->to_read.push_back({first, first + count});
  state_->room.notify_all();
}

void frame_stream::close() {
  std::lock_guard const lock(state_->mutex);
  state_->closed = true;
  state_->room.notify_all();
  state_->filled.notify_all();
}

frame_stream::~frame_stream() {
  {
    std::lock_guard const lock(state_->mutex);
    state_->stop = true;
    state_->room.notify_all();
  }
  state_->join();
}

std::optional<frame_batch> frame_stream::next() {
  auto& s = *state_;
  std::unique_lock lock(s.mutex);
  auto const first_is = [&](auto what) { return !s.open.empty() && what(*s.open.front()); };
  auto const complete = [&] { return first_is([](open_batch const& b) { return b.complete(); }); };
  auto const failed = [&] { return s.lost || first_is([](open_batch const& b) { return b.failed; }); };
  auto const at_end = [&] { return s.open.empty() && ((s.to_read.empty() && s.closed) || s.stop); };
  s.filled.wait(lock, [&] { return complete() || failed() || at_end(); });
  if (complete()) {
    frame_batch batch = std::move(s.open.front()->batch);
    s.open.pop_front();
    s.room.notify_all();
    return batch;
  }
  auto const problem = s.problem;
  s.stop = true;
  s.room.notify_all();
  lock.unlock();
  s.join();
  s.open.clear();
  s.problem = nullptr;  // only now: a thread that was still reading may have met the next one
  s.lost = false;
  if (problem) std::rethrow_exception(problem);
  return std::nullopt;
}

void frame_stream::recycle(frame_batch&& used) {
  // All are kept: a batch takes new memory only where there is no used one, so there are never more than were needed.
  std::lock_guard const lock(state_->mutex);
  state_->used.push_back(std::move(used));
  state_->room.notify_all();
}

}  // namespace xrdct
