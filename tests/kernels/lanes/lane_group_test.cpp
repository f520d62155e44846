// What lanes tell each other, in the groups that need no device.
#include "kernels/lanes/lane_group.hpp"

#include "tests/kernels/lanes/threaded_lanes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace xrdct::test {
namespace {

TEST(lane_group, of_one_lane_has_all) {
  lanes::one_lane const lane;
  EXPECT_EQ(lane.ballot(true), 1U);
  EXPECT_EQ(lane.ballot(false), 0U);
  EXPECT_EQ(lane.shuffle(std::uint64_t{7}, 0), 7U);
  EXPECT_EQ(lanes::inclusive_sum(lane, 5U), 5U);
  EXPECT_TRUE(lanes::any(lane, true) && !lanes::any(lane, false));
  EXPECT_TRUE(lanes::all(lane, true) && !lanes::all(lane, false));
}

TEST(lane_group, of_threads_exchanges) {
  std::mt19937 random(1);
  std::array<std::uint32_t, lane_team::size> in{}, sums{}, ballots{}, third{}, above{};
  for (auto& v : in) v = static_cast<std::uint32_t>(random());
  run_lanes([&](threaded_lane const& lane) {
    auto const i = lane.rank();
    sums[i] = lanes::inclusive_sum(lane, in[i]);
    ballots[i] = lane.ballot(in[i] % 2 == 1);
    third[i] = lane.shuffle(in[i], 3);
    above[i] = lane.shuffle_up(in[i], 5);
  });
  std::uint32_t sum = 0, bits = 0;
  for (std::uint32_t i = 0; i < lane_team::size; ++i) bits |= in[i] % 2 << i;
  for (std::uint32_t i = 0; i < lane_team::size; ++i) {
    sum += in[i];
    EXPECT_EQ(sums[i], sum);
    EXPECT_EQ(ballots[i], bits);
    EXPECT_EQ(third[i], in[3]);
    EXPECT_EQ(above[i], in[i < 5 ? i : i - 5]);
  }
}

// What a lane writes, the others read behind sync() alone: without it, ThreadSanitizer reports a race here.
TEST(lane_group, of_threads_meets) {
  std::array<std::uint32_t, lane_team::size> written{}, read{};
  run_lanes([&](threaded_lane const& lane) {
    written[lane.rank()] = lane.rank() + 1;
    lane.sync();
    read[lane.rank()] = written[(lane.rank() + 1) % lane.size()];
  });
  for (std::uint32_t i = 0; i < lane_team::size; ++i) EXPECT_EQ(read[i], (i + 1) % lane_team::size + 1);
}

}  // namespace
}  // namespace xrdct::test
