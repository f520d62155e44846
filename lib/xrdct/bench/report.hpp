#pragma once
/// \file What was measured, for people and for programs.

#include "xrdct/bench/machine.hpp"
#include "xrdct/bench/options.hpp"
#include "xrdct/bench/probe.hpp"
#include "xrdct/kernels/frame.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace xrdct {

/// What the frames are.
struct measured_frames {
  std::string name;
  std::string made;             ///< of made ones: what they are; empty: a user's own
  std::uint64_t frames = 0;     ///< in the file
  std::uint64_t in_memory = 0;  ///< of them, for stages that do not read; of all ranks
  frame_format format;
  double compressed_bytes = 0;  ///< of a frame, the mean of those in memory
  std::uint64_t bins = 0;
  std::uint64_t entries = 0;  ///< of the integration matrix

  double pixel_bytes() const { return static_cast<double>(format.bytes()); }
  double ratio() const { return pixel_bytes() / compressed_bytes; }
};

/// A layout with all threads, and with one.
struct measured_layout {
  bench_layout layout{};
  timings all, one;       ///< `one` without rounds where there is one thread only
  double efficiency = 0;  ///< rate of all over threads × rate of one; 0: not measured
};

struct bench_report {
  machine where;
  int ranks = 1;
  int threads = 1;
  std::string backend;
  std::vector<std::pair<std::string, std::string>> options;  ///< as used
  std::string command_line;
  int rounds = 0;
  measured_frames input;
  timings lz4, lz4_one;  ///< LZ4 alone, to compare with: of all threads, and of one
  std::vector<measured_layout> layouts;
  std::vector<timings> stages;
};

/// Tables of at most 100 columns.
std::string text_of(bench_report const& report);
/// One JSON object.
std::string json_of(bench_report const& report);

}  // namespace xrdct
