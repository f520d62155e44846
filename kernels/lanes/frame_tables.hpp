#pragma once
/// \file What all batches of a reduction share, in the memory of a device.

#include "kernels/common/value_rules.hpp"
#include "kernels/lanes/bin_entries.hpp"
#include "kernels/lanes/engine.hpp"
#include "kernels/lanes/pixel_rules.hpp"
#include "kernels/lanes/sum_bins.hpp"
#include "xrdct/kernels/reduction.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace xrdct::lanes {

/// The matrix of a reduction by bins, as the host makes it.
struct entries_by_bins {
  std::vector<std::uint32_t> first;  ///< [bin], and the end
  std::vector<std::uint32_t> pixel;
  std::vector<float> coefficient;
  std::vector<std::uint8_t> excluded;  ///< [pixel]

  entries_by_bins(integration_matrix const& matrix, corrections const& pixels)
      : first(std::size_t{matrix.bins} + 1), excluded(matrix.pixels()) {
    for (std::size_t p = 0; p < excluded.size(); ++p) excluded[p] = is_excluded(pixels, p) ? 1 : 0;
    for_each(matrix, [&](std::size_t, std::size_t e) { ++first[matrix.bin[e] + 1]; });
    for (std::size_t bin = 0; bin < matrix.bins; ++bin) first[bin + 1] += first[bin];
    pixel.resize(first.back());
    coefficient.resize(first.back());
    auto next = first;
    for_each(matrix, [&](std::size_t p, std::size_t e) {
      auto const i = next[matrix.bin[e]]++;
      pixel[i] = static_cast<std::uint32_t>(p);
      coefficient[i] = matrix.coefficient[e];
    });
  }

  std::size_t largest() const {
    std::uint32_t most = 0;
    for (std::size_t bin = 0; bin + 1 < first.size(); ++bin) most = std::max(most, first[bin + 1] - first[bin]);
    return most;
  }

 private:
  template <class F>
  void for_each(integration_matrix const& matrix, F take) const {
    for (std::size_t p = 0; p < excluded.size(); ++p)
      if (excluded[p] == 0)
        for (std::size_t e = matrix.offsets[p]; e < matrix.offsets[p + 1]; ++e) take(p, e);
  }
  static bool is_excluded(corrections const& pixels, std::size_t p) {
    auto const finite = [&](std::vector<float> const& image) { return image.empty() || std::isfinite(image[p]); };
    bool const no_norm = !pixels.norm.empty() && pixels.norm[p] == 0;
    bool const masked = !pixels.mask.empty() && pixels.mask[p] != 0;
    return masked || no_norm || !finite(pixels.norm) || !finite(pixels.dark) || !finite(pixels.variance);
  }
};

/// Bins in segments (see sum_segments).
struct bin_segments {
  std::vector<std::uint32_t> bin_of;
  std::vector<std::uint32_t> first;  ///< [bin], and the end

  explicit bin_segments(std::span<std::uint32_t const> first_entry) {
    for (std::uint32_t bin = 0; bin + 1 < first_entry.size(); ++bin) {
      first.push_back(static_cast<std::uint32_t>(bin_of.size()));
      auto const size = first_entry[bin + 1] - first_entry[bin];
      bin_of.resize(bin_of.size() + (size + segment_entries - 1) / segment_entries, bin);
    }
    first.push_back(static_cast<std::uint32_t>(bin_of.size()));
  }
};

template <engine E>
class frame_tables {
 public:
  frame_tables(E const& on, reduction const& what, frame_format const& frames)
      : format(frames), errors(what.errors), reject(what.reject), rules(value_rules(*what.pixels), frames.type) {
    entries_by_bins const by_bins(*what.matrix, *what.pixels);
    bin_segments const segments(by_bins.first);
    auto queue = on.make_queue();
    copy_in(on, queue, by_bins.first, first_);
    copy_in(on, queue, by_bins.pixel, pixel_);
    copy_in(on, queue, by_bins.coefficient, coefficient_);
    copy_in(on, queue, by_bins.excluded, excluded_);
    copy_in(on, queue, what.pixels->dark, dark_);
    copy_in(on, queue, what.pixels->norm, norm_);
    if (errors == error_model::image) copy_in(on, queue, what.pixels->variance, variance_);
    copy_in(on, queue, segments.bin_of, bin_of_);
    copy_in(on, queue, segments.first, first_segment_);
    queue.synchronize();
    bins = what.matrix->bins;
    largest_bin = by_bins.largest();
  }

  frame_format format;
  error_model errors;
  rejection reject;
  pixel_rules rules;
  std::uint32_t bins = 0;
  std::size_t largest_bin = 0;

  excluded_pixels excluded() const { return {excluded_.data()}; }
  bin_reader reader(pixel_rows rows) const {
    return {{first_.data(), pixel_.data(), coefficient_.data(), bins},
            {given(dark_), given(norm_), given(variance_)},
            rows,
            errors};
  }
  std::uint32_t const* bin_of_segment() const { return bin_of_.data(); }
  std::uint32_t const* first_segment() const { return first_segment_.data(); }
  std::uint32_t segments() const { return static_cast<std::uint32_t>(bin_of_.size()); }

 private:
  template <class T>
  using array = typename E::template array<T>;

  template <class T>
  static void copy_in(E const& on, typename E::queue& queue, std::vector<T> const& from, array<T>& to) {
    to = on.template make<T>(from.size());
    queue.copy_in(std::span<T const>(from), to.data());
  }
  static float const* given(array<float> const& image) { return image.size() == 0 ? nullptr : image.data(); }

  array<std::uint32_t> first_, pixel_, bin_of_, first_segment_;
  array<float> coefficient_, dark_, norm_, variance_;
  array<std::uint8_t> excluded_;
};

}  // namespace xrdct::lanes
