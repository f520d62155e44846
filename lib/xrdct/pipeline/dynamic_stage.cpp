#include "xrdct/pipeline/dynamic_stage.hpp"

#include "xrdct/base/failpoint.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/base/progress.hpp"
#include "xrdct/base/stop_request.hpp"
#include "xrdct/base/timer.hpp"
#include "xrdct/comm/control_channel.hpp"
#include "xrdct/comm/patience.hpp"
#include "xrdct/comm/threads.hpp"
#include "xrdct/comm/work_queue.hpp"
#include "xrdct/pipeline/frame_keeper.hpp"
#include "xrdct/pipeline/frame_loop.hpp"
#include "xrdct/pipeline/memory_need.hpp"

#include <algorithm>

namespace xrdct {
namespace {

constexpr std::uint64_t blocks_a_rank = 64;  // the last ones, for which others wait, are 1/32 of the time of a rank
// Of messages, each block has its number; MPI promises 32767. Ranks wait for all of them at once.
constexpr std::uint64_t most_blocks = 8192;
constexpr std::uint64_t most_pieces = 32000;                   // with the ends of what is kept
constexpr std::uint64_t block_bytes = std::uint64_t{1} << 29;  // of a message, which MPI counts with int

/// Blocks, messages about them, and how far they are.
class block_conversation {
 public:
  block_conversation(std::vector<frame_block> blocks, std::uint64_t work, job const& what, communicator const& ranks,
                     block_exchange& patterns)
      : blocks_(std::move(blocks)),
        patterns_(patterns),
        control_(ranks.duplicate()),
        queue_(ranks.duplicate(), static_cast<std::size_t>(std::ranges::count(blocks_, -1, &frame_block::owner))),
        root_(ranks.root()) {
    if (root_) shown_.emplace(what.run.progress, "reducing", "frames", work);
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      left_.push_back(blocks_[i].frames.count);
      if (blocks_[i].owner == ranks.rank()) mine_.push_back(i);
      if (blocks_[i].owner < 0) handed_out_.push_back(i);
    }
  }

  void open() {
    patterns_.open();
    control_.open();
    queue_.open();
  }
  /// The blocks that this rank has so far.
  std::vector<std::size_t> const& mine() const { return mine_; }
  frame_range frames_of(std::size_t block) const { return blocks_[block].frames; }
  bool stopping() const { return control_.stopping(); }

  /// Another one; waits for it if `wait`. Nothing: there is none now, or none any more.
  std::optional<std::size_t> another(bool wait) {
    for (patience patient; !control_.stopping(); patient.wait()) {
      if (auto const piece = queue_.take()) {
        mine_.push_back(handed_out_[*piece]);
        return mine_.back();
      }
      move();
      if (!wait || queue_.ended()) return {};
    }
    return {};
  }
  /// Patterns are complete: sends blocks that are.
  void filled(frame_range frames) {
    while (frames.count > 0) {
      auto const block = block_of(frames.first);
      auto const& all = blocks_[block].frames;
      auto const some = std::min(frames.count, all.first + all.count - frames.first);
      left_[block] -= some;
      if (left_[block] == 0) patterns_.send(block);
      frames = {frames.first + some, frames.count - some};
    }
  }
  /// Tells how far this rank is, hears whether to go on.
  bool advance(std::uint64_t frames, std::uint64_t bytes) {
    control_.report({frames, bytes});
    move();
    return !control_.stopping();
  }
  void stop() { control_.stop(); }

  /// Waits until every message of every rank has arrived. Of what is not complete, empty ones take the place.
  void finish() {
    for (auto const block : mine_)
      if (left_[block] > 0) patterns_.abandon(block);
    if (root_)
      for (auto const piece : queue_.withdraw()) patterns_.abandon(handed_out_[piece]);
    failpoint("exchange");
    for (patience patient; !over(); patient.wait()) {
    }
    control_.finish();
  }
  work_done total() const { return control_.total(); }

 private:
  std::size_t block_of(std::uint64_t frame) const {
    auto const after = std::ranges::upper_bound(blocks_, frame, {}, [](auto const& b) { return b.frames.first; });
    return static_cast<std::size_t>(after - blocks_.begin()) - 1;
  }
  bool move() {
    control_.poll();
    if (shown_) shown_->update(control_.total().frames, control_.total().bytes);
    bool const told = queue_.poll();
    return patterns_.poll() && told;
  }
  bool over() {
    if (!root_)
      while (auto const piece = queue_.take()) patterns_.abandon(handed_out_[*piece]);
    return move();
  }

