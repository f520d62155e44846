#pragma once
/// \file Runs the program as a user does.

#include <string>
#include <vector>

namespace xrdct::test {

/// What a run left behind.
struct finished_run {
  int code = -1;
  std::string out;
  std::string err;

  /// The lines of standard error that are the program's: launchers add their own.
  std::vector<std::string> own_lines() const;
  std::vector<std::string> errors() const;
};

/// Runs xrdct with these words in `folder`, on one process without a launcher, or on several ranks.
finished_run run_program(std::string const& folder, std::vector<std::string> const& words, int ranks = 0);

/// The same of another file that is the program, with these variables in its environment ("NAME=VALUE").
finished_run run_program_at(std::string const& program, std::vector<std::string> const& variables,
                            std::string const& folder, std::vector<std::string> const& words, int ranks = 0);

}  // namespace xrdct::test
