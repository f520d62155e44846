#include "xrdct/comm/node_memory.hpp"

#include "tests/mpi/world.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

namespace xrdct {
namespace {

using test::world;

std::vector<std::byte> random_bytes(std::size_t size) {
  std::mt19937 random(static_cast<unsigned>(size) + 7);
  std::vector<std::byte> bytes(size);
  for (auto& one : bytes) one = static_cast<std::byte>(random());
  return bytes;
}

node_memory filled(std::vector<std::byte> const& with, node_memory::permission const& may = {}) {
  return node_memory::make(
      world().node(),
      [&](node_memory::source const& memory) {
        auto const to = memory(with.size());
        EXPECT_EQ(to.size(), with.size());
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(to.data()) % 64, 0U);
        std::ranges::copy(with, to.begin());
      },
      may);
}

void expect_holds(node_memory const& made, std::vector<std::byte> const& expected) {
  EXPECT_TRUE(std::ranges::equal(made.bytes(), expected));
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(made.bytes().data()) % 64, 0U);
}

/// What this process left in POSIX shared memory.
std::size_t names_left() {
  auto const own = "xrdct-" + std::to_string(::getpid()) + "-";
  std::size_t found = 0;
  std::error_code none;
  for (auto const& entry : std::filesystem::directory_iterator("/dev/shm", none))
    found += entry.path().filename().string().starts_with(own) ? 1U : 0U;
  return found;
}

TEST(node_memory, holds_on_all_ranks_what_one_wrote) {
  bool const alone = world().node().size() == 1;
  for (std::size_t const size :
       {std::size_t{1}, std::size_t{4095}, std::size_t{4096 * 3 - 64}, std::size_t{5'000'001}}) {
    auto const bytes = random_bytes(size);
    auto const made = filled(bytes);
    EXPECT_EQ(made.way(), alone ? node_sharing::alone : node_sharing::descriptor);
    expect_holds(made, bytes);
  }
}

TEST(node_memory, takes_the_next_way_where_one_rank_cannot_go_the_first) {
  log_keeper const silent;
  if (world().node().size() == 1) GTEST_SKIP() << "a single rank has its own memory";
  auto const bytes = random_bytes(3'000'017);
  int const last = world().node().size() - 1;
  for (int const who : {0, last}) {  // who creates it, or one of those who open it
    auto const named =
        filled(bytes, [&](node_sharing way, int rank) { return way != node_sharing::descriptor || rank != who; });
    EXPECT_EQ(named.way(), node_sharing::name);
    expect_holds(named, bytes);
    auto const copied = filled(bytes, [&](node_sharing, int rank) { return rank != who; });
    EXPECT_EQ(copied.way(), node_sharing::copies);
    expect_holds(copied, bytes);
  }
  world().barrier();
  EXPECT_EQ(names_left(), 0U);
}

TEST(node_memory, longer_copies_arrive_whole) {
  log_keeper const silent;
  if (world().node().size() != 2) GTEST_SKIP() << "tried with two ranks";
  auto const bytes = random_bytes((std::size_t{1} << 24) * 2 + 77);
  expect_holds(filled(bytes, [](node_sharing, int) { return false; }), bytes);
}

TEST(node_memory, may_be_empty) {
  EXPECT_TRUE(node_memory::make(world().node(), [](node_memory::source const&) {}).bytes().empty());
  EXPECT_TRUE(filled({}).bytes().empty());
  EXPECT_TRUE(node_memory().bytes().empty());
}

TEST(node_memory, several_are_apart_and_may_be_moved) {
  auto const first = random_bytes(70'001), second = random_bytes(50'003);
  auto a = filled(first), b = filled(second);
  auto c = std::move(a);
  a = std::move(b);
  expect_holds(c, first);
  expect_holds(a, second);
}

TEST(node_memory, all_ranks_hear_why_it_could_not_be_filled) {
  auto const fill = [](node_memory::source const& memory) {
    memory(1000);
    throw input_error("no such matrix");
  };
  try {
    node_memory::make(world().node(), fill);
    FAIL();
  } catch (error const& e) {
    EXPECT_EQ(e.code(), exit_code::bad_input);
    EXPECT_STREQ(e.what(), "no such matrix");
  }
  auto const too_much = [](node_memory::source const& memory) { memory(std::size_t{1} << 62); };
  EXPECT_THROW(node_memory::make(world().node(), too_much), error);
}

}  // namespace
}  // namespace xrdct
