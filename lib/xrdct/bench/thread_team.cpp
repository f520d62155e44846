#include "xrdct/bench/thread_team.hpp"

#include "xrdct/base/error.hpp"

#include <string>
#include <system_error>
#include <utility>

namespace xrdct {

thread_team::thread_team(int threads) : meeting_(threads) {
  helpers_.reserve(static_cast<std::size_t>(threads));
  try {
    for (int k = 1; k < threads; ++k) helpers_.emplace_back([this, k] { help(k); });
  } catch (std::system_error const& e) {
    (void)meeting_.arrive(threads - static_cast<int>(helpers_.size()));  // those there are find no work, and end
    throw runtime_failure("cannot start " + std::to_string(threads) + " threads (" + e.what() +
                          "): use fewer --threads");
  }
}

void thread_team::help(int k) {
  while (true) {
    meeting_.arrive_and_wait();
    if (work_ == nullptr) return;
    take_part(*work_, k);
    meeting_.arrive_and_wait();
  }
}

thread_team::~thread_team() {
  work_ = nullptr;
  meeting_.arrive_and_wait();
}

void thread_team::run(std::function<void(int)> const& work) {
  work_ = &work;
  meeting_.arrive_and_wait();
  take_part(work, 0);
  meeting_.arrive_and_wait();
  if (auto const failure = std::exchange(failure_, nullptr)) std::rethrow_exception(failure);
}

void thread_team::take_part(std::function<void(int)> const& work, int thread) {
  try {
    work(thread);
  } catch (...) {
    std::lock_guard const guard(lock_);
    if (!failure_) failure_ = std::current_exception();
  }
}

}  // namespace xrdct
