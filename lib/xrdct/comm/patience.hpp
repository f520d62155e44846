#pragma once
/// \file Waiting for others without taking their core.

#include <chrono>
#include <thread>

namespace xrdct {

/// For loops that poll: yields at first, then sleeps a little, and longer where it takes long, so that many ranks may
/// share a core with one that works.
class patience {
 public:
  void wait() {
    if (++polls_ < quick_polls)
      std::this_thread::yield();
    else
      std::this_thread::sleep_for(std::chrono::microseconds(polls_ < short_sleeps ? 50 : 400));
  }

 private:
  static constexpr int quick_polls = 200;
  // For the first tenth of a second or so messages are under way, and every poll moves some of them. Later it is
  // another rank's work that is waited for: 13 ranks that poll every 50 us take a tenth of a core from it.
  static constexpr int short_sleeps = quick_polls + 1000;
  int polls_ = 0;
};

}  // namespace xrdct
