#include "xrdct/base/log.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/text.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>
#include <mutex>
#include <system_error>
#include <utility>

namespace xrdct {
namespace {

spdlog::level::level_enum spdlog_level(log_level level) {
  switch (level) {
    case log_level::debug: return spdlog::level::debug;
    case log_level::info: return spdlog::level::info;
    case log_level::warning: return spdlog::level::warn;
    case log_level::error: return spdlog::level::err;
    case log_level::quiet: return spdlog::level::off;
  }
  return spdlog::level::info;
}

/// On a terminal every line first wipes what a progress line may have left there.
std::string line_start() { return ::isatty(STDERR_FILENO) != 0 ? "\r\x1b[K" : ""; }

/// Where standard error is closed, the next file that is opened would take its number, and log lines go into that file.
/// Writing to what takes it here fails, as it does to a closed one.
void occupy_standard_streams() {
  int next = ::open("/dev/null", O_RDONLY);
  while (next >= 0 && next <= STDERR_FILENO) next = ::open("/dev/null", O_RDONLY);
  if (next >= 0) ::close(next);
}

spdlog::logger& logger() {
  static auto const instance = [] {
    occupy_standard_streams();
    auto made = std::make_shared<spdlog::logger>("xrdct", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern(line_start() + "xrdct: %v");
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *instance;
}

/// Lines that somebody wants instead of standard error.
struct kept_lines {
  std::mutex mutex;
  bool keeping = false;
  std::vector<kept_line> lines;
};

kept_lines& kept() {
  static kept_lines all;
  return all;
}

/// Returns false where nobody wants it.
bool keep(log_level level, std::string_view line) {
  std::lock_guard const lock(kept().mutex);
  if (kept().keeping) kept().lines.push_back({level, printable(line)});
  return kept().keeping;
}

/// The file of open_log_file().
struct log_file {
  std::mutex mutex;
  int file = -1;
  std::string origin;  // the part of every line that is always the same
};

log_file& the_file() {
  static log_file one;
  return one;
}

std::string json_text(std::string_view text) {
  std::string quoted = "\"";
  for (char const c : text)
    if (c == '"' || c == '\\')
      quoted.append(1, '\\').append(1, c);
    else
      quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return quoted + "\"";
}

std::string utc_now() {
  auto const now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  auto const seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  auto const length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + length, text.size() - length, ".%03dZ",
                static_cast<int>(now.time_since_epoch().count() % 1000));
  return text.data();
}

/// A line that cannot be written is not worth a failure.
void note(char const* level, std::string_view line) {
  auto& to = the_file();
  std::lock_guard const lock(to.mutex);
  if (to.file < 0) return;
  auto const text = "{\"time\": \"" + utc_now() + "\", " + to.origin + ", \"level\": \"" + level +
                    "\", \"text\": " + json_text(printable(line)) + "}\n";
  if (::write(to.file, text.data(), text.size()) < 0) return;
}

}  // namespace

void open_log_file(std::string const& path, int rank, std::string const& host) {
  auto& to = the_file();
  std::lock_guard const lock(to.mutex);
  if (to.file >= 0) ::close(to.file);
  to.file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
  if (to.file < 0)
    throw runtime_failure("the log file " + path +
                          " cannot be written: " + std::error_code(errno, std::generic_category()).message());
  to.origin = "\"rank\": " + std::to_string(rank) + ", \"host\": " + json_text(host);
}

log_level parse_log_level(std::string_view name) {
  if (name == "debug") return log_level::debug;
  if (name == "info") return log_level::info;
  if (name == "warning") return log_level::warning;
  if (name == "error") return log_level::error;
  if (name == "quiet") return log_level::quiet;
  throw usage_error("log level '" + std::string(name) + "' is unknown; use debug, info, warning, error or quiet");
}

void set_log(log_level level, std::string prefix) {
  logger().set_level(spdlog_level(level));
  std::string pattern = line_start();
  for (char c : prefix) pattern += c == '%' ? std::string("%%") : std::string(1, c);
  logger().set_pattern(pattern + "%v");
}

void log_debug(std::string_view line) {
  note("debug", line);
  if (!keep(log_level::debug, line)) logger().debug(printable(line));
}
void log_info(std::string_view line) {
  note("info", line);
  if (!keep(log_level::info, line)) logger().info(printable(line));
}
void log_warning(std::string_view line) {
  note("warning", line);
  if (!keep(log_level::warning, line)) logger().warn("warning: {}", printable(line));
}
void log_error(std::string_view line) {
  note("error", line);
  if (!keep(log_level::error, line)) logger().error("error: {}", printable(line));
}

log_keeper::log_keeper() {
  std::lock_guard const lock(kept().mutex);
  kept().keeping = true;
}

log_keeper::~log_keeper() {
  std::lock_guard const lock(kept().mutex);
  kept().keeping = false;
  kept().lines.clear();
}

std::vector<kept_line> log_keeper::take() {
  std::lock_guard const lock(kept().mutex);
  return std::exchange(kept().lines, {});
}

}  // namespace xrdct
