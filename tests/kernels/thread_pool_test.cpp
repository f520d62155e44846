#include "kernels/cpu/thread_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace xrdct::cpu {
namespace {

TEST(thread_pool, does_every_task_once_and_never_two_for_one_worker) {
  for (int const threads : {1, 2, 3, 7}) {
    thread_pool pool(threads);
    ASSERT_EQ(pool.threads(), threads);
    for (std::size_t const tasks : {0, 1, 2, 5, 1000}) {
      std::vector<std::atomic<int>> times(tasks);
      std::vector<std::atomic<int>> inside(static_cast<std::size_t>(threads));
      std::atomic<bool> shared_worker = false;
      pool.run(tasks, [&](std::size_t task, int worker) {
        auto& here = inside.at(static_cast<std::size_t>(worker));
        if (here.fetch_add(1) != 0) shared_worker = true;
        ++times[task];
        --here;
      });
      for (auto const& n : times) EXPECT_EQ(n, 1);
      EXPECT_FALSE(shared_worker);
    }
  }
}

TEST(thread_pool, of_one_thread_works_on_the_caller) {
  thread_pool pool(1);
  auto const caller = std::this_thread::get_id();
  pool.run(20, [&](std::size_t, int worker) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    EXPECT_EQ(worker, 0);
  });
}

TEST(thread_pool, shares_tasks_among_threads) {
  thread_pool pool(2);
  std::atomic<int> there = 0;
  pool.run(2, [&](std::size_t, int) {  // neither task ends before both have begun
    ++there;
    while (there < 2) std::this_thread::yield();
  });
  EXPECT_EQ(there, 2);
}

TEST(thread_pool, throws_what_a_task_threw_and_works_on) {
  for (int const threads : {1, 3}) {
    thread_pool pool(threads);
    auto const fail = [](std::size_t task, int) {
      if (task == 13) throw std::runtime_error("thirteen");
    };
    EXPECT_THROW(pool.run(100, fail), std::runtime_error);
    EXPECT_THROW(pool.run(14, fail), std::runtime_error);
    std::atomic<int> count = 0;
    EXPECT_NO_THROW(pool.run(100, [&](std::size_t, int) { ++count; }));
    EXPECT_EQ(count, 100);
  }
}

TEST(thread_pool, survives_many_short_runs) {
  thread_pool pool(3);
  std::atomic<long> sum = 0;
  for (int i = 0; i < 5000; ++i) pool.run(3, [&](std::size_t task, int) { sum += static_cast<long>(task); });
  EXPECT_EQ(sum, 5000L * 3);
}

TEST(thread_pool, needs_a_thread) { EXPECT_THROW(thread_pool(0), std::invalid_argument); }

}  // namespace
}  // namespace xrdct::cpu
