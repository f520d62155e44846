// GoogleTest. Where no test could run, as all asked to be skipped, the exit code is 77, and CTest lists the program as
// skipped.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

int main(int argc, char** argv) {
  ::testing::InitGoogleMock(&argc, argv);
  int const failed = RUN_ALL_TESTS();
  auto const& all = *::testing::UnitTest::GetInstance();
  bool const nothing_ran = all.skipped_test_count() > 0 && all.successful_test_count() == 0;
  return failed == 0 && nothing_ran ? 77 : failed;
}
