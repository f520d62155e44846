#include "kernels/cpu/count_reducer.hpp"

#include "kernels/cpu/batch.hpp"
#include "kernels/cpu/count_sums.hpp"
#include "kernels/cpu/count_worker.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace xrdct::cpu {
namespace {

using simd::most_lanes;

// Below so many ranges a thread they are not shared out evenly.
constexpr std::size_t least_ranges_a_thread = 3;

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

class count_reducer : public frame_reducer {
 public:
  count_reducer(std::span<std::byte const> tables, thread_pool& threads)
      : tables_(tables), plan_(tables_), threads_(threads), own_(static_cast<std::size_t>(threads.threads())) {}
  count_reducer(count_reducer const&) = delete;
  count_reducer& operator=(count_reducer const&) = delete;

  std::unique_ptr<done> submit(std::span<frame const> frames, patterns into) override {
    auto const which = begin_batch(frames, into, tables_.bins());
    return finish_batch([&] {
      if (by_ranges()) {
        for (std::size_t first = 0; first < which.size(); first += most_lanes)
          reduce_by_ranges(frames, std::span(which).subspan(first, std::min(most_lanes, which.size() - first)), into);
      } else {
        reduce_by_frames(frames, which, into);
      }
    });
  }

  std::size_t preferred_batch() const override { return by_ranges() ? most_lanes : most_lanes * own_.size(); }

  std::size_t memory() const override {
    auto const& format = tables_.format();
    bool const whole = plan_.lanes.decodes_whole();
    std::size_t const groups = by_ranges() ? 1 : own_.size();
    std::size_t const sums =
        2 * most_lanes * tables_.bins() * sizeof(double) + most_lanes * tables_.bins() * sizeof(bin_norm);
    std::size_t const numbers = range_sums::numbers(tables_, most_lanes);
    std::size_t const part = numbers * ((tables_.has(sum_precision::single) ? sizeof(float) : 0) +
                                        (tables_.has(sum_precision::full) ? sizeof(double) : 0) + sizeof(double)) +
                             numbers / 2 * sizeof(bin_norm);
    return groups * (sums + (whole ? most_lanes * format.bytes() : 0)) + parts() * part +
           own_.size() * count_worker::memory(tables_);
  }

 private:
  /// One thread has nothing to share, and follows its frames block by block.
  bool by_ranges() const {
    return own_.size() > 1 && tables_.format().code != encoding::byte_offset &&
           tables_.ranges() >= least_ranges_a_thread * own_.size();
  }
  /// Sums of ranges: one for each thread, and one in two for those that wait for a slower one.
  std::size_t parts() const { return own_.size() == 1 ? 1 : own_.size() + (own_.size() + 1) / 2; }

  count_thread& thread(int worker) {
    auto& own = own_[static_cast<std::size_t>(worker)];
    if (!own) own.emplace(plan_);  // by the thread itself, so that its memory is near it
    return *own;
  }

  // As few groups of frames as keep all threads busy, a thread each.
  void reduce_by_frames(std::span<frame const> frames, std::span<std::size_t const> which, patterns const& into) {
    auto const full = (which.size() + most_lanes - 1) / most_lanes;
    auto const rounds = (full + own_.size() - 1) / own_.size();
    auto const tasks = std::min(which.size(), rounds * own_.size());
    threads_.run(tasks, [&](std::size_t task, int worker) {
      auto const begin = which.size() * task / tasks, end = which.size() * (task + 1) / tasks;
      reduce_alone(thread(worker), frames, which.subspan(begin, end - begin), into);
    });
  }

  void reduce_alone(count_thread& own, std::span<frame const> frames, std::span<std::size_t const> which,
                    patterns const& into) {
    auto const sets = sets_for(which.size());
    if (own.frames.empty()) own.frames.assign(most_lanes, encoded_frame(plan_.lanes));
    auto part = std::move(own.part);  // given back at the end alone: what is thrown may leave part of a range in it
    if (!part || own.sets != sets) {
      part.reset();
      part = std::make_unique<range_sums>(tables_, sets * simd::lanes);
      own.sets = sets;
    }
    own.sums.begin(tables_, sets * simd::lanes);
    for (std::size_t lane = 0; lane < which.size(); ++lane)
      own.sums.frames().status[lane] = own.frames[lane].open(frames[which[lane]]);
    own.worker.start(std::span(own.frames).first(which.size()));
    for (std::size_t range = 0; range < tables_.ranges(); ++range) {
      part->range = range;
      own.worker.sum(sets, *part);
      own.sums.add(*part);
    }
    own.part = std::move(part);
    for (std::size_t lane = 0; lane < which.size(); ++lane) write(own.sums, lane, which[lane], into);
  }

  void reduce_by_ranges(std::span<frame const> frames, std::span<std::size_t const> which, patterns const& into) {
    auto const sets = sets_for(which.size());
    open(frames, which);
    sums_.begin(tables_, sets * simd::lanes);
    std::copy_n(opened_.begin(), which.size(), sums_.frames().status.begin());
    ordered_count_sums ordered(tables_, sums_, sets * simd::lanes, parts());
    threads_.run(tables_.ranges(), [&](std::size_t, int worker) {
      try {
        auto& own = thread(worker);
        auto part = ordered.take();
        if (!part) return;
        own.worker.start(std::span(frames_).first(which.size()), offsets_, part->range, part->frames);
        own.worker.sum(sets, *part);
        ordered.give(std::move(part));
      } catch (...) {
        ordered.abandon();
        throw;
      }
    });
    threads_.run(which.size(), [&](std::size_t lane, int) { write(sums_, lane, which[lane], into); });
  }

  // Opens frames and finds where their ranges begin; every thread takes some frames.
  void open(std::span<frame const> frames, std::span<std::size_t const> which) {
    if (frames_.empty()) frames_.assign(most_lanes, encoded_frame(plan_.lanes));
    auto const tasks = std::min(own_.size(), which.size());
    threads_.run(tasks, [&](std::size_t task, int) {
      std::vector<encoded_frame const*> in_blocks;
      std::vector<std::vector<std::size_t>*> offsets;
      for (auto lane = which.size() * task / tasks; lane < which.size() * (task + 1) / tasks; ++lane) {
        opened_[lane] = frames_[lane].open(frames[which[lane]]);
        if (!frames_[lane].is_open() || frames_[lane].has_places()) continue;
        in_blocks.push_back(&frames_[lane]);
        offsets.push_back(&offsets_[lane]);
      }
      auto const range_pixels = tables_.range(0).end_slice * tables_.slice_pixels();
      auto const blocks = (plan_.lanes.shuffled_pixels() + tables_.block_pixels() - 1) / tables_.block_pixels();
      find_blocks(in_blocks, blocks, range_pixels / tables_.block_pixels(), offsets);
    });
  }

  static void write(count_sums& sums, std::size_t lane, std::size_t row, patterns const& into) {
    into.status[row] = sums.frames().status[lane];
    if (into.status[row] == frame_status::ok) sums.write(lane, row, into);
  }

  count_tables tables_;
  count_plan plan_;
  thread_pool& threads_;
  std::vector<std::optional<count_thread>> own_;  // of every thread
  // Of the frames that threads share:
  std::vector<encoded_frame> frames_;
  per_count_lane<frame_status> opened_{};
  per_count_lane<std::vector<std::size_t>> offsets_;
  count_sums sums_;
};

}  // namespace

std::unique_ptr<frame_reducer> make_count_reducer(std::span<std::byte const> tables, thread_pool& threads) {
  return std::make_unique<count_reducer>(tables, threads);
}

}  // namespace xrdct::cpu
