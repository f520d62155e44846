#include "tests/mpi/world.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/comm/threads.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <new>
#include <thread>

namespace xrdct {
namespace {

using test::world;

TEST(communicator, shares_long_vectors_among_short_values) {
  std::vector<std::vector<double>> const sent{{1.5}, std::vector<double>(300'001, -2.5), {}, {3.5, 4.5}};
  for (int from = 0; from < world().size(); ++from) {
    auto value = world().rank() == from ? sent : std::vector<std::vector<double>>();
    world().share(value, from);
    EXPECT_EQ(value, sent);
  }
}

TEST(communicator, shares_values_of_any_rank) {
  for (int from = 0; from < world().size(); ++from) {
    std::vector<std::string> words;
    if (world().rank() == from) words = {"a", "", std::string(1000, static_cast<char>('a' + from))};
    world().share(words, from);
    ASSERT_EQ(words.size(), 3U);
    EXPECT_EQ(words[2], std::string(1000, static_cast<char>('a' + from)));
  }
}

TEST(communicator, collects_values_of_different_lengths_by_rank) {
  std::vector<int> const mine(static_cast<std::size_t>(world().rank() * 7), world().rank());
  auto const all = world().collect(mine);
  EXPECT_EQ(all.size(), world().root() ? static_cast<std::size_t>(world().size()) : 0U);
  for (std::size_t r = 0; r < all.size(); ++r) EXPECT_EQ(all[r], std::vector<int>(r * 7, static_cast<int>(r)));
}

TEST(communicator, messages_longer_than_a_piece_arrive_whole) {
  if (world().size() != 2) GTEST_SKIP() << "tried with two ranks: the messages have 300 MB";
  std::size_t const size = 300'000'001;
  std::vector<std::byte> bytes;
  if (world().root()) {
    bytes.resize(size);
    for (std::size_t i = 0; i < size; i += 4096) bytes[i] = static_cast<std::byte>(i / 4096 % 251);
    bytes.back() = std::byte{77};
  }
  world().broadcast(bytes);
  ASSERT_EQ(bytes.size(), size);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < size - 1; i += 4096) wrong += bytes[i] != static_cast<std::byte>(i / 4096 % 251) ? 1 : 0;
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(bytes.back(), std::byte{77});
  auto const all = world().gather(bytes);
  for (auto const& one : all) EXPECT_TRUE(one == bytes);
}

TEST(communicator, reduces_over_ranks) {
  std::int64_t const n = world().size();
  std::vector<std::uint64_t> values{1, static_cast<std::uint64_t>(world().rank())};
  world().sum(values);
  EXPECT_EQ(values,
            (std::vector<std::uint64_t>{static_cast<std::uint64_t>(n), static_cast<std::uint64_t>(n * (n - 1) / 2)}));
  EXPECT_EQ(world().maximum(std::int64_t{world().rank()}), n - 1);
  EXPECT_EQ(world().minimum(std::int64_t{world().rank()} - 5), -5);
  std::vector<double> doubles{-1.0 - world().rank()};
  world().maximum(doubles);
  EXPECT_EQ(doubles.front(), -1.0);
}

TEST(communicator, splits_by_colour_in_the_order_of_ranks) {
  auto const part = world().split(world().rank() % 2);
  EXPECT_EQ(part.rank(), world().rank() / 2);
  EXPECT_EQ(part.size(), (world().size() + 1 - world().rank() % 2) / 2);
}

TEST(threads, ranks_of_a_node_do_not_take_more_cores_than_there_are) {
  int const mine = default_threads(world());
  EXPECT_GE(mine, 1);
  std::vector<std::uint64_t> total{static_cast<std::uint64_t>(mine)};
  world().sum(total);
  EXPECT_LE(total[0],
            std::max<std::uint64_t>(std::thread::hardware_concurrency(), static_cast<std::uint64_t>(world().size())));
}

/// What together() throws, on every rank.
template <class Work>
std::optional<failure> verdict_of(Work&& work) {
  try {
    together(world(), work);
  } catch (agreed_error const& e) {
    return failure{e.code(), e.what()};
  }
  return std::nullopt;
}

TEST(agreement, is_silent_where_nobody_fails) {
  EXPECT_EQ(together(world(), [] { return world().rank() + 1; }), world().rank() + 1);
  EXPECT_EQ(from_root(world(), [] { return std::string("root only"); }), "root only");
}

TEST(agreement, everyone_throws_the_error_of_the_lowest_failing_rank) {
  for (int lowest = 0; lowest < world().size(); ++lowest) {
    auto const verdict = verdict_of([&] {
      if (world().rank() >= lowest) throw input_error("rank " + std::to_string(world().rank()) + " fails");
    });
    ASSERT_TRUE(verdict.has_value());
    EXPECT_EQ(verdict->code, exit_code::bad_input);
    EXPECT_EQ(verdict->message, "rank " + std::to_string(lowest) + " fails");
  }
}

TEST(agreement, a_failure_outranks_a_stop) {
  int const last = world().size() - 1;
  auto const verdict = verdict_of([&] {
    if (world().rank() == last) throw runtime_failure("disk full");
    throw error(exit_code::stopped, "stopped");
  });
  ASSERT_TRUE(verdict.has_value());
  EXPECT_EQ(verdict->code, exit_code::failed);
  EXPECT_EQ(verdict->message, "disk full");
  auto const stop = verdict_of([&] {
    if (world().rank() == last) throw error(exit_code::stopped, "stopped by a signal");
  });
  ASSERT_TRUE(stop.has_value());
  EXPECT_EQ(stop->code, exit_code::stopped);
}

TEST(agreement, knows_exceptions_of_others) {
  auto const memory = verdict_of([] {
    if (world().root()) throw std::bad_alloc();
  });
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ(memory->code, exit_code::failed);
  EXPECT_NE(memory->message.find("out of memory"), std::string::npos);
  auto const strange = verdict_of([] { throw 5; });
  ASSERT_TRUE(strange.has_value());
  EXPECT_EQ(strange->code, exit_code::failed);
}

}  // namespace
}  // namespace xrdct
