#include "xrdct/bench/probe.hpp"

#include "xrdct/base/error.hpp"

#include <gmock/gmock.h>

namespace xrdct {
namespace {

using testing::ElementsAre;

probe counting(std::string const& name, std::vector<std::string>& calls) {
  probe made;
  made.name = name;
  made.run = [name, &calls](std::uint64_t) { calls.push_back(name); };
  return made;
}

TEST(spread, is_median_least_and_largest) {
  auto const odd = spread_of({5, 1, 3});
  EXPECT_EQ(odd.median, 3);
  EXPECT_EQ(odd.least, 1);
  EXPECT_EQ(odd.largest, 5);
  EXPECT_DOUBLE_EQ(odd.width(), 4.0 / 3);
  EXPECT_EQ(spread_of({4, 1, 2, 10}).median, 3);
  EXPECT_EQ(spread_of({7}).median, 7);
}

TEST(median_ratio, is_taken_round_by_round) {
  timings a, b;
  a.frames = b.frames = 10;
  a.seconds = {1, 20, 4};
  b.seconds = {2, 30, 4};  // ratios 2, 1.5, 1
  EXPECT_DOUBLE_EQ(median_ratio(a, b), 1.5);
  a.seconds.clear();
  EXPECT_EQ(median_ratio(a, b), 0);
}

TEST(time_in_turns, begins_each_round_with_another_one) {
  std::vector<std::string> calls;
  std::vector const probes{counting("a", calls), counting("b", calls), counting("c", calls)};
  auto const all = time_in_turns(probes, 4, 1e-9, {}, progress_mode::off);
  ASSERT_EQ(all.size(), 3U);
  std::vector const in_turns(calls.end() - 12, calls.end());
  EXPECT_THAT(in_turns, ElementsAre("a", "b", "c", "b", "c", "a", "c", "a", "b", "a", "b", "c"));
  for (auto const& one : all) {
    EXPECT_EQ(one.seconds.size(), 4U);
    EXPECT_THAT(one.seconds, testing::Each(testing::Ge(0)));
  }
  EXPECT_EQ(all[1].name, "b");
}

TEST(time_in_turns, does_whole_steps_and_no_more_than_there_are) {
  std::vector<std::uint64_t> units;
  probe made;
  made.run = [&](std::uint64_t n) { units.push_back(n); };
  made.step = 7;
  made.most = 40;
  made.frames_per_unit = 3;
  made.bytes_in = 30;
  auto const quick = time_in_turns(std::span(&made, 1), 2, 1e3, {}, progress_mode::off);
  EXPECT_THAT(units, testing::Each(testing::AnyOf(7, 14, 21, 28, 35, 40)));
  EXPECT_EQ(units.back(), 40U) << "nothing takes no time";
  EXPECT_EQ(quick[0].frames, 3 * 40.0);
  EXPECT_EQ(quick[0].bytes_in, 10) << "a frame";
  units.clear();
  made.most = 5;  // fewer than a step
  time_in_turns(std::span(&made, 1), 2, 1e-9, {}, progress_mode::off);
  EXPECT_THAT(units, testing::Each(5));
}

TEST(time_in_turns, throws_what_a_run_throws) {
  probe made;
  made.run = [](std::uint64_t) { throw input_error("no frames"); };
  try {
    time_in_turns(std::span(&made, 1), 2, 1e-9, {}, progress_mode::off);
    FAIL();
  } catch (error const& e) {
    EXPECT_EQ(e.code(), exit_code::bad_input);
    EXPECT_STREQ(e.what(), "no frames");
  }
}

}  // namespace
}  // namespace xrdct
