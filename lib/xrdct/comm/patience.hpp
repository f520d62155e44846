#pragma once
/// \file Waiting for others without taking their core.

#include <chrono>
#include <thread>

namespace xrdct {

/// For loops that poll: yields at first, then sleeps a little, so that many ranks may share a core with one that works.
class patience {
 public:
  void wait() {
    if (++polls_ < quick_polls)
      std::this_thread::yield();
    else
      std::this_thread::sleep_for(std::chrono::microseconds(50));
  }

 private:
  static constexpr int quick_polls = 200;
  int polls_ = 0;
};

}  // namespace xrdct
