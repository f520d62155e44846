#include "kernels/cpu/frame_reducer.hpp"

#include "kernels/cpu/lane_group.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <stdexcept>
#include <vector>

namespace xrdct::cpu {
namespace {

// Long enough that a bin has several pixels in it, short enough that 16 frames of it stay in the second cache.
constexpr std::size_t slice_pixels_aimed_at = 8192;
// Longer blocks are decoded with the whole frame.
constexpr std::uint32_t longest_block = 1U << 16;

void demand(bool condition, char const* otherwise) {
  if (!condition) throw std::invalid_argument(otherwise);
}

void check_matrix(integration_matrix const& matrix, frame_format const& format) {
  demand(matrix.rows == format.rows && matrix.columns == format.columns, "the matrix is for frames of another shape");
  demand(matrix.offsets.size() == format.pixels() + 1, "the matrix has not one offset for every pixel");
  demand(matrix.offsets.front() == 0 && matrix.offsets.back() == matrix.bin.size() &&
             std::is_sorted(matrix.offsets.begin(), matrix.offsets.end()),
         "the matrix's offsets do not fit its entries");
  demand(matrix.bin.size() == matrix.coefficient.size(), "the matrix has not one bin for every coefficient");
  demand(std::all_of(matrix.bin.begin(), matrix.bin.end(), [&](std::uint32_t bin) { return bin < matrix.bins; }),
         "the matrix has entries beyond its bins");
}

void check_rejection(rejection const& how, error_model errors) {
  if (how.method == rejection_method::sigma_clip) {
    demand(errors != error_model::none, "sigma clipping needs an error model: without one, deviations have no scale");
    demand(how.threshold >= 0, "a threshold of sigma clipping that is no number of at least 0");
    demand(how.cycles >= 1, "sigma clipping without cycles");
  }
  if (how.method == rejection_method::quantiles)
    demand(0 <= how.lower && how.lower <= how.upper && how.upper <= 1, "quantiles that do not ascend from 0 to 1");
}

void check(reduction const& what, frame_format const& format) {
  demand(what.matrix != nullptr && what.pixels != nullptr, "a reduction needs a matrix and corrections");
  demand(format.rows > 0 && format.columns > 0, "frames without pixels");
  demand(format.block_pixels % 8 == 0, "a bit-shuffled block is a multiple of 8 pixels");
  demand(format.code != encoding::byte_offset || format.type != pixel_type::f32, "byte offset is of integers");
  check_matrix(*what.matrix, format);
  auto const fits = [&](auto const& image) { return image.empty() || image.size() == format.pixels(); };
  demand(fits(what.pixels->mask), "the mask has another number of pixels than the frames");
  demand(fits(what.pixels->dark), "the dark image has another number of pixels than the frames");
  demand(fits(what.pixels->norm), "the norm has another number of pixels than the frames");
  demand(fits(what.pixels->variance), "the variance has another number of pixels than the frames");
  demand(what.errors != error_model::image || !what.pixels->variance.empty(),
         "errors by an image need the variance image");
  demand(!what.pixels->saturation || !std::isnan(*what.pixels->saturation), "a saturation that is no number");
  check_rejection(what.reject, what.errors);
}

lane_plan plan_lanes(frame_format const& format) {
  lane_plan plan;
  plan.format = format;
  auto const usual = default_block_elements(bytes_of(format.type));
  plan.block_pixels = format.block_pixels != 0 ? format.block_pixels : usual;
  plan.blocks_fit = plan.block_pixels <= longest_block;
  if (!plan.blocks_fit) plan.block_pixels = usual;
  plan.slice_pixels = std::max<std::size_t>(1, slice_pixels_aimed_at / plan.block_pixels) * plan.block_pixels;
  return plan;
}

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
  check(what, format);
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

// What was submitted is done already; only what went wrong is left to be told.
struct finished : done {
  std::exception_ptr failure;
  void wait() override {
    if (failure) std::rethrow_exception(failure);
  }
  bool is_over() const override { return true; }
};

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
    check(frames, into);
    std::vector<std::size_t> which;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      clear_row(i, into);
      if (into.status[i] == frame_status::ok) which.push_back(i);
    }
    auto end = std::make_unique<finished>();
    try {
      reduce(frames, which, into);
    } catch (...) {
      end->failure = std::current_exception();
    }
    return end;
  }

  std::size_t preferred_batch() const override { return simd::lanes * groups_.size(); }
  std::size_t memory() const override { return groups_.size() * memory_at_work(plan_); }

 private:
  void check(std::span<frame const> frames, patterns const& into) const {
    auto const fits = [&](view<float> const& rows) { return rows.rows >= frames.size() && rows.columns == plan_.bins; };
    demand(fits(into.signal) && fits(into.variance) && fits(into.norm) && fits(into.count),
           "patterns of another shape than the batch and the bins");
    demand(into.status.size() >= frames.size(), "fewer statuses than frames");
    demand(into.raw_sum.empty() || into.raw_sum.size() >= frames.size(), "fewer raw sums than frames");
    demand(into.saturated.empty() || into.saturated.size() >= frames.size(), "fewer saturated counts than frames");
  }

  static void clear_row(std::size_t i, patterns const& into) {
    for (auto const& rows : {into.signal, into.variance, into.norm, into.count}) std::ranges::fill(rows.row(i), 0.0F);
    if (!into.raw_sum.empty()) into.raw_sum[i] = 0;
    if (!into.saturated.empty()) into.saturated[i] = 0;
  }

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

}  // namespace

std::unique_ptr<frame_reducer> make_frame_reducer(reduction const& what, frame_format const& format,
                                                  thread_pool& threads) {
  return std::make_unique<fused_reducer>(make_plan(what, format, threads), threads);
}

}  // namespace xrdct::cpu
