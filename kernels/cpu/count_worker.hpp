#pragma once
/// \file The memory of one thread that sums up counts: ranges of up to 32 frames, decoded side by side.

#include "kernels/cpu/aligned_buffer.hpp"
#include "kernels/cpu/count_sums.hpp"
#include "kernels/cpu/count_tables.hpp"
#include "kernels/cpu/encoded_frame.hpp"
#include "kernels/cpu/frame_lane.hpp"
#include "kernels/cpu/raw_values.hpp"
#include "kernels/cpu/simd_counts.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace xrdct::cpu {

/// What all threads share besides the tables.
struct count_plan {
  count_plan(count_tables const& made_from);
  count_plan(count_plan const&) = delete;
  count_plan& operator=(count_plan const&) = delete;

  count_tables const& tables;
  pixel_selection selection;
  raw_values values;
  lane_plan lanes;  ///< its slices are single blocks
  simd::variance_rule variance;
  std::vector<pattern_range> narrow_special;  ///< special values of up to two bytes
};

/// A block of a frame after the other becomes rows of a slice: a byte a pixel, or two bytes where any value needs them.
/// What needs more, and what is dead, is taken out of the rows and summed up apart, exactly.
class count_worker {
 public:
  explicit count_worker(count_plan const& plan);
  /// Bytes that a worker may take, were all values of a slice taken out of the rows.
  static std::size_t memory(count_tables const& tables);

  /// Begins frames at the first pixel. Lanes behind them are empty.
  void start(std::span<encoded_frame const> frames);
  /// Begins them at a range: offsets[lane][range] is where it begins in the bytes of a frame of compressed blocks; a
  /// frame that does not get so far is truncated.
  void start(std::span<encoded_frame const> frames, std::span<std::vector<std::size_t> const> offsets,
             std::size_t range, frame_numbers& into);
  /// Sums up the next range of pixels, which is into.range, into cleared sums for 16 lanes, or for 32 if `sets` is 2.
  void sum(std::size_t sets, range_sums& into);

 private:
  struct wide_value {
    std::uint32_t lane = 0;
    std::uint32_t next = 0;  // of the same pixel: its number and one more, or 0
    double value = 0;
  };

  void sum_slice(std::size_t slice, range_sums& into);
  void load_block(std::size_t lane, std::size_t first, std::size_t at, std::size_t pixels, range_sums& into);
  void take_out_special(std::size_t lane, std::size_t first, std::size_t at, std::size_t pixels, range_sums& into);
  bool may_be_special(frame_lane const& lane, std::size_t pixels) const;
  void add_rows(std::size_t at, std::size_t pixels);
  void widen_rows(std::size_t pixels);
  void take_out(std::size_t pixel);
  void mark_dead(std::size_t pixel, std::size_t lane);
  void sum_taken_out(pair_slice const& entries, std::size_t first, range_sums& into);
  void sum_wide(std::uint32_t item, std::uint32_t bin, pair_weights w, range_sums& into) const;
  void sum_lost(std::size_t at, std::size_t pixel, std::uint32_t bin, pair_weights w, range_sums& into) const;
  void clear_taken_out();
  template <class T>
  void sum_rows(T const* rows, pair_slice const& entries, sum_precision precision, range_sums& into) const;

  count_plan const& plan_;
  count_tables const& tables_;
  std::size_t sets_ = 1;
  std::vector<frame_lane> lanes_;
  decoded_block block_;
  std::size_t set_pixels_;              // from one set to the next: rows are written somewhat beyond their end
  aligned_buffer<std::uint16_t> rows_;  // of a slice, set by set; of single bytes unless wide_rows_
  bool wide_rows_ = false;
  std::vector<std::uint16_t> special_;  // of a block
  aligned_buffer<std::uint16_t> dead_;  // lanes of every pixel of the slice, set by set
  // Of every pixel of the slice: the number of its first wide value, and one more.
  aligned_buffer<std::uint32_t> first_wide_;
  aligned_buffer<std::uint8_t> is_taken_out_;  // of every pixel of the slice: few bytes, which all entries look at
  std::vector<wide_value> wide_;
  std::vector<std::uint16_t> taken_out_;  // pixels that have either
  bool any_dead_ = false;
};

}  // namespace xrdct::cpu
