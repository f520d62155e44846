#pragma once
/// \file Jobs in a line, which all threads of a pool work on: none waits for the last task of a job while the next has
/// any.

#include "kernels/cpu/thread_pool.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

namespace xrdct::cpu {

/// Work in phases: a task begins when all tasks of the phase before it have ended.
struct phased_job {
  virtual ~phased_job() = default;
  virtual std::size_t phases() const = 0;
  /// How many tasks a phase has. Called by one thread at a time.
  virtual std::size_t tasks(std::size_t phase) const = 0;
  /// Does a task. `worker` is as thread_pool's; `place` is below job_line::at_once, and of jobs that need one, no two
  /// at a time have the same.
  virtual void run(std::size_t phase, std::size_t task, int worker, std::size_t place) = 0;
  /// Whether it needs a place of its own among the jobs that are worked on; one that does not never waits for one.
  virtual bool needs_place() const { return true; }
  /// A task has thrown: tasks of the same phase that wait for it must not wait on. Those not begun are left out.
  virtual void abandon() = 0;
};

/// Jobs are begun in the order they come; a thread that finds nothing to do in one looks at the next. The pool is busy
/// as long as there are jobs.
class job_line {
 public:
  /// Places: jobs that need one are worked on so many at a time. Two fill all gaps, as one has many tasks; each takes
  /// memory.
  static constexpr std::size_t at_once = 2;

  explicit job_line(thread_pool& threads) : threads_(threads) {}
  /// All jobs have ended by then: whoever submits waits.
  ~job_line();
  job_line(job_line const&) = delete;
  job_line& operator=(job_line const&) = delete;

  class ticket;
  /// Puts a job at the end of the line; it must outlive the wait for its ticket. Throws std::system_error if there is
  /// no thread to be had that looks after the line.
  std::shared_ptr<ticket> submit(phased_job& job);
  /// Returns when the job has ended; throws on what a task threw first.
  void wait(ticket& submitted);

 private:
  struct claim {
    ticket* from = nullptr;
    std::size_t phase = 0;
    std::size_t task = 0;
  };

  void look_after();
  void work(int worker);
  bool take(claim& mine);
  bool take_from_line(claim& mine);
  void do_task(claim const& mine, int worker);
  void end_task(ticket& of, std::exception_ptr failure);
  void begin_phase(ticket& of);

  thread_pool& threads_;
  std::mutex mutex_;
  std::condition_variable changed_;           // something can be taken or has ended
  std::condition_variable arrived_;           // a job, or the end
  std::deque<std::shared_ptr<ticket>> line_;  // jobs that have not ended
  std::size_t submitted_ = 0;
  bool stopping_ = false;
  std::thread looking_after_;
};

}  // namespace xrdct::cpu
