#include "kernels/cpu/thread_pool.hpp"

#include <stdexcept>
#include <utility>

namespace xrdct::cpu {

thread_pool::thread_pool(int threads) {
  if (threads < 1) throw std::invalid_argument("a thread pool needs at least one thread");
  helpers_.reserve(static_cast<std::size_t>(threads - 1));
  try {
    for (int worker = 1; worker < threads; ++worker) helpers_.emplace_back([this, worker] { help(worker); });
  } catch (...) {  // the system gives no more threads: those there are must end before their memory does
    {
      std::lock_guard const lock(state_);
      stopping_ = true;
    }
    start_.notify_all();
    for (auto& helper : helpers_) helper.join();
    throw;
  }
}

thread_pool::~thread_pool() {
  {
    std::lock_guard const lock(state_);
    stopping_ = true;
  }
  start_.notify_all();
  for (auto& helper : helpers_) helper.join();
}

void thread_pool::run(std::size_t tasks, job const& work) {
  if (tasks == 0) return;
  std::lock_guard const one_run(one_run_);
  bool const alone = helpers_.empty() || tasks == 1;
  {
    std::lock_guard const lock(state_);
    next_ = 0;
    failure_ = nullptr;
    if (!alone) {
      work_ = &work;
      tasks_ = tasks;
      busy_ = static_cast<int>(helpers_.size());
      ++round_;
    }
  }
  if (!alone) start_.notify_all();
  take_tasks(work, tasks, 0);
  std::unique_lock lock(state_);
  end_.wait(lock, [this] { return busy_ == 0; });
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void thread_pool::help(int worker) {
  std::uint64_t seen = 0;
  std::unique_lock lock(state_);
  for (;;) {
    start_.wait(lock, [&] { return stopping_ || round_ != seen; });
    if (stopping_) return;
    seen = round_;
    auto const* const work = work_;
    auto const tasks = tasks_;
    lock.unlock();
    take_tasks(*work, tasks, worker);
    lock.lock();
    if (--busy_ == 0) end_.notify_all();
  }
}

void thread_pool::take_tasks(job const& work, std::size_t tasks, int worker) {
  for (;;) {
    auto const task = next_.fetch_add(1, std::memory_order_relaxed);
    if (task >= tasks) return;
    try {
      work(task, worker);
    } catch (...) {
      std::lock_guard const lock(state_);
      if (!failure_) failure_ = std::current_exception();
      next_ = tasks;
    }
  }
}

}  // namespace xrdct::cpu
