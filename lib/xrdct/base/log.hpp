#pragma once
/// \file Lines for the user on standard error. The formatting library behind them is included by log.cpp alone.

#include <string>
#include <string_view>
#include <vector>

namespace xrdct {

enum class log_level { debug, info, warning, error, quiet };

/// Parses "debug", "info", "warning", "error" or "quiet"; throws usage_error on anything else.
log_level parse_log_level(std::string_view name);

/// Lines below `level` are dropped from now on. `prefix` stands before every line ("xrdct: "); ranks other than 0
/// usually log errors only. Call it before threads start and files are opened: standard streams that are closed get
/// their numbers taken, so that no file does.
void set_log(log_level level, std::string prefix);

/// Writes every line from now on, also those that are not shown, to this file as well, which is made anew: one JSON
/// object a line, with "time" (UTC), "rank", "host", "level" and "text". Throws runtime_failure.
void open_log_file(std::string const& path, int rank, std::string const& host);

/// One line each. Safe from every thread; a line is written whole. A progress line that stands on the terminal is
/// wiped first and drawn again by its next update.
void log_debug(std::string_view line);
void log_info(std::string_view line);
void log_warning(std::string_view line);
void log_error(std::string_view line);

/// A line that was not shown.
struct kept_line {
  log_level level = log_level::info;
  std::string text;
};

/// While it lives, lines of all threads are kept instead of shown. One at a time.
class log_keeper {
 public:
  log_keeper();
  ~log_keeper();
  log_keeper(log_keeper const&) = delete;
  log_keeper& operator=(log_keeper const&) = delete;

  /// Those so far, which it then no longer has.
  std::vector<kept_line> take();
};

}  // namespace xrdct