  std::vector<frame_block> blocks_;
  std::vector<std::uint64_t> left_;      // frames of each block that are not complete
  std::vector<std::size_t> mine_;        // blocks of this rank
  std::vector<std::size_t> handed_out_;  // blocks, by piece of the queue
  block_exchange& patterns_;
  control_channel control_;
  work_queue queue_;
  std::optional<progress> shown_;
  bool root_;
};

/// What a rank reduces of a detector: of its blocks, what is not kept; with the first detector, also what it is handed.
class block_supply final : public frame_supply {
 public:
  block_supply(block_conversation& talk, frame_keeper const& keeper, std::uint32_t detector)
      : talk_(talk), keeper_(keeper), detector_(detector) {}

  std::optional<frame_range> next(bool wait) override {
    while (runs_.empty()) {
      if (at_ == talk_.mine().size() && (detector_ > 0 || !talk_.another(wait))) return {};
      runs_ = keeper_.without(detector_, talk_.frames_of(talk_.mine()[at_++]));
      std::ranges::reverse(runs_);
    }
    auto const run = runs_.back();
    runs_.pop_back();
    return run;
  }

 private:
  block_conversation& talk_;
  frame_keeper const& keeper_;
  std::uint32_t detector_;
  std::size_t at_ = 0;
  std::vector<frame_range> runs_;  // of a block, the next one last
};

/// One rank's work, detector by detector.
void reduce_blocks(frame_slice const& slice, reducer_list& reducers, block_conversation& talk, frame_keeper& keeper) {
  auto const last = static_cast<std::uint32_t>(reducers.size() - 1);
  for (auto const block : talk.mine()) {  // what is kept goes first
    auto const frames = talk.frames_of(block);
    auto first = frames.first;
    for (auto const& run : keeper.without(last, frames)) {
      talk.filled({first, run.first - first});
      first = run.first + run.count;
    }
    talk.filled({first, frames.first + frames.count - first});
  }
  std::uint64_t bytes = 0;
  for (std::uint32_t d = 0; d <= last; ++d) {
    block_supply supply(talk, keeper, d);
    auto const before = bytes;
    bool const whole = reduce_supplied(slice, d, *reducers[d], supply, [&](frame_range done, std::uint64_t so_far) {
      bytes = before + so_far;
      if (done.count > 0) {
        keeper.done(done, d);
        if (d == last) talk.filled(done);
        failpoint("reduce");
      }
      return talk.advance(keeper.reduced(), bytes);
    });
    if (!whole || talk.stopping()) return;
    reducers[d].reducer.reset();  // before what it reads
    reducers[d].tables = {};
    if (d < last) keeper.before_next_detector();
  }
}

/// Reduces, and keeps what is to be kept. Nothing where all went well.
std::optional<failure> reduce_and_keep(frame_slice const& slice, reducer_list& reducers, block_conversation& talk,
                                       frame_keeper& keeper, checkpoints const& kept, communicator const& ranks,
                                       reduced_frames& into) {
  std::optional<failure> mine;
  auto const attempt = [&](auto const& work) {
    try {
      work();
    } catch (...) {
      if (!mine) mine = current_failure();
      talk.stop();
    }
  };
  timer const since_start;
  attempt([&] { reduce_blocks(slice, reducers, talk, keeper); });
  into.seconds = since_start.seconds();
  if (stop_requested()) attempt([&] { keeper.finish(true); });  // first of all, as other ranks may be dead
  timer const since_end;
  talk.finish();
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

/// The records of some frames, and which these are.
struct records_of_blocks {
  std::vector<frame_range> frames;
  frame_records records;

  void fields(auto& archive) { archive(frames, records); }
};

void collect_records(block_conversation const& talk, frame_records const& mine, reduced_frames& into,
                     communicator const& ranks) {
  records_of_blocks own;
  std::uint64_t count = 0;
  for (auto const block : talk.mine()) {
    auto const frames = talk.frames_of(block);
    own.frames.push_back(frames);
    own.records.resize(count + frames.count);
    own.records.take(mine, frames.first, count, frames.count);
    count += frames.count;
  }
  auto const all = ranks.collect(own);
  if (ranks.root()) into.records.resize(mine.status.size());
  for (auto const& part : all) {
    std::uint64_t at = 0;
    for (auto const& frames : part.frames) {
      into.records.take(part.records, at, frames.first, frames.count);
      at += frames.count;
    }
  }
  ranks.share(into.records.status);
  ranks.share(into.bytes);
  ranks.share(into.reduced);
}

/// Of all blocks, or of those that this rank owns from the beginning.
std::vector<frame_range> frames_of(std::vector<frame_block> const& blocks, std::optional<int> owner = {}) {
  std::vector<frame_range> frames;
  for (auto const& block : blocks)
    if (!owner || block.owner == *owner) frames.push_back(block.frames);
  return frames;
}

}  // namespace

std::vector<frame_block> cut_into_blocks(measurement const& m, checkpoints const& kept, std::uint64_t batch,
                                         int ranks) {
  auto const whole = static_cast<std::uint32_t>(m.detectors.size());
  std::vector<int> owner(m.frames(), -1);
  for (std::size_t rank = 0; rank < m.slices.size(); ++rank)
    for (std::uint64_t i = 0; i < m.slices[rank].count; ++i)
      if (kept.detectors_in(m.slices[rank].first + i) == whole)
        owner[m.slices[rank].first + i] = static_cast<int>(rank);
  auto const left = static_cast<std::uint64_t>(std::ranges::count(owner, -1));
  auto const wanted = std::min(blocks_a_rank * static_cast<std::uint64_t>(ranks), most_blocks);
  auto const room = std::max<std::uint64_t>(1, block_bytes / (pattern_quantities * sizeof(float) * m.channels()));
  auto const most = std::min(room, batch * std::max<std::uint64_t>(1, (left + batch * wanted - 1) / (batch * wanted)));
  std::vector<frame_block> blocks;
  for (std::uint64_t frame = 0; frame < m.frames(); ++frame) {
    bool const goes_on = !blocks.empty() && blocks.back().owner == owner[frame] && blocks.back().frames.count < most;
    if (!goes_on) blocks.push_back({{frame, 0}, owner[frame]});
    ++blocks.back().frames.count;
  }
  return blocks;
}

std::optional<reduced_frames> reduce_dynamically(measurement const& m, job const& what, reducer_list& reducers,
                                                 communicator const& ranks, checkpoints const& kept) {
  auto const my_batch = together(ranks, [&] { return common_batch(reducers, m, what.run.batch); });
  auto const batch = static_cast<std::uint64_t>(ranks.maximum(static_cast<std::int64_t>(my_batch)));
  auto blocks = together(ranks, [&] { return cut_into_blocks(m, kept, batch, ranks.size()); });
  if (blocks.size() > most_pieces) {
    if (ranks.root())
      log_info("--schedule dynamic: what is kept is in too many pieces, so frames are shared out before");
    return {};
  }
  int const threads = what.run.threads > 0 ? what.run.threads : default_threads(ranks);
  auto const readers = together(ranks, [&] { return readers_for(what.run, threads); });
  // As if all ranks were equally fast; of those that are faster, nobody knows it before.
  auto const even = plan_exchange(m.slices, m.channels(), batch);
  require_memory(ranks, memory_to_reduce(m, reducers, even, ranks.rank()),
                 {"patterns, and frames while they are reduced, need up to",
                  "use more nodes, fewer ranks or --threads, a smaller --batch, or fewer bins, sectors or channels"});
  reduced_frames result;
  result.slabs = even.slabs;
  frame_records records;
  auto const lane = ranks.duplicate();
  auto const patterns = together(ranks, [&] {
    records.resize(m.frames());
    return std::make_unique<block_exchange>(lane, block_plan{frames_of(blocks), even.slabs, m.channels()});
  });
  frame_range const all{0, m.frames()};
  auto const keeper = together(ranks, [&] {
    return std::make_unique<frame_keeper>(kept, all, frames_of(blocks, ranks.rank()), patterns->mine(), records,
                                          ranks.rank(), ranks.size(), what.run.skip_bad_frames);
  });
  block_conversation talk(std::move(blocks), m.frames() * m.detectors.size() - kept.work_done(), what, ranks,
                          *patterns);
  talk.open();
  reduce_seconds seconds;
  frame_slice const mine{m, all, batch, what.run.skip_bad_frames, patterns->mine(), records, readers, &seconds};
  agree(ranks, reduce_and_keep(mine, reducers, talk, *keeper, kept, ranks, result));
  result.read = seconds.read;
  result.integrate = result.seconds - seconds.waited;
  result.bytes = talk.total().bytes;
  result.reduced = talk.total().frames;
  result.own = keeper->reduced();
  collect_records(talk, records, result, ranks);
  auto const& status = result.records.status;
  if (std::find(status.begin(), status.end(), frame_status::ok) == status.end())
    throw agreed_error({exit_code::bad_input, m.stack().name + ": none of its frames can be used"});
  result.received = patterns->take_received();
  return result;
}

}  // namespace xrdct
