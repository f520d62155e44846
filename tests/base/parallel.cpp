#include "xrdct/base/parallel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace xrdct {
namespace {

TEST(in_parallel, does_every_task_once) {
  for (int const threads : {-1, 0, 1, 2, 9})
    for (std::size_t const tasks : {0, 1, 2, 1000}) {
      std::vector<std::atomic<int>> done(tasks);
      in_parallel(threads, tasks, [&](std::size_t task) { ++done.at(task); });
      for (auto const& times : done) EXPECT_EQ(times, 1) << threads << " " << tasks;
    }
}

TEST(in_parallel, throws_what_a_task_threw_when_all_have_ended) {
  for (int const threads : {1, 3}) {
    std::atomic<int> begun{0};
    std::atomic<int> running{0};
    EXPECT_THROW(in_parallel(threads, 1000,
                             [&](std::size_t task) {
                               ++running;
                               ++begun;
                               --running;
                               if (task == 5) throw std::runtime_error("five");
                             }),
                 std::runtime_error);
    EXPECT_EQ(running, 0);
    EXPECT_GE(begun, 1);
    if (threads == 1) {
      EXPECT_EQ(begun, 6);
    }
  }
}

}  // namespace
}  // namespace xrdct
