#include "xrdct/pipeline/solver_keeper.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/io/checkpoint_shard.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

namespace xrdct {
namespace {

constexpr std::uint64_t block = 64;  // slabs of ranks are cut at multiples of it

/// The first block of [first, first + count).
frame_range first_block(std::uint64_t first, std::uint64_t count) {
  return {first, std::min(count, block - first % block)};
}

std::uint64_t bytes_of(solver_state const& state) { return state.finished.size() * sizeof(float); }

}  // namespace

/// What is kept of a block: a place of each worker's, all after the same iteration, or one where it is done with.
struct solver_keeper::block_start {
  std::vector<kept_state_place const*> places;  // by worker

  bool any() const { return !places.empty(); }
  bool is_final() const { return any() && places.front()->about.is_final; }
  /// Groups are made of what is alike.
  std::int64_t kind() const { return !any() ? -2 : is_final() ? -1 : places.front()->about.iteration; }
};

int solver_keeper::workers_of(std::uint64_t layer, frame_range bins) const {
  int workers = 0;
  for (auto const& place : kept_.states()) {
    auto const& about = place.about;
    bool const is_of_slab = about.layer == layer && about.first >= bins.first && about.first < bins.first + bins.count;
    if (is_of_slab && !about.is_final) workers = std::max(workers, static_cast<int>(about.workers));
  }
  return workers;
}

solver_keeper::block_start solver_keeper::start_of(std::uint64_t layer, frame_range which,
                                                   team_member const& me) const {
  std::vector<kept_state_place const*> fitting;
  for (auto const& place : kept_.states()) {
    auto const& about = place.about;
    if (about.layer != layer || about.first != which.first || about.count != which.count) continue;
    if (about.is_final) return {{&place}};
    if (about.workers == me.workers) fitting.push_back(&place);
  }
  std::ranges::sort(fitting, std::greater(), [](kept_state_place const* p) { return p->about.iteration; });
  for (auto const* const latest : fitting) {
    block_start found;
    for (std::uint32_t worker = 0; worker < me.workers; ++worker) {
      auto const same = std::ranges::find_if(fitting, [&](kept_state_place const* p) {
        return p->about.worker == worker && p->about.iteration == latest->about.iteration;
      });
      if (same == fitting.end()) break;
      found.places.push_back(*same);
    }
    if (found.places.size() == me.workers) return found;
  }
  return {};
}

group_start solver_keeper::begin(std::uint64_t layer, std::uint64_t first, std::size_t most,
                                 team_member const& me) const {
  if (kept_.states().empty()) return {};
  std::vector<block_start> parts;
  std::uint64_t end = first;
  while (end < first + most) {
    auto const next = first_block(end, first + most - end);
    auto start = start_of(layer, next, me);
    if (!parts.empty() && start.kind() != parts.front().kind()) break;
    parts.push_back(std::move(start));
    end += next.count;
  }
  group_start made{static_cast<std::size_t>(end - first), {}};
  if (!parts.front().any()) return made;
  std::vector<solver_state> states;
  for (auto const& part : parts)
    if (auto state = kept_.load(*part.places[part.is_final() ? 0 : me.worker])) states.push_back(std::move(*state));
  // Files may be gone by now: either all of the team go on from there, or none.
  double complete = states.size() == parts.size() ? 1 : 0;
  if (me.workers > 1) me.team.complete(std::span(&complete, 1));
  if (complete == me.workers) made.state = joined(states);
  return made;
}

void solver_keeper::look(std::uint64_t layer, std::uint64_t first, channel_group const& group, bool ending,
                         team_member const& me) {
  if (kept_.interval() <= 0) return;
  double due = since_start_.seconds() - written_at_ >= kept_.interval() ? 1 : 0;
  if (me.workers > 1 && !ending) me.team.complete(std::span(&due, 1));
  if (group.finished() && me.worker == 0) {  // all of the team have the same
    final_.push_back({layer, first, group.save()});
    final_bytes_ += bytes_of(final_.back().state);
  }
  if (due == 0 && !ending && final_bytes_ < most_unwritten_bytes) return;
  written_at_ = since_start_.seconds();
  try {
    std::vector<group_state> working;
    if (!group.finished()) working.push_back({layer, first, group.save()});
    write(working, me);
    warned_ = false;
  } catch (runtime_failure const& problem) {
    if (ending) throw;
    if (!std::exchange(warned_, true))
      log_warning(std::string(problem.what()) + ": no iterations are kept, until that is over");
  }
}

void solver_keeper::write(std::vector<group_state> const& working, team_member const& me) {
  if (!final_.empty()) {
    write_file(final_, me);
    final_.clear();
    final_bytes_ = 0;
  }
  if (!working.empty()) in_work_.push_back(write_file(working, me));
  // A member of a team may have been ended before it wrote what the others have written: they need the one before.
  std::size_t const needed = working.empty() ? 0 : me.workers > 1 ? 2 : 1;
  for (; in_work_.size() > needed; in_work_.pop_front()) ::unlink(in_work_.front().c_str());
}

/// One block after the other, so that there is never more than one of them in memory besides the whole.
void solver_keeper::append_blocks(shard_writer& file, group_state const& group, team_member const& me) {
  for (std::uint64_t at = 0; at < group.state.size();) {
    auto const next = first_block(group.first + at, group.state.size() - at);
    auto const state = part_of(group.state, static_cast<std::size_t>(at), static_cast<std::size_t>(next.count));
    auto const head = packed(kept_state{group.layer, next.first, next.count, me.worker, me.workers,
                                        group.state.iteration, state.is_final()});
    packer pack;
    pack(state);
    auto const body = pack.take();
    std::array const payload{std::span<std::byte const>(head), std::span<std::byte const>(body)};
    file.append(static_cast<std::uint32_t>(kept_kind::state), next.first, payload);
    at += next.count;
  }
}

std::string solver_keeper::write_file(std::vector<group_state> const& groups, team_member const& me) {
  kept_.make_folder();
  auto const name = kept_.state_name(rank_, files_++);
  try {
    shard_writer file(name, kept_.run());
    std::array const text{std::as_bytes(std::span(kept_.identity()))};
    file.append(static_cast<std::uint32_t>(kept_kind::identity), kept_.attempt(), text);
    for (auto const& group : groups) append_blocks(file, group, me);
    auto const mark = packed(kept_mark{static_cast<std::uint32_t>(rank_), static_cast<std::uint32_t>(ranks_), 0, 0});
    std::array const payload{std::span<std::byte const>(mark)};
    file.append(static_cast<std::uint32_t>(kept_kind::mark), 0, payload);
    file.flush();
  } catch (...) {
    ::unlink(name.c_str());
    throw;
  }
  return name;
}

}  // namespace xrdct
