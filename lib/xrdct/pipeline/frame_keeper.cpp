#include "xrdct/pipeline/frame_keeper.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/failpoint.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/comm/pattern_exchange.hpp"
#include "xrdct/io/checkpoint_shard.hpp"
#include "xrdct/pipeline/kept_records.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace xrdct {
namespace {

// So much is written as soon as it is there, whatever the time, so that little is left when a stop is asked for, which
// gives 10 s in all: a quarter of a second at 1 GB/s, 5 s at a network file system's 50 MB/s a rank.
constexpr std::uint64_t most_unsaved_bytes = std::uint64_t{1} << 28;

void append(std::vector<frame_range>& runs, frame_range next) {
  if (next.count == 0) return;
  if (!runs.empty() && runs.back().first + runs.back().count == next.first)
    runs.back().count += next.count;
  else
    runs.push_back(next);
}

}  // namespace

frame_keeper::frame_keeper(checkpoints const& kept, frame_range slice, std::span<float> sums, frame_records& records,
                           int rank, int ranks, bool skip_bad_frames)
    : frame_keeper(kept, slice, {{0, slice.count}}, sums, records, rank, ranks, skip_bad_frames) {}

frame_keeper::frame_keeper(checkpoints const& kept, frame_range slice, std::vector<frame_range> const& own,
                           std::span<float> sums, frame_records& records, int rank, int ranks, bool skip_bad_frames)
    : kept_(kept),
      slice_(slice),
      sums_(sums),
      records_(records),
      rank_(rank),
      ranks_(ranks),
      values_(slice.count == 0 ? 0 : sums.size() / slice.count),
      detectors_(slice.count) {
  for (auto const& some : own) {
    frame_records found;
    found.resize(some.count);
    auto const detectors = kept.load({slice.first + some.first, some.count},
                                     sums.subspan(some.first * values_, some.count * values_), found, skip_bad_frames);
    for (std::uint64_t i = 0; i < some.count; ++i) {
      if (detectors[i] == 0) continue;
      detectors_[some.first + i] = detectors[i];
      records.take(found, i, some.first + i, 1);
    }
  }
}

frame_keeper::~frame_keeper() {
  {
    std::lock_guard const lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::vector<frame_range> frame_keeper::without(std::uint32_t detector, frame_range of) const {
  std::vector<frame_range> runs;
  for (auto i = of.first; i < of.first + of.count; ++i)
    if (detectors_[i] <= detector) append(runs, {i, 1});
  return runs;
}

void frame_keeper::done(frame_range frames, std::uint32_t detector) {
  for (std::uint64_t i = 0; i < frames.count; ++i) detectors_[frames.first + i] = detector + 1;
  reduced_ += frames.count;
  if (kept_.interval() <= 0) return;
  append(unsaved_, frames);
  unsaved_frames_ += frames.count;
  double const now = since_start_.seconds();
  bool const much = unsaved_frames_ * values_ * sizeof(float) >= most_unsaved_bytes && now >= kept_.interval();
  if (now - written_at_ >= kept_.interval() || much) hand_over();
}

void frame_keeper::before_next_detector() {
  // What an earlier detector's turn left unsaved would have to be written before it changes.
  wait();
  if (kept_.interval() > 0 && since_start_.seconds() >= kept_.interval()) hand_over();
  wait();
  collect_failure();
  unsaved_.clear();
  unsaved_frames_ = 0;
}

void frame_keeper::hand_over() {
  if (unsaved_.empty()) return;
  {
    std::lock_guard const lock(mutex_);
    if (order_) return;  // the disk is slow: next time
  }
  collect_failure();
  written_at_ = since_start_.seconds();
  bool const apart = have_thread();
  {
    std::lock_guard const lock(mutex_);
    order_ = order{std::exchange(unsaved_, {}), reduced_, written_at_};
  }
  unsaved_frames_ = 0;
  if (apart)
    changed_.notify_all();
  else
    carry_out(*order_);
}

/// Whether there is a thread that writes. Where the system has none left, whoever hands over writes.
bool frame_keeper::have_thread() {
  if (thread_.joinable()) return true;
  try {
    failpoint("thread");
    thread_ = std::thread([this] { work(); });
  } catch (std::exception const&) {
    return false;
  }
  return true;
}

/// What could not be written is unsaved again.
void frame_keeper::collect_failure() {
  std::string why;
  {
    std::lock_guard const lock(mutex_);
    why = std::exchange(failure_, {});
    for (auto const& run : unwritten_) {
      unsaved_.push_back(run);
      unsaved_frames_ += run.count;
    }
    unwritten_.clear();
  }
  if (why.empty() || std::exchange(warned_, true)) return;
  log_warning(why + ": nothing is kept of what is done now, until that is over");
}

void frame_keeper::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !order_; });
}

void frame_keeper::finish(bool all) {
  if (kept_.interval() <= 0) return;
  wait();
  collect_failure();
  if (!all && since_start_.seconds() < kept_.interval()) return;
  hand_over();
  wait();
  std::string why;
  {
    std::lock_guard const lock(mutex_);
    why = std::exchange(failure_, {});
  }
  if (why.empty()) return;
  if (all) throw runtime_failure(why);
  log_warning(why);
}

void frame_keeper::work() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return order_ || ending_; });
      if (!order_) return;
    }
    carry_out(*order_);
  }
}

/// Of `order_`, which stays as it is until this resets it.
void frame_keeper::carry_out(order& mine) {
  std::string why;
  try {
    write(mine);
  } catch (std::exception const& e) {
    why = e.what();
  }
  {
    std::lock_guard const lock(mutex_);
    if (!why.empty()) unwritten_ = std::move(mine.frames);
    failure_ = std::move(why);
    order_.reset();
  }
  changed_.notify_all();
}

void frame_keeper::write(order const& what) {
  if (!shard_) {
    kept_.make_folder();
    auto made = std::make_unique<shard_writer>(kept_.shard_name(rank_), kept_.run());
    std::array const text{std::as_bytes(std::span(kept_.identity()))};
    try {
      made->append(static_cast<std::uint32_t>(kept_kind::identity), kept_.attempt(), text);
    } catch (...) {
      ::unlink(made->path().c_str());  // it is made anew next time
      throw;
    }
    shard_ = std::move(made);
  }
  for (auto const& run : what.frames)
    for (std::uint64_t i = 0; i < run.count; ++i) write_frame(run.first + i);
  auto const mark = packed(
      kept_mark{static_cast<std::uint32_t>(rank_), static_cast<std::uint32_t>(ranks_), what.reduced, what.seconds});
  std::array const payload{std::span<std::byte const>(mark)};
  shard_->append(static_cast<std::uint32_t>(kept_kind::mark), 0, payload);
  shard_->flush();
}

void frame_keeper::write_frame(std::uint64_t frame) {
  auto const sums = std::as_bytes(sums_.subspan(frame * values_, values_));
  bool const any = std::ranges::any_of(sums, [](std::byte b) { return b != std::byte{}; });
  auto const head = packed(kept_frame{records_.status[frame], detectors_[frame], records_.cause[frame],
                                      records_.saturated[frame], records_.raw_sum[frame], any});
  std::array const payload{std::span<std::byte const>(head), any ? sums : std::span<std::byte const>()};
  shard_->append(static_cast<std::uint32_t>(kept_kind::frame), slice_.first + frame, payload);
}

}  // namespace xrdct
