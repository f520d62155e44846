#include "kernels/cpu/count_reducer.hpp"

#include "kernels/common/batch.hpp"
#include "kernels/cpu/count_sums.hpp"
#include "kernels/cpu/count_worker.hpp"
#include "kernels/cpu/job_line.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace xrdct::cpu {
namespace {

using simd::most_lanes;

// Below so many ranges a thread they are not shared out evenly.
constexpr std::size_t least_ranges_a_thread = 3;

// So few threads each take 32 frames of their own, as frames need memory: with 2.5 MB each those of two threads, and
// the next, are 240 MB. Threads that share frames have to find where ranges begin, hand sums to one another, and wait
// at times.
constexpr std::size_t most_threads_alone = 2;

std::size_t sets_for(std::size_t frames) { return frames > simd::lanes ? 2 : 1; }

/// What a thread works with.
struct count_thread {
  explicit count_thread(count_plan const& plan) : worker(plan) {}
  count_worker worker;
  // Where it reduces frames of its own:
  std::vector<encoded_frame> frames;
  std::unique_ptr<range_sums> part;
  std::size_t sets = 0;  // that it has room for
  count_sums sums;
};

/// The scratch memory of every thread; each makes its own, so that it is near it.
class count_threads {
 public:
  count_threads(count_plan const& plan, std::size_t threads) : plan_(plan), own_(threads) {}
  count_thread& of(int worker) {
    auto& own = own_[static_cast<std::size_t>(worker)];
    if (!own) own.emplace(plan_);
    return *own;
  }
  std::size_t size() const { return own_.size(); }
  /// Whether each has full sets of frames of its own.
  bool work_alone() const { return size() <= most_threads_alone; }
  /// Sums of ranges that frames may take: twice as many as threads, so that others go on where the system lets one
  /// rest.
  std::size_t parts() const { return size() == 1 ? 1 : size() + std::max<std::size_t>(size(), 6); }

 private:
  count_plan const& plan_;
  std::vector<std::optional<count_thread>> own_;
};

/// Frames that all threads reduce together, by ranges of pixels.
class shared_frames {
 public:
  shared_frames(count_plan const& plan, count_threads& threads)
      : plan_(plan), tables_(plan.tables), threads_(threads), frames_(most_lanes, encoded_frame(plan.lanes)) {}

  /// Not after frames that were abandoned.
  void begin(std::size_t count) {
    bool const same_sets = sets_for(count) == sets();
    count_ = count;
    sums_.begin(tables_, sets() * simd::lanes);
    if (ordered_ && same_sets)
      ordered_->begin_again();
    else
      ordered_.emplace(tables_, sums_, sets() * simd::lanes, threads_.parts());
  }

  /// Opens some of the frames and finds where their ranges begin.
  void open(std::span<frame const> frames, std::span<std::size_t const> which, std::size_t first, std::size_t end) {
    std::vector<encoded_frame const*> in_blocks;
    std::vector<std::vector<std::size_t>*> offsets;
    for (auto lane = first; lane < end; ++lane) {
      opened_[lane] = frames_[lane].open(frames[which[lane]]);
      if (!frames_[lane].is_open() || frames_[lane].has_places()) continue;
      in_blocks.push_back(&frames_[lane]);
      offsets.push_back(&offsets_[lane]);
    }
    auto const range_pixels = tables_.range(0).end_slice * tables_.slice_pixels();
    auto const blocks = (plan_.lanes.shuffled_pixels() + tables_.block_pixels() - 1) / tables_.block_pixels();
    find_blocks(in_blocks, blocks, range_pixels / tables_.block_pixels(), offsets);
  }

  /// Sums up the next range that nobody has begun.
  void sum_a_range(int worker) {
    auto part = ordered_->take();
    if (!part) return;
    auto& own = threads_.of(worker);
    own.worker.start(std::span(frames_).first(count_), offsets_, part->range, part->frames);
    own.worker.sum(sets(), *part);
    ordered_->give(std::move(part));
  }
  void abandon() {
    abandoned_ = true;
    if (ordered_) ordered_->abandon();
  }
  bool abandoned() const { return abandoned_; }

  void write(std::size_t lane, std::size_t row, patterns const& into) {
    into.status[row] = opened_[lane] == frame_status::ok ? sums_.frames().status[lane] : opened_[lane];
    if (into.status[row] == frame_status::ok) sums_.write(lane, row, into);
  }

 private:
  std::size_t sets() const { return sets_for(count_); }

