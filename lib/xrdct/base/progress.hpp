#pragma once
/// \file The line that says how far it is and how long it will take.

#include "xrdct/base/timer.hpp"

#include <cstdint>
#include <string>

namespace xrdct {

enum class progress_mode {
  automatic,  ///< a line drawn over itself on a terminal, one plain line every 10 seconds elsewhere
  on,         ///< as automatic, but every second where standard error is no terminal
  off,
};

/// Parses "auto", "on" or "off"; throws usage_error on anything else.
progress_mode parse_progress_mode(std::string const& name);

/// Draws one progress line on standard error: "reducing 1234/5678 frames (22 %), 812 frames/s, 1.9 GB/s, 5 s left".
/// Used by one thread of one rank.
class progress {
 public:
  /// `what` is the verb at the line's beginning, `unit` the plural of what is counted.
  progress(progress_mode mode, std::string what, std::string unit, std::uint64_t total);
  /// Leaves a terminal's line empty.
  ~progress();
  progress(progress const&) = delete;
  progress& operator=(progress const&) = delete;

  /// `count` things and `bytes` bytes are done. Draws only when it is time to: cheap to call often.
  void update(std::uint64_t count, std::uint64_t bytes);

 private:
  progress_mode mode_;
  std::string what_;
  std::string unit_;
  std::uint64_t total_;
  bool terminal_;
  bool drawn_ = false;
  timer since_start_;
  double last_drawn_ = 0;
};

/// "8.12", "81.2", "812", "8120": three significant digits, whole numbers from 100 on.
std::string rate_text(double value);
/// "45 s", "3 min 20 s", "2 h 05 min".
std::string duration_text(double seconds);
/// "1.23 GB", "45.6 MB" (powers of 1000).
std::string bytes_text(double bytes);

}  // namespace xrdct
