#include "xrdct/pipeline/reduce_stage.hpp"

#include "xrdct/base/failpoint.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/base/progress.hpp"
#include "xrdct/base/stop_request.hpp"
#include "xrdct/base/timer.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/comm/control_channel.hpp"
#include "xrdct/comm/patience.hpp"
#include "xrdct/comm/threads.hpp"
#include "xrdct/pipeline/dynamic_stage.hpp"
#include "xrdct/pipeline/frame_keeper.hpp"
#include "xrdct/pipeline/frame_loop.hpp"
#include "xrdct/pipeline/gpu.hpp"
#include "xrdct/pipeline/memory_need.hpp"
#include "xrdct/pipeline/reducers.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace xrdct {
namespace {

/// Messages of the stage and their display.
class conversation {
 public:
  /// `work` is what all ranks have to do, in frames.
  conversation(std::uint64_t work, job const& what, communicator const& ranks, pattern_exchange& patterns)
      : patterns_(patterns), control_(ranks.duplicate()) {
    if (ranks.root()) shown_.emplace(what.run.progress, "reducing", "frames", work);
  }
  void open() {
    patterns_.open();
    control_.open();
  }
  /// Sends what is complete, tells how far this rank is, hears whether to go on.
  bool advance(std::uint64_t frames, std::uint64_t complete, std::uint64_t bytes) {
    patterns_.filled(complete);
    control_.report({frames, bytes});
    move();
    return !control_.stopping();
  }
  void stop() { control_.stop(); }
  /// Waits until every message of every rank has arrived.
  void finish() {
    patterns_.abandon();
    failpoint("exchange");
    for (patience patient; !move();) patient.wait();
    control_.finish();
  }
  work_done total() const { return control_.total(); }

 private:
  bool move() {
    control_.poll();
    if (shown_) shown_->update(control_.total().frames, control_.total().bytes);
    return patterns_.poll();
  }
  pattern_exchange& patterns_;
  control_channel control_;
  std::optional<progress> shown_;
};

/// Everyone's records to rank 0, and every frame's status to everyone.
void collect_records(frame_records const& mine, reduced_frames& into, communicator const& ranks) {
  auto const all = ranks.collect(mine);
  for (auto const& part : all) {
    auto& r = into.records;
    r.status.insert(r.status.end(), part.status.begin(), part.status.end());
    r.raw_sum.insert(r.raw_sum.end(), part.raw_sum.begin(), part.raw_sum.end());
    r.saturated.insert(r.saturated.end(), part.saturated.begin(), part.saturated.end());
    r.cause.insert(r.cause.end(), part.cause.begin(), part.cause.end());
  }
  ranks.share(into.records.status);
  ranks.share(into.bytes);
  ranks.share(into.reduced);
}

/// One rank's reduction of its slice.
class slice_reduction {
 public:
  slice_reduction(frame_slice const& slice, conversation& talk, frame_keeper& keeper)
      : slice_(slice), talk_(talk), keeper_(keeper) {}

  /// Detector by detector. Patterns are complete, and may be sent, with the last one. What is done gives its memory
  /// back.
  void run(reducer_list& reducers) {
    for (std::size_t i = 0; i < reducers.size(); ++i) {
      last_ = i + 1 == reducers.size();
      for (auto const run : keeper_.without(static_cast<std::uint32_t>(i)))
        if (!reduce_run(run, i, *reducers[i])) return;
      reducers[i].reducer.reset();  // before what it reads
      reducers[i].tables = {};
      if (!last_) keeper_.before_next_detector();
    }
    talk_.advance(keeper_.reduced(), slice_.frames.count, bytes_);
  }

 private:
  /// Consecutive frames of the slice.
  bool reduce_run(frame_range which, std::size_t detector, frame_reducer& reducer) {
    auto const values = slice_.patterns.size() / slice_.frames.count;
    frame_records records;
    records.resize(which.count);
    records.take(slice_.records, which.first, 0, which.count);
    frame_slice const part{slice_.scan,
                           {slice_.frames.first + which.first, which.count},
                           slice_.batch,
                           slice_.skip_bad_frames,
                           slice_.patterns.subspan(which.first * values, which.count * values),
                           records,
                           slice_.readers,
                           slice_.seconds};
    std::uint64_t before = 0;
    auto const bytes_before = bytes_;
    return reduce_slice(part, detector, reducer, [&](std::uint64_t frames, std::uint64_t bytes) {
      auto const first = which.first + before;
      slice_.records.take(records, before, first, frames - before);
      bytes_ = bytes_before + bytes;
      keeper_.done({first, frames - before}, static_cast<std::uint32_t>(detector));
      if (frames > before) failpoint("reduce");
      before = frames;
      return talk_.advance(keeper_.reduced(), last_ ? which.first + frames : 0, bytes_);
    });
  }

  frame_slice const& slice_;
  conversation& talk_;
  frame_keeper& keeper_;
  bool last_ = false;
  std::uint64_t bytes_ = 0;
};

}  // namespace

