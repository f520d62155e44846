#pragma once
/// \file What is to be measured, on what.

#include "xrdct/simulation/powder_frames.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xrdct {

/// How published programs share the work of a scan's frames among cores.
enum class bench_layout : std::uint8_t { serial, pool, multiprocess, gpu };
constexpr std::array<std::string_view, 4> layout_names{"serial", "pool", "multiprocess", "gpu"};

/// What a scan's way to the tomogram is made of, and LZ4 alone to compare with.
enum class bench_stage : std::uint8_t {
  read,
  lz4,
  unshuffle,
  integrate,
  reduce,
  exchange,
  filter,
  backproject,
  errors,
  cgls,
  write
};
constexpr std::array<std::string_view, 11> stage_names{
    "read", "lz4", "unshuffle", "integrate", "reduce", "exchange", "filter", "backproject", "errors", "cgls", "write"};

constexpr std::string_view name_of(bench_layout which) { return layout_names[static_cast<std::size_t>(which)]; }
constexpr std::string_view name_of(bench_stage which) { return stage_names[static_cast<std::size_t>(which)]; }

struct bench_options {
  // Empty lists of both: everything that can run.
  std::vector<bench_layout> layouts;
  std::vector<bench_stage> stages;
  int rounds = 7;
  double seconds = 0.5;               ///< that one timing takes, about
  std::array<int, 2> grid{300, 300};  ///< rotations and translations of the sinogram of filter, backproject and errors

  // Made frames, where the job has no input.
  powder_frame_options made;
  std::optional<double> ratio;  ///< of their compression, instead of made.counts
  std::uint64_t frames = 512;
  std::uint64_t distinct = 32;  ///< of which the others are copies
  std::string save;             ///< FILE.h5 to keep them in; empty: a temporary file

  std::string json;  ///< the report for programs; empty: none
  bool overwrite = false;
};

}  // namespace xrdct
