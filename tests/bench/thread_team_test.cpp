#include "xrdct/bench/thread_team.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

namespace xrdct {
namespace {

TEST(thread_team, every_thread_works_once_a_run) {
  for (int const threads : {1, 2, 5}) {
    thread_team team(threads);
    ASSERT_EQ(team.threads(), threads);
    std::vector<int> runs(static_cast<std::size_t>(threads));  // no two threads have the same element
    for (int round = 0; round < 200; ++round) team.run([&](int k) { ++runs[static_cast<std::size_t>(k)]; });
    for (int const n : runs) EXPECT_EQ(n, 200);
  }
}

TEST(thread_team, throws_on_what_a_thread_throws_and_goes_on) {
  thread_team team(3);
  for (int const bad : {0, 2}) {
    std::atomic<int> others{0};
    EXPECT_THROW(team.run([&](int k) {
      if (k == bad) throw std::runtime_error("no");
      ++others;
    }),
                 std::runtime_error);
    EXPECT_EQ(others, 2);
  }
  std::atomic<int> all{0};
  team.run([&](int) { ++all; });
  EXPECT_EQ(all, 3);
}

TEST(share_of_thread, covers_everything_once) {
  for (std::size_t const count : {0, 1, 7, 100})
    for (int const parts : {1, 3, 8}) {
      std::size_t next = 0;
      for (int k = 0; k < parts; ++k) {
        auto const share = share_of_thread(count, parts, k);
        EXPECT_EQ(share.first, next);
        EXPECT_LE(share.last - share.first, count / static_cast<std::size_t>(parts) + 1);
        next = share.last;
      }
      EXPECT_EQ(next, count);
    }
}

}  // namespace
}  // namespace xrdct
