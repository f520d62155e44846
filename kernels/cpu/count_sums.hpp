#pragma once
/// \file Sums over the counts of up to 32 frames: those of a range of pixels, which one thread makes, and those of
/// whole frames, to which ranges are added in their order, whoever made them.

#include "kernels/cpu/aligned_buffer.hpp"
#include "kernels/cpu/bin_norms.hpp"
#include "kernels/cpu/count_tables.hpp"
#include "kernels/cpu/simd_counts.hpp"
#include "xrdct/kernels/reduction.hpp"

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace xrdct::cpu {

template <class T>
using per_count_lane = std::array<T, simd::most_lanes>;

/// Numbers of frames beside their bins.
struct frame_numbers {
  per_count_lane<frame_status> status{};
  per_count_lane<std::int64_t> raw_sum{};
  per_count_lane<std::uint32_t> saturated{};
};

/// What a range of pixels adds. Between uses all sums are 0.
struct range_sums {
  range_sums(count_tables const& tables, std::size_t lanes)
      : single(tables.has(sum_precision::single) ? numbers(tables, lanes) : 0),
        full(tables.has(sum_precision::full) ? numbers(tables, lanes) : 0) {}
  static std::size_t numbers(count_tables const& tables, std::size_t lanes) {
    return (tables.most_bins_of_a_range() + 1) * 2 * lanes;
  }

  std::size_t range = 0;
  aligned_buffer<float> single;  ///< [bin of the range][signal, variance][lane]: of bins with very many counts, if any
  aligned_buffer<double> full;   ///< the same of all others, if any
  std::vector<double> wide;      ///< the same of values of more than 16 bits; empty until there are any
  bool any_wide = false;         ///< whether there are any in this range
  std::vector<bin_norm> lost;    ///< [bin of the range][lane]: what dead pixels take from the norms; empty if none do
  frame_numbers frames;
};

/// Sums of whole frames, in double.
class count_sums {
 public:
  /// Makes room for all sums of `lanes` frames (16 or 32), and sets them to 0.
  void begin(count_tables const& tables, std::size_t lanes);
  /// Adds a range and clears it. The ranges of a frame in ascending order.
  void add(range_sums& from);
  frame_numbers& frames() { return frames_; }
  /// Writes a frame that is ok into its row.
  void write(std::size_t lane, std::size_t row, patterns const& into) const;

 private:
  count_tables const* tables_ = nullptr;
  std::size_t lanes_ = 0;
  aligned_buffer<double> sums_;                 // [bin][signal, variance][lane]
  per_count_lane<std::vector<bin_norm>> lost_;  // of every bin; empty if nothing is
  frame_numbers frames_;
};

/// Hands out range_sums to threads and adds them up in order.
class ordered_count_sums {
 public:
  /// `parts`: how many ranges may be under way or wait for their turn; more than there are threads.
  ordered_count_sums(count_tables const& tables, count_sums& into, std::size_t lanes, std::size_t parts);

  /// Begins with the first range again, after all have been given; sums that there are already are kept.
  void begin_again();

  /// Cleared sums to make the next range in, whose number is set. Waits until there are any. (Were a range chosen
  /// before it has sums, all sums could wait for that range.) Null where a range has failed: then nothing is left to
  /// do.
  std::unique_ptr<range_sums> take();
  /// Takes a range that is made; adds it, and those that waited for it, unless it has to wait itself.
  void give(std::unique_ptr<range_sums> made);
  /// A range will never be made: nobody waits any more, and nothing more is handed out.
  void abandon();

 private:
  void add_due(std::unique_lock<std::mutex>& lock);

  count_tables const& tables_;
  count_sums& into_;
  std::size_t lanes_;
  std::mutex mutex_;
  std::condition_variable free_again_;
  std::size_t unmade_;  // range_sums that have not been needed yet
  std::vector<std::unique_ptr<range_sums>> free_;
  std::vector<std::unique_ptr<range_sums>> waiting_;  // by range
  std::size_t begun_ = 0;                             // ranges that have been handed out
  std::size_t next_ = 0;                              // the range whose turn it is
  bool adding_ = false;
  bool abandoned_ = false;
};

}  // namespace xrdct::cpu
