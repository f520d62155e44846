#include "kernels/cpu/frame_reducer.hpp"

#include "kernels/common/batch.hpp"
#include "kernels/common/check_reduction.hpp"
#include "kernels/common/reduction_tables.hpp"
#include "kernels/cpu/count_reducer.hpp"
#include "kernels/cpu/count_tables.hpp"
#include "kernels/cpu/huge_buffer.hpp"
#include "kernels/cpu/lane_group.hpp"

#include <algorithm>
#include <vector>

namespace xrdct::cpu {
namespace {

std::vector<bin_norm> sum_norms(integration_matrix const& matrix, reduction_plan const& plan) {
  std::vector<bin_norm> norms(matrix.bins);
  for (std::size_t p = 0; p < matrix.pixels(); ++p) {
    if (plan.selection.is_excluded(p)) continue;
    for (auto e = matrix.offsets[p]; e < matrix.offsets[p + 1]; ++e)
      norms[matrix.bin[e]].add(matrix.coefficient[e], plan.selection.norm(p), plan.variance(p));
  }
  return norms;
}

reduction_plan make_plan(reduction const& what, frame_format const& format, thread_pool& threads) {
  reduction_plan plan{pixel_selection(*what.pixels, format.pixels()),
                      raw_values(*what.pixels, format.type),
                      plan_lanes(format),
                      what.matrix->bins,
                      what.errors,
                      what.reject,
                      {},
                      {},
                      {},
                      {}};
  bool const by_image = what.errors == error_model::image;
  if (needs_whole_bins(what.errors, what.reject)) {
    plan.order.emplace(*what.matrix, *what.pixels, plan.selection, plan.lanes.slice_pixels, by_image,
                       format.type != pixel_type::f32);
  } else {
    if (by_image) plan.variance_image = what.pixels->variance;
    plan.slices.emplace(*what.matrix, plan.selection, what.pixels->dark, plan.lanes.slice_pixels, threads);
    plan.norms = sum_norms(*what.matrix, plan);
  }
  return plan;
}

class fused_reducer : public frame_reducer {
 public:
  fused_reducer(reduction_plan plan, thread_pool& threads) : plan_(std::move(plan)), threads_(threads) {
    plan_.lanes.selection = &plan_.selection;
    groups_.reserve(static_cast<std::size_t>(threads.threads()));
    for (int i = 0; i < threads.threads(); ++i) groups_.emplace_back(plan_);
  }
  fused_reducer(fused_reducer const&) = delete;
  fused_reducer& operator=(fused_reducer const&) = delete;

  std::unique_ptr<done> submit(std::span<frame const> frames, patterns into) override {
    auto const which = begin_batch(frames, into, plan_.bins);
    return finish_batch([&] { reduce(frames, which, into); });
  }

  std::size_t preferred_batch() const override { return simd::lanes * groups_.size(); }
  std::size_t memory() const override { return groups_.size() * memory_at_work(plan_); }

 private:
  // Groups as large as can be, and as many as keep all threads busy.
  void reduce(std::span<frame const> frames, std::span<std::size_t const> which, patterns const& into) {
    auto const full = (which.size() + simd::lanes - 1) / simd::lanes;
    auto const rounds = (full + groups_.size() - 1) / groups_.size();
    auto const tasks = std::min(which.size(), rounds * groups_.size());
    threads_.run(tasks, [&](std::size_t task, int worker) {
      auto const begin = which.size() * task / tasks, end = which.size() * (task + 1) / tasks;
      groups_[static_cast<std::size_t>(worker)].reduce(frames, which.subspan(begin, end - begin), into);
    });
  }

  reduction_plan plan_;
  thread_pool& threads_;
  std::vector<lane_group> groups_;  // one a thread
};

/// A reducer and the tables that it is made with.
class reducer_of_own_tables : public frame_reducer {
 public:
  reducer_of_own_tables(reduction const& what, frame_format const& format, thread_pool& threads) {
    count_tables::make(what, format, threads, [this](std::size_t bytes) {
      tables_ = huge_buffer<std::byte>(bytes);
      return std::span(tables_.data(), bytes);
    });
    reducer_ = make_count_reducer({tables_.data(), tables_.size()}, threads);
  }
  std::unique_ptr<done> submit(std::span<frame const> frames, patterns into) override {
    return reducer_->submit(frames, into);
  }
  std::size_t preferred_batch() const override { return reducer_->preferred_batch(); }
  std::size_t batches_at_once() const override { return reducer_->batches_at_once(); }
  std::size_t memory() const override { return reducer_->memory(); }

 private:
  huge_buffer<std::byte> tables_;
  std::unique_ptr<frame_reducer> reducer_;
};

}  // namespace

std::unique_ptr<frame_reducer> make_frame_reducer(reduction const& what, frame_format const& format,
                                                  thread_pool& threads) {
  check_reduction(what, format);
  if (count_tables::serve(what, format)) return std::make_unique<reducer_of_own_tables>(what, format, threads);
  return std::make_unique<fused_reducer>(make_plan(what, format, threads), threads);
}

void make_reducer_tables(reduction const& what, frame_format const& format, thread_pool& threads,
                         table_memory const& memory) {
  check_reduction(what, format);
  if (count_tables::serve(what, format)) {
    count_tables::make(what, format, threads, memory);
  } else {
    write_reduction_tables(what, format, memory);
  }
}

std::unique_ptr<frame_reducer> make_frame_reducer(std::span<std::byte const> tables, thread_pool& threads) {
  if (count_tables::are_in(tables)) return make_count_reducer(tables, threads);
  auto const kept = read_reduction_tables(tables);
  return make_frame_reducer(kept.what(), kept.format, threads);
}

}  // namespace xrdct::cpu
