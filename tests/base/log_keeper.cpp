#include "xrdct/base/log.hpp"

#include <gtest/gtest.h>

namespace xrdct {
namespace {

TEST(log_keeper, keeps_lines_from_standard_error_while_it_lives) {
  set_log(log_level::info, "t: ");
  testing::internal::CaptureStderr();
  {
    log_keeper keeper;
    log_info("first");
    log_warning("second\nline");
    auto const lines = keeper.take();
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].text, "first");
    EXPECT_EQ(lines[0].level, log_level::info);
    EXPECT_EQ(lines[1].text, "second?line");
    EXPECT_EQ(lines[1].level, log_level::warning);
    EXPECT_TRUE(keeper.take().empty());
  }
  log_info("third");
  auto const shown = testing::internal::GetCapturedStderr();
  EXPECT_EQ(shown.find("first"), std::string::npos);
  EXPECT_NE(shown.find("t: third"), std::string::npos);
}

}  // namespace
}  // namespace xrdct