  count_plan const& plan_;
  count_tables const& tables_;
  count_threads& threads_;
  std::size_t count_ = 0;
  std::vector<encoded_frame> frames_;
  per_count_lane<frame_status> opened_{};
  per_count_lane<std::vector<std::size_t>> offsets_;
  count_sums sums_;
  std::optional<ordered_count_sums> ordered_;
  std::atomic<bool> abandoned_ = false;
};

/// Two sets of frames, as the next are begun before the last range of those before them has ended.
using frame_places = std::array<std::unique_ptr<shared_frames>, job_line::at_once>;

/// Up to 32 frames in the line of a reducer.
class frame_job : public phased_job {
 public:
  frame_job(std::span<frame const> frames, std::span<std::size_t const> which, patterns const& into,
            count_plan const& plan, count_threads& threads, frame_places& places)
      : frames_(frames), which_(which), into_(into), plan_(plan), threads_(threads), places_(places) {}

  std::size_t phases() const override { return 4; }
  std::size_t tasks(std::size_t phase) const override {
    switch (phase) {
      case 0: return 1;
      case 1: return openers();
      case 2: return plan_.tables.ranges();
      default: return which_.size();
    }
  }
  void run(std::size_t phase, std::size_t task, int worker, std::size_t place) override {
    auto& mine = places_[place];
    switch (phase) {
      case 0:
        if (!mine || mine->abandoned()) mine = std::make_unique<shared_frames>(plan_, threads_);
        running_ = mine.get();  // first, so that what begin() throws in the midst of is abandoned
        running_->begin(which_.size());
        break;
      case 1:
        mine->open(frames_, which_, which_.size() * task / openers(), which_.size() * (task + 1) / openers());
        break;
      case 2: mine->sum_a_range(worker); break;
      default: mine->write(task, which_[task], into_);
    }
  }
  void abandon() override {
    if (running_ != nullptr) running_->abandon();
  }

 private:
  std::size_t openers() const { return std::min(threads_.size(), which_.size()); }

  std::span<frame const> frames_;
  std::span<std::size_t const> which_;
  patterns into_;
  count_plan const& plan_;
  count_threads& threads_;
  frame_places& places_;
  shared_frames* running_ = nullptr;  // written before the phase that others read it in
};

/// What one thread makes patterns of, from the first block of a frame to the last.
void reduce_alone(count_plan const& plan, count_thread& own, std::span<frame const> frames,
                  std::span<std::size_t const> which, patterns const& into) {
  auto const& tables = plan.tables;
  auto const sets = sets_for(which.size());
  if (own.frames.empty()) own.frames.assign(most_lanes, encoded_frame(plan.lanes));
  auto part = std::move(own.part);  // given back at the end alone: what is thrown may leave part of a range in it
  if (!part || own.sets != sets) {
    part.reset();
    part = std::make_unique<range_sums>(tables, sets * simd::lanes);
    own.sets = sets;
  }
  own.sums.begin(tables, sets * simd::lanes);
  for (std::size_t lane = 0; lane < which.size(); ++lane)
    own.sums.frames().status[lane] = own.frames[lane].open(frames[which[lane]]);
  own.worker.start(std::span(own.frames).first(which.size()));
  for (std::size_t range = 0; range < tables.ranges(); ++range) {
    part->range = range;
    own.worker.sum(sets, *part);
    own.sums.add(*part);
  }
  own.part = std::move(part);
  for (std::size_t lane = 0; lane < which.size(); ++lane) {
    auto const row = which[lane];
    into.status[row] = own.sums.frames().status[lane];
    if (into.status[row] == frame_status::ok) own.sums.write(lane, row, into);
  }
}

/// Up to 32 frames in the line of a reducer, of which one thread makes patterns.
class lone_job : public phased_job {
 public:
  lone_job(std::span<frame const> frames, std::span<std::size_t const> which, patterns const& into,
           count_plan const& plan, count_threads& threads)
      : frames_(frames), which_(which), into_(into), plan_(plan), threads_(threads) {}

  std::size_t phases() const override { return 1; }
  std::size_t tasks(std::size_t /*phase*/) const override { return 1; }
  void run(std::size_t /*phase*/, std::size_t /*task*/, int worker, std::size_t /*place*/) override {
    reduce_alone(plan_, threads_.of(worker), frames_, which_, into_);
  }
  bool needs_place() const override { return false; }
  void abandon() override {}  // nobody waits for a part of it

 private:
  std::span<frame const> frames_;
  std::span<std::size_t const> which_;
  patterns into_;
  count_plan const& plan_;
  count_threads& threads_;
};

/// Frames in a line: all that were submitted at a time.
class submitted_frames : public done {
 public:
  submitted_frames(std::vector<std::size_t> which, job_line& line) : which_(std::move(which)), line_(line) {}
  ~submitted_frames() override {
    try {
      wait();
    } catch (...) {  // nobody asked
    }
  }
  submitted_frames(submitted_frames const&) = delete;
  submitted_frames& operator=(submitted_frames const&) = delete;

