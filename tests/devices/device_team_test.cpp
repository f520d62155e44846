#include "xrdct/devices/device_team.hpp"

#include "xrdct/base/error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace xrdct {
namespace {

/// What holds of any teams; the device of every rank.
std::vector<std::string> check(std::vector<seen_devices> const& seen, std::vector<device_member> const& members) {
  std::vector<std::string> chosen;
  EXPECT_EQ(members.size(), seen.size());
  for (std::size_t r = 0; r < seen.size(); ++r)
    chosen.push_back(seen[r].at(static_cast<std::size_t>(members.at(r).number)));  // it is one that it sees
  std::map<std::string, std::vector<int>> teams;
  for (std::size_t r = 0; r < seen.size(); ++r) teams[chosen[r]].push_back(static_cast<int>(r));
  for (auto const& [uuid, ranks] : teams)
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      auto const& member = members[static_cast<std::size_t>(ranks[i])];
      EXPECT_EQ(member.rank, static_cast<int>(i));
      EXPECT_EQ(member.size, static_cast<int>(ranks.size()));
      EXPECT_EQ(member.leader, ranks.front());
    }
  return chosen;
}

TEST(device_team, fifteen_ranks_share_one_device) {
  std::vector<seen_devices> const seen(15, {"a"});
  auto const members = form_teams(seen);
  check(seen, members);
  EXPECT_EQ(members[14].size, 15);
  EXPECT_EQ(members[14].rank, 14);
  EXPECT_EQ(members[14].leader, 0);
}

TEST(device_team, ranks_that_see_all_devices_are_spread_evenly) {
  for (std::size_t devices : {1U, 2U, 3U, 4U, 8U})
    for (std::size_t ranks : {1U, 2U, 3U, 4U, 7U, 8U, 15U, 64U}) {
      seen_devices all;
      for (std::size_t d = 0; d < devices; ++d) all.push_back("gpu" + std::to_string(d));
      std::vector<seen_devices> const seen(ranks, all);
      auto const chosen = check(seen, form_teams(seen));
      std::map<std::string, std::size_t> sizes;
      for (auto const& uuid : chosen) ++sizes[uuid];
      EXPECT_EQ(sizes.size(), std::min(devices, ranks));
      for (auto const& [uuid, size] : sizes) {
        EXPECT_GE(size, ranks / devices);
        EXPECT_LE(size, (ranks + devices - 1) / devices);
      }
    }
}

TEST(device_team, the_launchers_binding_is_kept) {
  // Each rank sees its own, all as number 0; two of them see the same.
  std::vector<seen_devices> const seen{{"b"}, {"a"}, {"b"}, {"d"}};
  auto const members = form_teams(seen);
  EXPECT_EQ(check(seen, members), (std::vector<std::string>{"b", "a", "b", "d"}));
  EXPECT_EQ(members[2].size, 2);
  EXPECT_EQ(members[2].leader, 0);
  EXPECT_EQ(members[1].size, 1);
}

TEST(device_team, the_same_devices_in_another_order_are_the_same) {
  std::vector<seen_devices> const seen{{"a", "b"}, {"b", "a"}, {"a", "b"}, {"b", "a"}};
  auto const chosen = check(seen, form_teams(seen));
  EXPECT_EQ(chosen, (std::vector<std::string>{"a", "b", "a", "b"}));
}

TEST(device_team, halves_of_a_node_are_each_spread) {
  // As with GPUs bound to the nearest socket.
  std::vector<seen_devices> seen(4, {"a", "b"});
  seen.resize(8, {"c", "d"});
  auto const chosen = check(seen, form_teams(seen));
  for (std::string const uuid : {"a", "b", "c", "d"}) EXPECT_EQ(std::ranges::count(chosen, uuid), 2) << uuid;
}

TEST(device_team, holds_for_anything_that_ranks_see) {
  std::mt19937 random(20261122);
  for (int round = 0; round < 300; ++round) {
    std::vector<seen_devices> seen(1 + random() % 20);
    for (auto& mine : seen) {
      for (std::size_t d = 0; d < 6; ++d)
        if (random() % 2 == 0) mine.push_back(std::string(1, static_cast<char>('a' + d)));
      if (mine.empty()) mine.push_back("z");
      std::shuffle(mine.begin(), mine.end(), random);
    }
    check(seen, form_teams(seen));
  }
}

TEST(device_team, a_rank_without_devices_is_an_error) {
  EXPECT_THROW(form_teams({{"a"}, {}}), runtime_failure);
  EXPECT_TRUE(form_teams({}).empty());
}

TEST(device_team, memory_is_shared_out_with_some_left_over) {
  constexpr std::uint64_t gib = std::uint64_t{1} << 30;
  for (std::uint64_t const free : {std::uint64_t{0}, gib, 80 * gib, 141 * gib + 12345})
    for (int ranks = 1; ranks <= 64; ++ranks) {
      auto const part = share_of_memory(free, ranks);
      EXPECT_LE(part * static_cast<std::uint64_t>(ranks), free - free / 10);
      EXPECT_GE(part + (1 << 20), free / static_cast<std::uint64_t>(ranks) / 10 * 9);
      EXPECT_EQ(part % (1 << 20), 0U);
    }
}

}  // namespace
}  // namespace xrdct
