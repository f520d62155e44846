#pragma once
/// \file Threads that all do the same at the same time, again and again.

#include <barrier>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace xrdct {

/// Part k of `count` things shared out evenly among `parts`.
struct even_share {
  std::size_t first = 0, last = 0;
};
constexpr even_share share_of_thread(std::size_t count, int parts, int k) {
  auto const n = static_cast<std::size_t>(parts), i = static_cast<std::size_t>(k);
  return {count * i / n, count * (i + 1) / n};
}

/// The caller is one of them.
class thread_team {
 public:
  /// Throws runtime_failure where the system has no more threads.
  explicit thread_team(int threads);
  ~thread_team();
  thread_team(thread_team const&) = delete;
  thread_team& operator=(thread_team const&) = delete;

  int threads() const { return static_cast<int>(helpers_.size()) + 1; }
  /// Calls work(k) on thread k, for all k below threads(), and returns when all have ended. Rethrows what the first to
  /// fail threw.
  void run(std::function<void(int thread)> const& work);

 private:
  void help(int k);
  void take_part(std::function<void(int)> const& work, int thread);

  std::barrier<> meeting_;                          // before and after every run
  std::function<void(int)> const* work_ = nullptr;  // none: the end
  std::mutex lock_;
  std::exception_ptr failure_;
  std::vector<std::jthread> helpers_;
};

}  // namespace xrdct