  void submit(std::span<frame const> frames, patterns const& into, count_plan const& plan, count_threads& threads,
              frame_places& places) {
    // Room beforehand: a job in the line whose ticket finds no memory would be one that nobody waits for.
    auto const jobs = (which_.size() + most_lanes - 1) / most_lanes;
    jobs_.reserve(jobs);
    tickets_.reserve(jobs);
    for (std::size_t first = 0; first < which_.size(); first += most_lanes) {
      auto const some = std::span(which_).subspan(first, std::min(most_lanes, which_.size() - first));
      if (threads.work_alone() && some.size() == most_lanes)
        jobs_.push_back(std::make_unique<lone_job>(frames, some, into, plan, threads));
      else
        jobs_.push_back(std::make_unique<frame_job>(frames, some, into, plan, threads, places));
      tickets_.push_back(line_.submit(*jobs_.back()));
    }
  }

  void wait() override {
    std::exception_ptr failure;
    for (auto const& ticket : std::exchange(tickets_, {})) try {
        line_.wait(*ticket);
      } catch (...) {
        if (!failure) failure = std::current_exception();
      }
    if (failure) std::rethrow_exception(failure);
  }

 private:
  std::vector<std::size_t> which_;
  job_line& line_;
  std::vector<std::unique_ptr<phased_job>> jobs_;
  std::vector<std::shared_ptr<job_line::ticket>> tickets_;
};

class count_reducer : public frame_reducer {
 public:
  count_reducer(std::span<std::byte const> tables, thread_pool& threads)
      : tables_(tables),
        plan_(tables_),
        threads_(threads),
        own_(plan_, static_cast<std::size_t>(threads.threads())),
        line_(threads) {}
  count_reducer(count_reducer const&) = delete;
  count_reducer& operator=(count_reducer const&) = delete;

  std::unique_ptr<done> submit(std::span<frame const> frames, patterns into) override {
    auto which = begin_batch(frames, into, tables_.bins());
    if (by_ranges()) {
      auto work = std::make_unique<submitted_frames>(std::move(which), line_);
      work->submit(frames, into, plan_, own_, places_);
      return work;
    }
    return finish_batch([&] { reduce_by_frames(frames, which, into); });
  }

  std::size_t batches_at_once() const override { return by_ranges() && own_.work_alone() ? own_.size() : 1; }

  std::size_t preferred_batch() const override { return by_ranges() ? most_lanes : most_lanes * own_.size(); }

  std::size_t memory() const override {
    auto const& format = tables_.format();
    bool const whole = plan_.lanes.decodes_whole();
    bool const also_alone = by_ranges() && own_.work_alone();
    std::size_t const groups = (by_ranges() ? job_line::at_once : 0) + (!by_ranges() || also_alone ? own_.size() : 0);
    std::size_t const sums =
        2 * most_lanes * tables_.bins() * sizeof(double) + most_lanes * tables_.bins() * sizeof(bin_norm);
    std::size_t const numbers = range_sums::numbers(tables_, most_lanes);
    std::size_t const part = numbers * ((tables_.has(sum_precision::single) ? sizeof(float) : 0) +
                                        (tables_.has(sum_precision::full) ? sizeof(double) : 0) + sizeof(double)) +
                             numbers / 2 * sizeof(bin_norm);
    return groups * (sums + (whole ? most_lanes * format.bytes() : 0)) +
           ((by_ranges() ? job_line::at_once * own_.parts() : 0) + (!by_ranges() || also_alone ? own_.size() : 0)) *
               part +
           own_.size() * count_worker::memory(tables_);
  }

 private:
  /// One thread has nothing to share, and follows its frames block by block.
  bool by_ranges() const {
    return own_.size() > 1 && tables_.format().code != encoding::byte_offset &&
           tables_.ranges() >= least_ranges_a_thread * own_.size();
  }
  // As few groups of frames as keep all threads busy, a thread each.
  void reduce_by_frames(std::span<frame const> frames, std::span<std::size_t const> which, patterns const& into) {
    auto const full = (which.size() + most_lanes - 1) / most_lanes;
    auto const rounds = (full + own_.size() - 1) / own_.size();
    auto const tasks = std::min(which.size(), rounds * own_.size());
    threads_.run(tasks, [&](std::size_t task, int worker) {
      auto const begin = which.size() * task / tasks, end = which.size() * (task + 1) / tasks;
      reduce_alone(plan_, own_.of(worker), frames, which.subspan(begin, end - begin), into);
    });
  }

  count_tables tables_;
  count_plan plan_;
  thread_pool& threads_;
  count_threads own_;
  frame_places places_;
  job_line line_;  // destroyed first: nothing works any more then
};

}  // namespace

std::unique_ptr<frame_reducer> make_count_reducer(std::span<std::byte const> tables, thread_pool& threads) {
  return std::make_unique<count_reducer>(tables, threads);
}

}  // namespace xrdct::cpu
