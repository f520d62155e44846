#pragma once
/// \file Every option there is: what it is called, what it takes, and what it sets. Parsing, help and configuration
/// files are all made of this table.

#include "apps/request.hpp"

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xrdct::app {

/// Commands as bits, for options that serve several.
enum command_bits : unsigned {
  for_reconstruct = 1,
  for_integrate = 2,
  for_backproject = 4,
  for_simulate = 8,
  for_inspect = 16,
  for_plot = 32,
  for_bench = 64,
  for_scans = for_reconstruct | for_integrate | for_inspect,  // those that want to know where frames were taken
  for_frames = for_scans | for_bench,                         // those that read detector frames
  for_tomograms = for_reconstruct | for_backproject,
  for_jobs = for_reconstruct | for_integrate | for_backproject,
  for_all = 127,
};

inline constexpr std::array<std::pair<command_bits, std::string_view>, 7> command_names{
    {{for_reconstruct, "reconstruct"},
     {for_integrate, "integrate"},
     {for_backproject, "backproject"},
     {for_inspect, "inspect"},
     {for_plot, "plot"},
     {for_simulate, "simulate"},
     {for_bench, "bench"}}};

/// Groups of help, in its order.
enum class option_group { input, geometry, sample, scan, tomogram, bench, image, run, output, general };
std::string_view title_of(option_group group);

using values = std::vector<std::string>;

struct option_entry {
  std::string_view name;      ///< without the dashes
  std::string_view takes;     ///< names of its values, one word each; empty for a flag
  std::string_view fallback;  ///< what holds where it is not given: set like a value, shown in help; empty: nothing
  std::string_view help;
  option_group group = option_group::general;
  unsigned commands = 0;
  /// Checks the values (as many as `takes` has words) and puts them where they belong. Throws usage_error.
  void (*set)(request&, values const&) = nullptr;
  bool repeatable = false;

  std::size_t arity() const;
  bool flag() const { return takes.empty(); }
};

std::span<option_entry const> option_table();

/// The entry of this name for one of these commands; nullptr where there is none.
option_entry const* find_option(std::string_view name, unsigned commands);

}  // namespace xrdct::app
