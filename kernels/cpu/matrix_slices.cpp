#include "kernels/cpu/matrix_slices.hpp"

#include <algorithm>
#include <utility>

namespace xrdct::cpu {
namespace {

struct slice_shape {
  std::size_t runs = 0;
  std::size_t entries = 0;
};

// Calls take(pixel, entry) for every entry of the included pixels of a slice.
template <class F>
void for_each_entry(integration_matrix const& matrix, pixel_selection const& selection, std::size_t first,
                    std::size_t last, F take) {
  for (auto p = first; p < last; ++p) {
    if (selection.is_excluded(p)) continue;
    for (auto e = matrix.offsets[p]; e < matrix.offsets[p + 1]; ++e) take(p, e);
  }
}

// Sorts entries by bins, counting. The count of every bin is zero between slices.
class bin_counter {
 public:
  explicit bin_counter(std::size_t bins) : count_(bins) {}

  void add(std::uint32_t bin) {
    if (count_[bin]++ == 0) touched_.push_back(bin);
  }
  std::vector<std::uint32_t> const& sort_touched() {
    std::sort(touched_.begin(), touched_.end());
    return touched_;
  }
  std::uint32_t& operator[](std::uint32_t bin) { return count_[bin]; }
  void clear() {
    for (auto const bin : touched_) count_[bin] = 0;
    touched_.clear();
  }

 private:
  std::vector<std::uint32_t> count_;
  std::vector<std::uint32_t> touched_;
};

}  // namespace

matrix_slices::matrix_slices(integration_matrix const& matrix, pixel_selection const& selection,
                             std::span<float const> dark, std::size_t slice_pixels, thread_pool& pool) {
  auto const pixels = matrix.pixels();
  auto const slices = (pixels + slice_pixels - 1) / slice_pixels;
  auto const begin_of = [&](std::size_t slice) { return slice * slice_pixels; };
  auto const end_of = [&](std::size_t slice) { return std::min(pixels, (slice + 1) * slice_pixels); };
  std::vector<bin_counter> counters(static_cast<std::size_t>(pool.threads()), bin_counter(matrix.bins));

  std::vector<slice_shape> shapes(slices);
  pool.run(slices, [&](std::size_t slice, int worker) {
    auto& count = counters[static_cast<std::size_t>(worker)];
    for_each_entry(matrix, selection, begin_of(slice), end_of(slice), [&](std::size_t, std::uint32_t e) {
      count.add(matrix.bin[e]);
      ++shapes[slice].entries;
    });
    shapes[slice].runs = count.sort_touched().size();
    count.clear();
  });

  first_run_.assign(1, 0);
  first_entry_.assign(1, 0);
  for (auto const& shape : shapes) {
    first_run_.push_back(first_run_.back() + shape.runs);
    first_entry_.push_back(first_entry_.back() + shape.entries);
  }
  runs_.resize(first_run_.back());
  entries_.resize(first_entry_.back());
  if (!dark.empty()) dark_.resize(entries_.size());

  pool.run(slices, [&](std::size_t slice, int worker) {
    auto& count = counters[static_cast<std::size_t>(worker)];
    for_each_entry(matrix, selection, begin_of(slice), end_of(slice),
                   [&](std::size_t, std::uint32_t e) { count.add(matrix.bin[e]); });
    auto run = first_run_[slice];
    std::uint32_t at = 0;  // from here on, the count of a bin is where its next entry goes
    for (auto const bin : count.sort_touched()) {
      runs_[run++] = {bin, count[bin]};
      at += std::exchange(count[bin], at);
    }
    for_each_entry(matrix, selection, begin_of(slice), end_of(slice), [&](std::size_t p, std::uint32_t e) {
      auto const to = first_entry_[slice] + count[matrix.bin[e]]++;
      entries_[to] = {matrix.coefficient[e], static_cast<std::uint32_t>(p - begin_of(slice))};
      if (!dark.empty()) dark_[to] = dark[p];
    });
    count.clear();
  });
}

matrix_slice matrix_slices::operator[](std::size_t slice) const {
  return {std::span(runs_).subspan(first_run_[slice], first_run_[slice + 1] - first_run_[slice]),
          entries_.data() + first_entry_[slice], dark_.empty() ? nullptr : dark_.data() + first_entry_[slice]};
}

}  // namespace xrdct::cpu
