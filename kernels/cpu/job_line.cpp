#include "kernels/cpu/job_line.hpp"

#include <algorithm>
#include <utility>

namespace xrdct::cpu {

/// A job's place in the line. All guarded by the line's mutex.
class job_line::ticket {
 public:
  ticket(phased_job& job, std::size_t number) : job_(job), number_(number) {}

 private:
  friend class job_line;
  phased_job& job_;
  std::size_t number_;  // in the order of submission
  std::size_t phase_ = 0;
  std::size_t tasks_ = 0;  // of the phase
  std::size_t begun_ = 0;  // of these
  std::size_t unended_ = 0;
  bool ended_ = false;
  std::exception_ptr failure_;
};

job_line::~job_line() {
  {
    std::lock_guard const lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_all();
  if (looking_after_.joinable()) looking_after_.join();
}

std::shared_ptr<job_line::ticket> job_line::submit(phased_job& job) {
  std::lock_guard const lock(mutex_);
  if (!looking_after_.joinable()) looking_after_ = std::thread([this] { look_after(); });
  auto made = std::make_shared<ticket>(job, submitted_);
  begin_phase(*made);
  if (made->ended_) return made;
  line_.push_back(made);
  ++submitted_;
  arrived_.notify_all();
  changed_.notify_all();
  return made;
}

void job_line::wait(ticket& submitted) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return submitted.ended_; });
  if (submitted.failure_) std::rethrow_exception(std::exchange(submitted.failure_, nullptr));
}

// The pool's threads are let go whenever the line is empty, so that others can use them.
void job_line::look_after() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [this] { return stopping_ || !line_.empty(); });
      if (stopping_ && line_.empty()) return;
    }
    threads_.run(static_cast<std::size_t>(threads_.threads()), [this](std::size_t, int worker) { work(worker); });
  }
}

void job_line::work(int worker) {
  claim mine;
  while (take(mine)) do_task(mine, worker);
}

/// Waits for a task. False where the line is empty.
bool job_line::take(claim& mine) {
  std::unique_lock lock(mutex_);
  mine = {};
  changed_.wait(lock, [&] { return line_.empty() || take_from_line(mine); });
  return mine.from != nullptr;
}

bool job_line::take_from_line(claim& mine) {
  auto const first = line_.front()->number_;
  for (auto const& job : line_) {
    bool const has_place = job->number_ < first + at_once || !job->job_.needs_place();
    if (!has_place || job->begun_ == job->tasks_) continue;
    mine = {job.get(), job->phase_, job->begun_++};
    return true;
  }
  return false;
}

void job_line::do_task(claim const& mine, int worker) {
  std::exception_ptr failure;
  try {
    mine.from->job_.run(mine.phase, mine.task, worker, mine.from->number_ % at_once);
  } catch (...) {
    failure = std::current_exception();
    mine.from->job_.abandon();
  }
  end_task(*mine.from, std::move(failure));
}

void job_line::end_task(ticket& of, std::exception_ptr failure) {
  std::lock_guard const lock(mutex_);
  if (failure) {
    if (!of.failure_) of.failure_ = std::move(failure);
    of.unended_ -= of.tasks_ - of.begun_;
    of.begun_ = of.tasks_;
  }
  if (--of.unended_ > 0) return;
  if (!of.failure_) ++of.phase_;
  begin_phase(of);
  changed_.notify_all();
}

/// The next phase that has tasks, or the end.
void job_line::begin_phase(ticket& of) {
  of.begun_ = of.tasks_ = 0;
  for (; !of.failure_ && of.phase_ < of.job_.phases(); ++of.phase_) {
    of.tasks_ = of.unended_ = of.job_.tasks(of.phase_);
    if (of.tasks_ > 0) return;
  }
  of.ended_ = true;
  std::erase_if(line_, [&](auto const& other) { return other.get() == &of; });
}

}  // namespace xrdct::cpu
