/// \file The program xrdct: finds the command, lets it run on all ranks, and turns errors into one line and a code.

#include "apps/commands.hpp"
#include "apps/completion.hpp"
#include "apps/help.hpp"
#include "apps/man_page.hpp"
#include "apps/parse.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/base/memory.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/comm/mpi_environment.hpp"
#include "xrdct/io/hdf5.hpp"
#include "xrdct/pipeline/run_record.hpp"

#include <optional>
#include <string>
#include <vector>

namespace xrdct::app {
namespace {

using words = std::vector<std::string>;

/// What can be answered at once; nothing where there is a job to do.
std::optional<std::string> answer(words const& line) {
  if (line.empty()) throw usage_error("no command is given; see xrdct --help");
  if (line[0] == "--version") return version_text();
  if (line[0] == "--help" || line[0] == "-h" || line[0] == "help") {
    if (line.size() > 1 && line[0] == "help") return help_text(find_command(line[1]));
    return help_text();
  }
  if (line[0] == "--man") return line.size() > 1 ? man_page(find_command(line[1])) : man_page();
  if (line[0] == "--completion") return completion(line.size() > 1 ? line[1] : "bash");
  if (line[0].starts_with("-")) throw usage_error("a command comes first, not '" + line[0] + "'; see xrdct --help");
  auto const& which = find_command(line[0]);
  words const rest(line.begin() + 1, line.end());
  if (wants_help(rest)) return help_text(which);
  if (rest == words{"--version"}) return version_text();
  return {};
}

void show_log(log_level level, communicator const& ranks) {
  if (ranks.root())
    set_log(level, "xrdct: ");
  else  // what the ranks agree on is said once; an error that they cannot agree on has the rank's number
    set_log(log_level::error, "xrdct: rank " + std::to_string(ranks.rank()) + ": ");
}

void run(words const& line, communicator const& ranks) {
  auto const text = together(ranks, [&] { return answer(line); });
  if (text) {
    together(ranks, [&] {
      if (ranks.root()) print(*text);
    });
    return;
  }
  auto const& which = find_command(line[0]);
  auto const what = together(ranks, [&] { return parse(which, {line.begin() + 1, line.end()}); });
  show_log(what.log, ranks);
  together(ranks, [&] {
    if (!what.log_file.empty())
      open_log_file(what.log_file + "." + std::to_string(ranks.rank()) + ".jsonl", ranks.rank(), host_name());
  });
  if (ranks.root())
    for (auto const& note : what.notes) log_info(note);
  which.run(what, ranks);
}

/// The exit code. Does not return on an error that other ranks may not know of.
int run_and_report(words const& line, mpi_environment const& mpi) {
  communicator const& ranks = mpi.world();
  show_log(log_level::info, ranks);
  try {
    run(line, ranks);
    return static_cast<int>(exit_code::done);
  } catch (agreed_error const& e) {
    if (ranks.root()) e.code() == exit_code::stopped ? log_warning(e.what()) : log_error(e.what());
    return static_cast<int>(e.code());
  } catch (...) {
    failure const why = current_failure();
    if (ranks.size() > 1) end_all_ranks(ranks, why);
    log_error(why.message);
    return static_cast<int>(why.code);
  }
}

}  // namespace
}  // namespace xrdct::app

int main(int argc, char** argv) {
  xrdct::give_back_freed_memory();
  xrdct::set_log(xrdct::log_level::info, "xrdct: ");
  try {
    xrdct::hdf5::start();
    xrdct::mpi_environment const mpi;
    return xrdct::app::run_and_report({argv + 1, argv + argc}, mpi);
  } catch (...) {
    auto const why = xrdct::current_failure();
    xrdct::log_error(why.message);
    return static_cast<int>(why.code);
  }
}
