#include "xrdct/base/progress.hpp"

#include "xrdct/base/error.hpp"

#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>

namespace xrdct {

progress_mode parse_progress_mode(std::string const& name) {
  if (name == "auto") return progress_mode::automatic;
  if (name == "on") return progress_mode::on;
  if (name == "off") return progress_mode::off;
  throw usage_error("progress mode '" + name + "' is unknown; use auto, on or off");
}

progress::progress(progress_mode mode, std::string what, std::string unit, std::uint64_t total)
    : mode_(mode),
      what_(std::move(what)),
      unit_(std::move(unit)),
      total_(total),
      terminal_(::isatty(STDERR_FILENO) != 0) {}

progress::~progress() {
  if (drawn_ && terminal_) std::fputs("\r\x1b[K", stderr);
}

void progress::update(std::uint64_t count, std::uint64_t bytes) {
  if (mode_ == progress_mode::off) return;
  double const now = since_start_.seconds();
  double const interval = terminal_ ? 0.2 : mode_ == progress_mode::on ? 1.0 : 10.0;
  if (now - last_drawn_ < interval) return;
  last_drawn_ = now;
  drawn_ = true;
  double const per_second = static_cast<double>(count) / now;
  std::string line = what_ + " " + std::to_string(count) + "/" + std::to_string(total_) + " " + unit_;
  if (total_ > 0) line += " (" + std::to_string(count * 100 / total_) + " %)";
  line += ", " + rate_text(per_second) + " " + unit_ + "/s";
  if (bytes > 0) line += ", " + bytes_text(static_cast<double>(bytes) / now) + "/s";
  if (count > 0 && count <= total_)
    line += ", " + duration_text(static_cast<double>(total_ - count) / per_second) + " left";
  if (terminal_)
    std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
  else
    std::fprintf(stderr, "xrdct: %s\n", line.c_str());
  std::fflush(stderr);
}

std::string rate_text(double value) {
  std::array<char, 32> text{};
  char const* const format = value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f";
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string duration_text(double seconds) {
  std::array<char, 48> text{};
  if (!std::isfinite(seconds)) return "unknown time";
  auto const whole = static_cast<long long>(std::llround(seconds));
  if (seconds < 10)
    std::snprintf(text.data(), text.size(), "%.1f s", seconds);
  else if (whole < 60)
    std::snprintf(text.data(), text.size(), "%lld s", whole);
  else if (whole < 3600)
    std::snprintf(text.data(), text.size(), "%lld min %02lld s", whole / 60, whole % 60);
  else
    std::snprintf(text.data(), text.size(), "%lld h %02lld min", whole / 3600, whole / 60 % 60);
  return text.data();
}

std::string bytes_text(double bytes) {
  constexpr std::array units{"B", "kB", "MB", "GB", "TB", "PB"};
  std::size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < units.size()) {
    bytes /= 1000;
    ++unit;
  }
  return rate_text(bytes) + " " + units[unit];
}

}  // namespace xrdct
