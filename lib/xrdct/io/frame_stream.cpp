#include "xrdct/io/frame_stream.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace xrdct {

struct frame_stream::state {
  state(frame_stack const& s, std::uint64_t from, std::uint64_t count, std::size_t b, std::size_t most)
      : stack(s),
        first(from),
        end(from + count),
        batch(std::max<std::size_t>(b, 1)),
        ahead(std::max<std::size_t>(most, 1)) {}

  /// The reading thread: everything HDF5 does happens here.
  void run() {
    try {
      frame_reader reader(stack);
      for (std::uint64_t at = first; at < end;) {
        auto const n = static_cast<std::size_t>(std::min<std::uint64_t>(batch, end - at));
        frame_batch fresh = read(reader, at, n);
        at += n;
        if (!put(std::move(fresh))) return;
      }
    } catch (...) {
      std::lock_guard const lock(mutex);
      problem = std::current_exception();
    }
    std::lock_guard const lock(mutex);
    finished = true;
    changed.notify_all();
  }

  frame_batch read(frame_reader& reader, std::uint64_t at, std::size_t n) {
    frame_batch fresh = take_used();
    fresh.frames.resize(n);
    fresh.status.resize(n);
    if (fresh.storage.size() < n) fresh.storage.resize(n);
    fresh.bytes = 0;
    for (std::size_t i = 0; i < n && !stopped(); ++i) {
      std::uint32_t mask = 0;
      fresh.status[i] = reader.read(at + i, fresh.storage[i], mask);
      fresh.frames[i] = {fresh.storage[i], mask, at + i};
      fresh.bytes += fresh.storage[i].size();
    }
    return fresh;
  }

  frame_batch take_used() {
    std::lock_guard const lock(mutex);
    if (used.empty()) return {};
    frame_batch one = std::move(used.back());
    used.pop_back();
    return one;
  }

  bool stopped() {
    std::lock_guard const lock(mutex);
    return stop;
  }

  /// Waits for room. Returns false where nobody wants more.
  bool put(frame_batch&& fresh) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return stop || ready.size() < ahead; });
    if (stop) return false;
    ready.push_back(std::move(fresh));
    changed.notify_all();
    return true;
  }

  frame_stack const& stack;
  std::uint64_t const first, end;
  std::size_t const batch, ahead;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<frame_batch> ready;
  std::vector<frame_batch> used;
  std::exception_ptr problem;
  bool finished = false;
  bool stop = false;
  std::thread thread;
};

frame_stream::frame_stream(frame_stack const& stack, std::uint64_t first, std::uint64_t count, std::size_t batch,
                           std::size_t ahead)
    : state_(std::make_unique<state>(stack, first, count, batch, ahead)) {
  state_->thread = std::thread([s = state_.get()] { s->run(); });
}

frame_stream::~frame_stream() {
  {
    std::lock_guard const lock(state_->mutex);
    state_->stop = true;
    state_->changed.notify_all();
  }
  if (state_->thread.joinable()) state_->thread.join();
}

std::optional<frame_batch> frame_stream::next() {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [&] { return !state_->ready.empty() || state_->finished; });
  if (!state_->ready.empty()) {
    frame_batch batch = std::move(state_->ready.front());
    state_->ready.pop_front();
    state_->changed.notify_all();
    return batch;
  }
  auto const problem = std::exchange(state_->problem, nullptr);
  lock.unlock();
  if (state_->thread.joinable()) state_->thread.join();
  if (problem) std::rethrow_exception(problem);
  return std::nullopt;
}

void frame_stream::recycle(frame_batch&& used) {
  std::lock_guard const lock(state_->mutex);
  if (state_->used.size() <= state_->ahead) state_->used.push_back(std::move(used));
}

}  // namespace xrdct
