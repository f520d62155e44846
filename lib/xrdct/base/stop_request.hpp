#pragma once
/// \file Signals that ask the program to stop when it has kept what it did.

#include <functional>
#include <string>

namespace xrdct {

/// While it lives, SIGUSR2, SIGTERM and SIGINT do not end the program but are noted. A second SIGINT ends it at once,
/// for one who is not willing to wait. One at a time; made and destroyed by the main thread.
class stop_signals {
 public:
  /// What was noted before is forgotten.
  stop_signals();
  /// Signals do what they did before; what was noted is forgotten.
  ~stop_signals();
  stop_signals(stop_signals const&) = delete;
  stop_signals& operator=(stop_signals const&) = delete;
};

/// Whether one has come: a look at a flag.
bool stop_requested();

/// "SIGUSR2", the first that came; empty where none has.
std::string stop_signal();

/// Called by long computations between their parts, by the main thread: where somebody wants to end them there, it
/// throws what that one throws.
void pause_point();

/// While it lives, pause_point() calls `work`. One at a time; made and destroyed by the main thread.
class pause_hook {
 public:
  explicit pause_hook(std::function<void()> work);
  ~pause_hook();
  pause_hook(pause_hook const&) = delete;
  pause_hook& operator=(pause_hook const&) = delete;
};

}  // namespace xrdct
