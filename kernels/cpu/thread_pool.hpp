#pragma once
/// \file Threads that live as long as a device and share out numbered tasks among themselves.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace xrdct::cpu {

/// The calling thread works too, as worker 0: a pool of one thread starts none.
class thread_pool {
 public:
  using job = std::function<void(std::size_t task, int worker)>;

  /// Throws std::invalid_argument if `threads` < 1.
  explicit thread_pool(int threads);
  ~thread_pool();
  thread_pool(thread_pool const&) = delete;
  thread_pool& operator=(thread_pool const&) = delete;

  /// The number of workers, the caller of run() among them.
  int threads() const { return static_cast<int>(helpers_.size()) + 1; }

  /// Calls work(task, worker) once for every task in [0, tasks), in no order, and returns when all have ended. `worker`
  /// is in [0, threads()), and no two calls at a time have the same one: it is good for choosing scratch memory. The
  /// first exception is thrown on when all has ended; tasks not begun by then are left out. Not to be called from
  /// within a task; calls from several threads wait for one another.
  void run(std::size_t tasks, job const& work);

 private:
  void help(int worker);
  void take_tasks(job const& work, std::size_t tasks, int worker);

  std::mutex one_run_;  // held during run()
  std::mutex state_;    // guards what follows, but for next_
  std::condition_variable start_;
  std::condition_variable end_;
  job const* work_ = nullptr;
  std::size_t tasks_ = 0;
  std::uint64_t round_ = 0;  // counts runs, so that a helper takes part in each once
  int busy_ = 0;             // helpers that have not yet finished the round
  bool stopping_ = false;
  std::exception_ptr failure_;
  std::atomic<std::size_t> next_{0};
  std::vector<std::thread> helpers_;
};

}  // namespace xrdct::cpu
