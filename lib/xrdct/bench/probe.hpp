#pragma once
/// \file Something that is timed, and what its timings say.

#include "xrdct/base/progress.hpp"
#include "xrdct/comm/communicator.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace xrdct {

/// One thing that can be done again and again.
struct probe {
  std::string name;
  int threads = 1;                         ///< or processes
  std::function<void(std::uint64_t)> run;  ///< does that many units of work
  std::uint64_t step = 1;                  ///< units are done in multiples of this, or all there are
  std::uint64_t most = 1;                  ///< units at a time
  double frames_per_unit = 1;              ///< that a unit is worth
  double bytes_in = 0, bytes_out = 0;      ///< read and written, a unit
  std::string note;                        ///< what a reader of the figures must know
};

/// What became of it. Frames and bytes are those of all ranks together, seconds those of the slowest.
struct timings {
  std::string name;
  int threads = 1;
  double frames = 0;                   ///< of a round
  double bytes_in = 0, bytes_out = 0;  ///< a frame
  std::vector<double> seconds;         ///< of every round
  std::string note;
  std::string skipped;  ///< why there are none; empty: there are

  /// Frames a second, of every round.
  std::vector<double> rates() const;
};

/// Median, least and largest.
struct spread {
  double median = 0, least = 0, largest = 0;
  /// From the least to the largest, relative to the median.
  double width() const { return median > 0 ? (largest - least) / median : 0; }
};

/// Of at least one value; the median of an even number is the mean of the middle two.
spread spread_of(std::vector<double> values);

/// The median over rounds of rates of `a` over rates of `b`: what slows a machine down for a while is in both. 0 where
/// one has none.
double median_ratio(timings const& a, timings const& b);

/// Collective, all ranks with the same probes. First each is done twice, to warm up and to find how many units take
/// `seconds`; then `rounds` rounds time all of them, one after the other, beginning with another one each time. Ranks
/// start together. Throws the same agreed_error on all ranks where a run throws on one.
std::vector<timings> time_in_turns(std::span<probe const> probes, int rounds, double seconds, communicator const& ranks,
                                   progress_mode shown);

}  // namespace xrdct
