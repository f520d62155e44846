#include "xrdct/pipeline/checkpoints.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/comm/pattern_exchange.hpp"
#include "xrdct/io/arrays.hpp"
#include "xrdct/io/checkpoint_shard.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <system_error>

namespace xrdct {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view shard_ending = ".shard";
constexpr std::string_view state_ending = ".state";
// The text of an identity is a few kB; that of a job with very many options and files is below this.
constexpr std::uint64_t longest_identity = std::uint64_t{1} << 24;

/// "0002-00013.shard": the second attempt's rank 13; "0002-00013-000004.state": its fifth file of states.
std::optional<std::uint64_t> attempt_of(std::string const& name) {
  if (!name.ends_with(shard_ending) && !name.ends_with(state_ending)) return {};
  std::uint64_t number = 0;
  auto const [end, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (problem != std::errc() || end == name.data() || *end != '-') return {};
  return number;
}

/// Names of all shards; empty where there is no such folder.
std::vector<std::string> list_shards(std::string const& folder) {
  std::vector<std::string> names;
  std::error_code none;
  for (fs::directory_iterator at(folder, none), end; !none && at != end; at.increment(none))
    if (auto name = at->path().filename().string(); attempt_of(name)) names.push_back(std::move(name));
  std::ranges::sort(names);
  return names;
}

void remove_shards(std::string const& folder) {
  for (auto const& name : list_shards(folder)) ::unlink((folder + "/" + name).c_str());
  ::rmdir(folder.c_str());  // stays where others put something into it
}

/// A good record of a frame.
struct found_frame {
  std::uint64_t frame = 0;
  std::uint32_t detectors = 0;
  std::uint64_t place = 0;
};

/// What a shard holds, in the words of the one who looked.
struct shard_report {
  std::uint32_t shard = 0;
  std::uint64_t run = 0;
  std::string identity;  ///< empty where its record is not good
  std::vector<found_frame> frames;
  std::vector<kept_state_place> states;
  kept_mark last;
  std::uint64_t damaged = 0;
  std::uint64_t left_over = 0;
  bool torn = false;
  std::string problem;

  void fields(auto& archive) { archive(shard, run, identity, frames, states, last, damaged, left_over, torn, problem); }
};

std::string text_of(std::span<std::byte const> bytes) {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

/// Reads one from end to end. Records of other kinds, or of frames that there are not, are none.
shard_report look_into(std::string const& path, std::uint32_t number, std::uint64_t frames, std::size_t detectors,
                       std::size_t values) {
  shard_report report;
  report.shard = number;
  auto const longest = path.ends_with(state_ending)
                           ? std::numeric_limits<std::uint64_t>::max()
                           : std::max<std::uint64_t>(longest_identity, kept_frame::bytes + values * sizeof(float));
  shard_reader reader(path, longest);
  report.problem = reader.problem();
  std::vector<std::byte> payload;
  while (auto const record = reader.next(payload)) {
    if (report.run == 0) report.run = record->run;
    if (record->run != report.run) continue;
    if (record->kind == static_cast<std::uint32_t>(kept_kind::identity)) report.identity = text_of(payload);
    if (record->kind == static_cast<std::uint32_t>(kept_kind::mark))
      if (auto const mark = unpacked_mark(payload)) report.last = *mark;
    if (record->kind == static_cast<std::uint32_t>(kept_kind::state))
      if (auto const state = unpacked_state(payload)) report.states.push_back({*state, number, reader.place()});
    if (record->kind != static_cast<std::uint32_t>(kept_kind::frame)) continue;
    auto const frame = unpacked_frame(payload, values);
    if (frame && record->key < frames && frame->detectors > 0 && frame->detectors <= detectors)
      report.frames.push_back({record->key, frame->detectors, reader.place()});
  }
  report.damaged = reader.damaged();
  report.left_over = reader.left_over();
  report.torn = reader.torn();
  return report;
}

void tell(shard_report const& report, std::string const& path) {
  if (!report.problem.empty()) return log_warning("checkpoint: " + path + " cannot be read: " + report.problem);
  auto const bytes = std::to_string(report.left_over) + " bytes";
  if (report.damaged > 0)
    log_warning("checkpoint: " + path + " is corrupt: " + std::to_string(report.damaged) +
                " of its records have another checksum, and what they held is done again");
  if (report.left_over == 0) return;
  if (report.torn)
    log_info("checkpoint: the last record of " + path + " (" + bytes + ") was not finished, and is left out");
  else
    log_warning("checkpoint: " + path + " is corrupt: its last " + bytes +
                " make no sense, and what they held is done again");
}

/// Throws where a shard is of another job.
void require_same(shard_report const& report, run_identity const& mine, std::string const& folder) {
  if (report.run == 0 || report.run == mine.id()) return;
  auto const difference = report.identity.empty() ? "" : mine.difference_from(run_identity::parse(report.identity));
  throw input_error("the checkpoint " + folder + " is of another job" +
                    (difference.empty() ? std::string() : ": " + difference) +
                    "; go on with what it was begun with, or begin anew with --overwrite and without --resume");
}

std::vector<attempt_record> tally(std::vector<shard_report> const& reports, std::vector<std::string> const& names) {
  std::map<std::uint64_t, attempt_record> all;
  for (auto const& report : reports) {
    auto const number = attempt_of(names[report.shard]).value_or(0);
    auto& one = all[number];
    one.number = number;
    one.ranks = std::max<std::uint64_t>(one.ranks, report.last.ranks);
    one.reduced += report.last.reduced;
    one.kept += report.frames.size();
    one.seconds = std::max(one.seconds, report.last.seconds);
  }
  std::vector<attempt_record> list;
  for (auto const& [number, record] : all) list.push_back(record);
  return list;
}

/// Whether a file is the result of this very job.
bool is_result_of(std::string const& file, std::uint64_t run) {
  try {
    return read_text(file, "/entry/process/run") == std::to_string(run);
  } catch (error const&) {
    return false;  // another kind of file
  }
}

/// Where every frame is kept with most detectors.
std::vector<kept_place> best_places(std::vector<shard_report> const& reports, std::uint64_t frames) {
  std::vector<kept_place> best(frames);
  for (auto const& report : reports)
    for (auto const& found : report.frames)
      if (auto& at = best[found.frame]; found.detectors > at.detectors)
        at = {report.shard, found.detectors, found.place};
  return best;
}

}  // namespace

checkpoints::checkpoints(job const& what, measurement& m, communicator const& ranks) : checkpoints(what) {
  begin(what, from_root(ranks, [&] { return run_identity(what, m).text(); }), ranks);
  if (complete_ || shards_.empty()) return;
  find({m.frames(), m.detectors.size(), static_cast<std::size_t>(pattern_quantities * m.channels())}, ranks);
  share_out(m, ranks.size());
}

checkpoints::checkpoints(job const& what, run_identity const& identity, communicator const& ranks) : checkpoints(what) {
  begin(what, from_root(ranks, [&] { return identity.text(); }), ranks);
  if (!complete_ && !shards_.empty()) find({}, ranks);
}

/// Names of shards, where there are any to go on from.
void checkpoints::begin(job const& what, std::string identity, communicator const& ranks) {
  identity_ = std::move(identity);
  run_ = run_identity::parse(identity_).id();
  complete_ = from_root(ranks, [&] {
    bool const is_there = fs::exists(what.output);
    if (is_there && what.run.resume && is_result_of(what.output, run_)) return true;
    if (is_there && !what.overwrite)
      throw usage_error("the output " + what.output +
                        " exists, and is not of this job; give -o another name, or allow "
                        "--overwrite");
    shards_ = list_shards(folder_);
    if (!shards_.empty() && !what.run.resume && !what.overwrite)
      throw usage_error("there is a checkpoint of an unfinished run in " + folder_ +
                        ": go on from there with --resume, or begin anew with --overwrite");
    if (!what.run.resume) {
      remove_shards(folder_);
      shards_.clear();
    }
    return false;
  });
  ranks.share(shards_);
  if (!complete_ && what.run.resume && shards_.empty() && ranks.root())
    log_info("--resume: there is no checkpoint, so this is the first attempt");
}

void checkpoints::find(contents const& possible, communicator const& ranks) {
  std::vector<shard_report> mine;
  together(ranks, [&] {
    for (auto i = static_cast<std::size_t>(ranks.rank()); i < shards_.size();
         i += static_cast<std::size_t>(ranks.size()))
      mine.push_back(look_into(folder_ + "/" + shards_[i], static_cast<std::uint32_t>(i), possible.frames,
                               possible.detectors, possible.values));
  });
  std::vector<shard_report> reports;
  for (auto& of_rank : ranks.collect(mine))
    for (auto& report : of_rank) reports.push_back(std::move(report));
  together(ranks, [&] {
    if (!ranks.root()) return;
    auto const identity = run_identity::parse(identity_);
    for (auto const& report : reports) {
      require_same(report, identity, folder_);
      tell(report, folder_ + "/" + shards_[report.shard]);
    }
    places_ = best_places(reports, possible.frames);
    earlier_ = tally(reports, shards_);
    for (auto const& report : reports) states_.insert(states_.end(), report.states.begin(), report.states.end());
    for (auto const& name : shards_) attempt_ = std::max(attempt_, *attempt_of(name) + 1);
    tell_found(possible);
  });
  ranks.share(places_);
  ranks.share(states_);
  ranks.share(earlier_);
  ranks.share(attempt_);
}

void checkpoints::tell_found(contents const& possible) const {
  if (possible.frames > 0) {
    auto const whole = std::ranges::count(places_, possible.detectors, &kept_place::detectors);
    log_info("resuming: " + std::to_string(whole) + " of " + std::to_string(possible.frames) +
             " frames were reduced in " + std::to_string(earlier_.size()) +
             (earlier_.size() == 1 ? " attempt" : " attempts") + " before this one");
  }
  // By layer and first bin, which blocks of channels have; as far as they are.
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::int32_t> blocks;
  for (auto const& state : states_) {
    auto& iteration = blocks[{state.about.layer, state.about.first}];
    iteration = std::max(iteration, state.about.iteration);
  }
  if (blocks.empty()) return;
  auto const [least, most] = std::ranges::minmax_element(blocks, {}, &decltype(blocks)::value_type::second);
  log_info("resuming: iterations go on in " + std::to_string(blocks.size()) +
           (blocks.size() == 1 ? " block" : " blocks") + " of channels after " + std::to_string(least->second) +
           " to " + std::to_string(most->second) + " of them");
}

std::uint64_t checkpoints::work_done() const {
  std::uint64_t sum = 0;
  for (auto const& place : places_) sum += place.detectors;
  return sum;
}

void checkpoints::share_out(measurement& m, int ranks) const {
  std::vector<std::uint64_t> weight(m.frames());
  for (std::size_t d = 0; d < m.detectors.size(); ++d)
    for (std::size_t i = 0; i < weight.size(); ++i) {
      auto const bytes = m.detectors[d].stack.stored_bytes[i];
      // What is done costs no time but memory: half its weight, so that no rank has more than twice its share of that.
      weight[i] += detectors_in(i) > d ? bytes / 2 : bytes;
    }
  m.slices = partition(weight, ranks);
}

std::string checkpoints::shard_name(int rank) const {
  std::array<char, 64> name{};
  std::snprintf(name.data(), name.size(), "%04llu-%05d", static_cast<unsigned long long>(attempt_), rank);
  return folder_ + "/" + name.data() + std::string(shard_ending);
}

std::string checkpoints::state_name(int rank, std::uint64_t number) const {
  std::array<char, 80> name{};
  std::snprintf(name.data(), name.size(), "%04llu-%05d-%06llu", static_cast<unsigned long long>(attempt_), rank,
                static_cast<unsigned long long>(number));
  return folder_ + "/" + name.data() + std::string(state_ending);
}

void checkpoints::make_folder() const {
  if (::mkdir(folder_.c_str(), 0777) == 0 || errno == EEXIST) return;
  throw runtime_failure("the checkpoint " + folder_ +
                        " cannot be made: " + std::error_code(errno, std::generic_category()).message());
}

std::optional<solver_state> checkpoints::load(kept_state_place const& at) const {
  std::vector<std::byte> payload;
  shard_reader reader(folder_ + "/" + shards_[at.shard], std::numeric_limits<std::uint64_t>::max());
  auto const record = reader.at(at.place, payload);
  if (!record || record->run != run_ || payload.size() < kept_state::bytes) return {};
  payload.erase(payload.begin(), payload.begin() + kept_state::bytes);
  try {
    solver_state state;
    unpacker unpack(payload);
    unpack(state);
    return state;
  } catch (error const&) {  // of another version
    return {};
  }
}

std::vector<std::uint32_t> checkpoints::load(frame_range which, std::span<float> sums, frame_records& records,
                                             bool skip_bad_frames) const {
  std::vector<std::uint32_t> detectors(which.count);
  if (places_.empty() || which.count == 0) return detectors;
  auto const values = sums.size() / which.count;
  std::map<std::uint32_t, std::vector<std::uint64_t>> by_shard;
  for (std::uint64_t i = 0; i < which.count; ++i)
    if (auto const& at = places_[which.first + i]; at.detectors > 0) by_shard[at.shard].push_back(i);
  std::vector<std::byte> payload;
  for (auto& [shard, frames] : by_shard) {
    auto const place = [&](std::uint64_t i) { return places_[which.first + i].place; };
    std::ranges::sort(frames, {}, place);
    shard_reader reader(folder_ + "/" + shards_[shard], kept_frame::bytes + values * sizeof(float));
    for (auto const i : frames) {
      auto const record = reader.at(place(i), payload);
      if (!record || record->run != run_ || record->key != which.first + i) continue;
      auto const kept = unpacked_frame(payload, values);
      if (!kept || kept->detectors != places_[which.first + i].detectors) continue;
      if (is_bad(kept->status) && !skip_bad_frames) continue;
      if (kept->has_sums)
        std::memcpy(sums.data() + i * values, payload.data() + kept_frame::bytes, values * sizeof(float));
      records.status[i] = kept->status;
      records.cause[i] = kept->cause;
      records.saturated[i] = kept->saturated;
      records.raw_sum[i] = kept->raw_sum;
      detectors[i] = kept->detectors;
    }
  }
  return detectors;
}

std::string checkpoints::when_stopped(communicator const& ranks, bool iterates) const {
  return from_root(ranks, [&]() -> std::string {
    if (iterates && interval_ > 0)
      return "its iterations are kept in " + folder_ + "; the same command with --resume goes on from there";
    if (list_shards(folder_).empty()) return "nothing of it is kept; the same command begins it anew";
    return "what was reduced is kept in " + folder_ + "; the same command with --resume goes on from there";
  });
}

void checkpoints::remove() const { remove_shards(folder_); }

void tell_complete(checkpoints const& kept, communicator const& ranks) {
  if (!ranks.root()) return;
  log_info("the output is there already, and is the result of this job");
  kept.remove();
}

}  // namespace xrdct