failure stopped(checkpoints const& kept) {
  if (kept.interval() <= 0)
    return {exit_code::failed, "stopped by " + stop_signal() + "; with --checkpoint none nothing of it is kept"};
  return {exit_code::stopped, "stopped by " + stop_signal() + ": what was reduced is kept in " + kept.folder() +
                                  "; the same command with --resume goes on from there"};
}

namespace {

/// Reduces, and keeps what is to be kept. Nothing where all went well.
std::optional<failure> reduce_and_keep(frame_slice const& slice, reducer_list& reducers, conversation& talk,
                                       frame_keeper& keeper, checkpoints const& kept, communicator const& ranks,
                                       reduced_frames& into) {
  std::optional<failure> mine;
  timer const since_start;
  try {
    slice_reduction(slice, talk, keeper).run(reducers);
  } catch (...) {
    mine = current_failure();
    talk.stop();
  }
  into.seconds = since_start.seconds();
  if (stop_requested()) try {  // first of all, as other ranks may be dead
      keeper.finish(true);
    } catch (...) {
      if (!mine) mine = current_failure();
    }
  timer const since_end;
  in_step(ranks, [&] { talk.finish(); });
  into.exchange = since_end.seconds();
  bool const asked = stop_requested();
  bool const leaving = ranks.maximum(std::int64_t{asked ? 1 : 0}) != 0;
  try {
    keeper.finish(leaving);
  } catch (...) {
    if (!mine) mine = current_failure();
  }
  if (!mine && asked) mine = stopped(kept);
  return mine;
}

/// Collective. Nothing where patterns travel by MPI, or stay where they are.
std::unique_ptr<transport> transport_of(job const& what, device const& by, communicator const& ranks,
                                        exchange_plan const& plan) {
  if (what.run.gather != "nccl" || ranks.size() == 1 || plan.rounds == 0) return nullptr;
  auto made = make_transport(by, ranks, plan);
  if (ranks.root()) log_info("gather: " + made->description());
  return made;
}

}  // namespace

reduced_frames reduce_frames(measurement const& m, job const& what, device const& by, reducer_list reducers,
                             communicator const& ranks, checkpoints const& kept, bool exchange) {
  if (what.run.dynamic && what.run.gather == "nccl")
    throw agreed_error({exit_code::usage, "--gather nccl needs to know who reduces what: take --schedule static"});
  if (what.run.dynamic && exchange && ranks.size() > 1)
    if (auto done = reduce_dynamically(m, what, reducers, ranks, kept)) return std::move(*done);
  auto const my_batch = together(ranks, [&] { return common_batch(reducers, m, what.run.batch); });
  auto const batch = static_cast<std::uint64_t>(ranks.maximum(static_cast<std::int64_t>(my_batch)));
  auto plan = plan_exchange(m.slices, m.channels(), batch);
  if (!exchange) plan.rounds = 0;

  int const threads = what.run.threads > 0 ? what.run.threads : default_threads(ranks);
  auto const readers = together(ranks, [&] { return readers_for(what.run, threads); });
  auto const slice = m.slices[static_cast<std::size_t>(ranks.rank())];
  auto const lane = ranks.duplicate();
  reduced_frames result;
  result.slabs = plan.slabs;
  frame_records records;
  require_memory(ranks, memory_to_reduce(m, reducers, plan, ranks.rank()),
                 {"patterns, and frames while they are reduced, need up to",
                  "use more nodes, fewer ranks or --threads, a smaller --batch, or fewer bins, sectors or channels"});
  auto by_devices = transport_of(what, by, ranks, plan);
  result.patterns = together(ranks, [&] {
    records.resize(slice.count);
    return std::make_unique<pattern_exchange>(lane, plan, std::move(by_devices));
  });

  auto const patterns = result.patterns->mine();
  auto const keeper = together(ranks, [&] {
    return std::make_unique<frame_keeper>(kept, slice, patterns, records, ranks.rank(), ranks.size(),
                                          what.run.skip_bad_frames);
  });
  conversation talk(m.frames() * m.detectors.size() - kept.work_done(), what, ranks, *result.patterns);
  talk.open();
  reduce_seconds seconds;
  frame_slice const mine{m, slice, batch, what.run.skip_bad_frames, patterns, records, readers, &seconds};
  agree(ranks, reduce_and_keep(mine, reducers, talk, *keeper, kept, ranks, result));
  result.read = seconds.read;
  result.integrate = result.seconds - seconds.waited;
  result.bytes = talk.total().bytes;
  result.reduced = talk.total().frames;
  result.own = keeper->reduced();
  collect_records(records, result, ranks);
  auto const& status = result.records.status;
  if (std::find(status.begin(), status.end(), frame_status::ok) == status.end())
    throw agreed_error({exit_code::bad_input, m.stack().name + ": none of its frames can be used"});
  return result;
}

}  // namespace xrdct
