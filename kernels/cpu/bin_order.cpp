#include "kernels/cpu/bin_order.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace xrdct::cpu {
namespace {

constexpr auto no_row = std::numeric_limits<std::uint32_t>::max();

// Turns the number of things of every kind, which begin at count[1], into the place of the first of every kind.
template <class T>
void place(std::vector<T>& count) {
  std::inclusive_scan(count.begin(), count.end(), count.begin());
}

// 1/ω for screening: far from where float32 loses digits or ends.
float screening_inverse(float norm) {
  bool const usual = std::abs(norm) > 1e-30F && std::abs(norm) < 1e30F;
  return usual ? 1 / norm : std::numeric_limits<float>::quiet_NaN();
}

}  // namespace

bin_order::bin_order(integration_matrix const& matrix, corrections const& pixels, pixel_selection const& selection,
                     std::size_t slice_pixels, bool with_variance, bool integers) {
  auto const row_of = sort_pixels(matrix, selection);
  cut_into_slices(row_of, slice_pixels);
  list_entries(matrix, pixels, selection, row_of, with_variance);
  sum_entries(integers);
  take_samples();
}

// Counting sort. Returns every pixel's row.
std::vector<std::uint32_t> bin_order::sort_pixels(integration_matrix const& matrix, pixel_selection const& selection) {
  auto const entries = [&](std::size_t p) { return matrix.offsets[p + 1] - matrix.offsets[p]; };
  auto const has_row = [&](std::size_t p) { return entries(p) > 0 && !selection.is_excluded(p); };
  std::vector<std::uint32_t> next(std::size_t{matrix.bins} + 1);
  for (std::size_t p = 0; p < matrix.pixels(); ++p) {
    if (!has_row(p)) continue;
    ++next[matrix.bin[matrix.offsets[p]] + 1];
    ++rows_;
    if (entries(p) > 1) one_entry_each_ = false;
  }
  place(next);
  std::vector<std::uint32_t> row_of(matrix.pixels(), no_row);
  for (std::size_t p = 0; p < matrix.pixels(); ++p)
    if (has_row(p)) row_of[p] = next[matrix.bin[matrix.offsets[p]]]++;
  return row_of;
}

void bin_order::cut_into_slices(std::vector<std::uint32_t> const& row_of, std::size_t slice_pixels) {
  first_run_.assign(1, 0);
  first_pixel_.assign(1, 0);
  pixels_.reserve(rows_);
  std::vector<std::uint16_t> order;
  for (std::size_t first = 0; first < row_of.size(); first += slice_pixels) {
    auto const* const row = row_of.data() + first;
    auto const end = std::min(slice_pixels, row_of.size() - first);
    order.clear();
    for (std::size_t p = 0; p < end; ++p)
      if (row[p] != no_row) order.push_back(static_cast<std::uint16_t>(p));
    std::sort(order.begin(), order.end(), [row](std::uint16_t a, std::uint16_t b) { return row[a] < row[b]; });
    for (std::size_t i = 0; i < order.size(); ++i) {
      bool const follows = i > 0 && row[order[i]] == row[order[i - 1]] + 1;
      if (!follows) runs_.push_back({row[order[i]], 0});
      ++runs_.back().pixels;
    }
    pixels_.insert(pixels_.end(), order.begin(), order.end());
    first_run_.push_back(runs_.size());
    first_pixel_.push_back(pixels_.size());
  }
}

