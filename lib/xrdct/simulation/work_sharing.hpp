#pragma once
/// \file Pieces of work among threads that live as long as the work does.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace xrdct {

/// Runs worker(k) for every k below `count`, in some order; every thread, the caller among them, has a worker of its
/// own that make_worker() returns. Rethrows what the first of them threw, after the others have ended.
template <class F>
void share_out(std::size_t count, int threads, F const& make_worker) {
  std::atomic<std::size_t> next{0};
  std::mutex lock;
  std::exception_ptr problem;
  auto const work = [&] {
    try {
      auto worker = make_worker();
      for (std::size_t k = next++; k < count; k = next++) worker(k);
    } catch (...) {
      std::lock_guard const guard(lock);
      if (!problem) problem = std::current_exception();
      next = count;
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (std::size_t i = 1; i < std::min<std::size_t>(static_cast<std::size_t>(threads), count); ++i) try {
        helpers.emplace_back(work);
      } catch (std::exception const&) {  // the system has no more
        break;
      }
    work();
  }
  if (problem) std::rethrow_exception(problem);
}

}  // namespace xrdct
