#include "xrdct/base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace xrdct {

void in_parallel(int threads, std::size_t tasks, std::function<void(std::size_t task)> const& work) {
  std::atomic<std::size_t> next{0};
  std::mutex one;
  std::exception_ptr failure;
  auto const take = [&] {
    for (std::size_t task = 0; (task = next.fetch_add(1, std::memory_order_relaxed)) < tasks;) try {
        work(task);
      } catch (...) {
        std::lock_guard const lock(one);
        if (!failure) failure = std::current_exception();
        next = tasks;
      }
  };
  std::vector<std::thread> helpers;
  auto const most = std::min<std::size_t>(tasks, static_cast<std::size_t>(std::max(threads, 1)));
  helpers.reserve(most);
  for (std::size_t i = 1; i < most; ++i) try {
      helpers.emplace_back(take);
    } catch (std::exception const&) {  // the system has no more
      break;
    }
  take();
  for (auto& helper : helpers) helper.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace xrdct
