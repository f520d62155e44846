#include "xrdct/pipeline/reduce_stage.hpp"

#include "xrdct/base/progress.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/comm/control_channel.hpp"
#include "xrdct/comm/patience.hpp"
#include "xrdct/comm/threads.hpp"
#include "xrdct/pipeline/frame_loop.hpp"
#include "xrdct/pipeline/memory_need.hpp"
#include "xrdct/pipeline/reducers.hpp"

#include <algorithm>
#include <optional>

namespace xrdct {
namespace {

/// Messages of the stage and their display.
class conversation {
 public:
  conversation(measurement const& m, job const& what, communicator const& ranks, pattern_exchange& patterns)
      : patterns_(patterns), control_(ranks.duplicate()) {
    if (ranks.root()) shown_.emplace(what.run.progress, "reducing", "frames", m.frames() * m.detectors.size());
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
    for (patience patient; !move();) patient.wait();
    control_.finish();
  }
  std::uint64_t total_bytes() const { return control_.total().bytes; }

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
}

/// Detector by detector. Patterns are complete, and may be sent, with the last one. What is done gives its memory back.
void reduce_detectors(frame_slice const& slice, reducer_list& reducers, conversation& talk) {
  std::uint64_t bytes_before = 0;
  for (std::size_t i = 0; i < reducers.size(); ++i) {
    bool const last = i + 1 == reducers.size();
    std::uint64_t bytes_now = 0;
    bool const go_on = reduce_slice(slice, i, *reducers[i], [&](std::uint64_t frames, std::uint64_t bytes) {
      bytes_now = bytes;
      return talk.advance(i * slice.frames.count + frames, last ? frames : 0, bytes_before + bytes);
    });
    if (!go_on) return;
    bytes_before += bytes_now;
    reducers[i].reducer.reset();  // before what it reads
    reducers[i].tables = {};
  }
}

}  // namespace

reduced_frames reduce_frames(measurement const& m, job const& what, reducer_list reducers, communicator const& ranks,
                             bool exchange) {
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
  result.patterns = together(ranks, [&] {
    records.resize(slice.count);
    return std::make_unique<pattern_exchange>(lane, plan);
  });

  conversation talk(m, what, ranks, *result.patterns);
  talk.open();
  std::optional<failure> mine;
  try {
    reduce_detectors({m, slice, batch, what.run.skip_bad_frames, result.patterns->mine(), records, readers}, reducers,
                     talk);
  } catch (...) {
    mine = current_failure();
    talk.stop();
  }
  talk.finish();
  agree(ranks, mine);
  result.bytes = talk.total_bytes();
  collect_records(records, result, ranks);
  auto const& status = result.records.status;
  if (std::find(status.begin(), status.end(), frame_status::ok) == status.end())
    throw agreed_error({exit_code::bad_input, m.stack().name + ": none of its frames can be used"});
  return result;
}

}  // namespace xrdct
