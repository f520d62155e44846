#pragma once
/// \file The subcommands: one source file each.

#include "apps/request.hpp"
#include "xrdct/comm/communicator.hpp"

#include <span>
#include <string_view>

namespace xrdct::app {

struct command {
  std::string_view name;
  unsigned bit;
  std::string_view arguments;  ///< what stands behind the options, in brackets where it need not; empty: nothing may
  std::string_view summary;    ///< one line
  std::string_view about;      ///< a paragraph of help
  std::string_view examples;   ///< lines of help's end
  /// Collective. Throws agreed_error on all ranks alike.
  void (*run)(request const&, communicator const&);
};

// Each in the source file of its name.
extern command const reconstruct_command;
extern command const integrate_command;
extern command const backproject_command;
extern command const simulate_command;
extern command const inspect_command;
extern command const plot_command;
extern command const bench_command;

/// In the order of help.
std::span<command const* const> all_commands();
/// Throws usage_error that suggests a near name.
command const& find_command(std::string_view name);

/// Writes to standard output on rank 0; throws runtime_failure where that fails (a full disk).
void print(std::string_view text);

}  // namespace xrdct::app