void bin_order::list_entries(integration_matrix const& matrix, corrections const& pixels,
                             pixel_selection const& selection, std::vector<std::uint32_t> const& row_of,
                             bool with_variance) {
  auto const for_each_entry = [&](auto take) {
    for (std::size_t p = 0; p < matrix.pixels(); ++p)
      for (auto e = matrix.offsets[p]; row_of[p] != no_row && e < matrix.offsets[p + 1]; ++e) take(p, e);
  };
  first_entry_.assign(std::size_t{matrix.bins} + 1, 0);
  for_each_entry([&](std::size_t, std::uint32_t e) { ++first_entry_[matrix.bin[e] + 1]; });
  for (auto const n : first_entry_) largest_ = std::max(largest_, n);
  place(first_entry_);
  auto const count = first_entry_.back();
  if (!one_entry_each_) row_.resize(count);
  for (auto* const values : {&coefficient_, &norm_, &inverse_norm_, &dark_}) values->resize(count);
  if (with_variance) variance_.resize(count);
  auto next = first_entry_;
  for_each_entry([&](std::size_t p, std::uint32_t e) {
    auto const to = next[matrix.bin[e]]++;
    if (!one_entry_each_) row_[to] = row_of[p];
    coefficient_[to] = matrix.coefficient[e];
    norm_[to] = selection.norm(p);
    inverse_norm_[to] = screening_inverse(norm_[to]);
    if (!pixels.dark.empty()) dark_[to] = pixels.dark[p];
    if (with_variance) variance_[to] = pixels.variance[p];
  });
}

void bin_order::sum_entries(bool integers) {
  for (std::size_t i = 0; i < bins(); ++i) {
    auto const of = bin(i);
    long_sum norm, squares, count, variance;
    bool are_counts = integers, positive = true;
    float largest = 0;
    for (std::size_t e = 0; e < of.size; ++e) {
      double const c = of.coefficient[e], weight = c * of.norm[e];
      norm.add(weight);
      squares.add(weight * weight);
      count.add(c);
      if (of.variance != nullptr) variance.add(c * c * of.variance[e]);
      are_counts = are_counts && of.coefficient[e] == 1 && of.dark[e] == 0;
      largest = std::max(largest, std::abs(of.norm[e]));
      positive = positive && of.coefficient[e] * of.norm[e] > 0;
    }
    totals_.push_back({norm.value(), squares.value(), count.value(), variance.value()});
    are_counts_.push_back(are_counts);
    largest_norm_.push_back(largest);
    positive_.push_back(positive);
  }
}

// By weights, as quantiles are: pixels that have little in a bin are on its rim, and may be different.
void bin_order::take_samples() {
  first_sample_.assign(1, 0);
  for (std::size_t i = 0; i < bins(); ++i) {
    auto const of = bin(i);
    auto const weight = [&](std::size_t e) { return static_cast<double>(std::abs(of.coefficient[e] * of.norm[e])); };
    double all = 0, reached = 0;
    for (std::size_t e = 0; e < of.size; ++e) all += weight(e);
    auto const count = std::min(of.size, sample_size);
    std::size_t taken = 0;
    for (std::size_t e = 0; e < of.size; ++e) {
      reached += weight(e);
      bool const due = reached * static_cast<double>(count) > (static_cast<double>(taken) + 0.5) * all;
      if (!due || taken == count) continue;
      sample_.push_back(static_cast<std::uint32_t>(e));
      ++taken;
    }
    first_sample_.push_back(sample_.size());
  }
}

sorted_slice bin_order::slice(std::size_t i) const {
  return {std::span(runs_).subspan(first_run_[i], first_run_[i + 1] - first_run_[i]), pixels_.data() + first_pixel_[i]};
}

bin_entries bin_order::bin(std::size_t i) const {
  auto const first = first_entry_[i];
  bin_entries of;
  of.size = first_entry_[i + 1] - first;
  of.first_row = static_cast<std::uint32_t>(first);
  if (!one_entry_each_) of.row = row_.data() + first;
  of.coefficient = coefficient_.data() + first;
  of.norm = norm_.data() + first;
  of.inverse_norm = inverse_norm_.data() + first;
  of.dark = dark_.data() + first;
  if (!variance_.empty()) of.variance = variance_.data() + first;
  if (i + 1 < first_sample_.size())
    of.sample = std::span(sample_).subspan(first_sample_[i], first_sample_[i + 1] - first_sample_[i]);
  if (i < are_counts_.size()) {
    of.are_counts = are_counts_[i] != 0;
    of.largest_norm = largest_norm_[i];
    of.positive = positive_[i] != 0;
  }
  return of;
}

}  // namespace xrdct::cpu
