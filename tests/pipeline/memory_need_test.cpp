#include "xrdct/pipeline/memory_need.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace xrdct {
namespace {

TEST(memory, of_this_machine_is_known) {
  EXPECT_GT(available_memory(), std::uint64_t{1} << 20);
  EXPECT_LT(available_memory(), std::uint64_t{1} << 50);
}

TEST(memory, what_does_not_fit_is_refused_before_it_is_taken) {
  memory_words const words{"all of this needs", "buy more"};
  EXPECT_NO_THROW(require_memory(communicator(), std::uint64_t{1} << 20, words));
  try {
    require_memory(communicator(), std::uint64_t{1} << 50, words);
    ADD_FAILURE() << "so much memory was found";
  } catch (error const& e) {
    EXPECT_EQ(e.code(), exit_code::failed);
    EXPECT_THAT(e.what(), testing::AllOf(testing::StartsWith("out of memory: all of this needs "),
                                         testing::EndsWith(" left; buy more")));
  }
}

TEST(memory, need_is_that_of_the_two_sides_of_the_exchange) {
  std::uint64_t const entries = 90;
  auto const alone = plan_exchange({{0, 100}}, 128, 10);
  EXPECT_EQ(memory_for_patterns(alone, 0, entries), (100U + 90U) * 128U * 16U);
  auto const two = plan_exchange({{0, 60}, {60, 40}}, 128, 10);
  EXPECT_EQ(memory_for_patterns(two, 0, entries), 100U * 64U * 16U + 60U * 128U * 16U);
  EXPECT_EQ(memory_for_patterns(two, 1, entries), 100U * 64U * 16U + 90U * 64U * 16U);
  auto patterns_only = two;
  patterns_only.rounds = 0;
  EXPECT_EQ(memory_for_patterns(patterns_only, 1, 0), 40U * 128U * 16U);
}

}  // namespace
}  // namespace xrdct
