#pragma once
/// \file Seconds that passed.

#include <chrono>

namespace xrdct {

/// Starts when made. Wall-clock time from a clock that never goes back.
class timer {
 public:
  double seconds() const { return std::chrono::duration<double>(clock::now() - start_).count(); }
  void restart() { start_ = clock::now(); }

 private:
  using clock = std::chrono::steady_clock;
  clock::time_point start_ = clock::now();
};

}  // namespace xrdct
