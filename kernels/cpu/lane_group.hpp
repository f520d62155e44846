#pragma once
/// \file Up to 16 frames reduced side by side, a lane each, slice by slice.

#include "kernels/cpu/aligned_buffer.hpp"
#include "kernels/cpu/bin_norms.hpp"
#include "kernels/cpu/bin_reducer.hpp"
#include "kernels/cpu/frame_lane.hpp"
#include "kernels/cpu/matrix_slices.hpp"
#include "kernels/cpu/raw_values.hpp"
#include "kernels/cpu/simd.hpp"
#include "xrdct/kernels/reduction.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace xrdct::cpu {

/// All that does not change from frame to frame.
struct reduction_plan {
  pixel_selection selection;
  raw_values values;
  lane_plan lanes;
  std::size_t bins = 0;
  error_model errors = error_model::poisson;
  rejection reject;
  std::vector<float> variance_image;  ///< of error_model::image; else empty
  std::optional<bin_order> order;     ///< of what needs whole bins; all else has
  std::optional<matrix_slices> slices;
  std::vector<bin_norm> norms;  ///< of every bin, all included pixels being alive

  std::size_t slice_count() const { return (lanes.format.pixels() + lanes.slice_pixels - 1) / lanes.slice_pixels; }
  float variance(std::size_t pixel) const { return variance_image.empty() ? 0.0F : variance_image[pixel]; }
};

/// Bytes that the lane_group of a thread may take while it reduces, beyond what it has from the start: frames that are
/// decoded whole as their format asks for it, norms of bins with dead pixels, and the store of frames sorted by bins
/// with all rows wide, which is five times what it takes where few values reach 255. Not counted are lists of outliers,
/// the moment in which the store grows, and frames that break their format's rule on blocks.
std::size_t memory_at_work(reduction_plan const& plan);

/// The memory of one thread.
class lane_group {
 public:
  explicit lane_group(reduction_plan const& plan);

  /// Reduces frames[i] for the i in `which` (at most 16) into row i.
  void reduce(std::span<frame const> frames, std::span<std::size_t const> which, patterns const& into);

 private:
  enum class row_kind : std::uint8_t { bytes, halves, floats };

  void reduce_slice(std::size_t slice, std::span<frame_status> status);
  void load(std::size_t first, std::size_t pixels, std::span<frame_status> status);
  row_kind narrowest_rows(std::size_t pixels) const;
  simd::lane_layers layers(std::size_t k) const;
  template <class T>
  void take_rows(T const* rows, std::size_t slice);
  void make_float_rows(std::size_t slice, std::size_t first, std::size_t pixels);
  bool take_out(std::size_t pixel, std::size_t lane);
  void lessen_norms(std::size_t slice, std::size_t first, std::span<simd::special_row const> dead);
  void write(std::size_t lane, std::size_t row, patterns const& into) const;
  void write_sums(std::size_t lane, std::size_t row, patterns const& into) const;
  void write_whole_bins(std::size_t lane, std::size_t row, patterns const& into) const;
  void reset();

  reduction_plan const& plan_;
  std::vector<pattern_range> narrow_;  // special values of two bytes
  std::vector<encoded_frame> frames_;
  std::vector<frame_lane> lanes_;
  decoded_block block_;
  aligned_buffer<float> rows_;  // of the slice, of whichever kind
  aligned_buffer<simd::special_row> special_;
  std::vector<std::uint32_t> dead_lanes_;  // of every pixel of the slice; all zero between slices
  simd::variance_rule variance_;
  aligned_buffer<double> sums_;                          // [bin][signal, variance][lane]
  std::array<std::vector<bin_norm>, simd::lanes> lost_;  // what dead pixels take from the norms; empty if none do
  std::optional<bin_reducer> whole_bins_;                // instead of these sums
  std::array<std::int64_t, simd::lanes> integer_sum_{};
  std::array<double, simd::lanes> float_sum_{};
  std::array<std::uint32_t, simd::lanes> saturated_{};
};

}  // namespace xrdct::cpu
