// Log lines never get into a file that took the number of a closed standard error, and are single lines.

#include "xrdct/base/log.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace xrdct {
namespace {

/// The number of the next file that a process without standard streams opens; in a process of its own, for the logger
/// looks once.
int next_number(bool with_log) {
  pid_t const child = ::fork();
  if (child == 0) {
    for (int const stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(stream);
    if (with_log) set_log(log_level::info, "xrdct: ");
    int const file = ::open("/", O_RDONLY);
    if (with_log) log_info("goes nowhere");
    ::_exit(file);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(standard_streams, no_file_takes_the_number_of_a_closed_one) {
  EXPECT_EQ(next_number(false), 0);
  EXPECT_GT(next_number(true), STDERR_FILENO);
}

TEST(standard_streams, whatever_is_logged_is_one_printable_line) {
  testing::internal::CaptureStderr();
  log_error("'a\nb\r\x1b[2Jc\x7f\td é'");
  log_info(std::string_view("x\0y", 3));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "xrdct: error: 'a?b??[2Jc??d é'\nxrdct: x?y\n");
}

}  // namespace
}  // namespace xrdct
