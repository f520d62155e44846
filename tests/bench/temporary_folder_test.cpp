#include "xrdct/bench/temporary_folder.hpp"

#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

namespace xrdct {
namespace {

namespace fs = std::filesystem;

/// A folder with a file, and a folder in it.
void fill(std::string const& folder) {
  std::ofstream(folder + "/file") << "some bytes";
  fs::create_directory(folder + "/more");
  std::ofstream(folder + "/more/file") << "more bytes";
}

TEST(temporary_folder, goes_with_all_that_is_in_it) {
  test::temporary_folder parent;
  {
    temporary_folder const made(parent.path());
    fill(made.path());
    EXPECT_FALSE(fs::is_empty(parent.path()));
  }
  EXPECT_TRUE(fs::is_empty(parent.path()));
}

TEST(temporary_folder, goes_with_a_process_that_is_killed) {
  for (int const signal : {SIGINT, SIGTERM, SIGKILL}) {
    test::temporary_folder parent;
    auto const process = ::fork();
    if (process == 0) {
      temporary_folder const made(parent.path());
      fill(made.path());
      ::kill(::getpid(), signal);
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(process, &status, 0), process);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself";
    for (int tries = 0; tries < 6000 && !fs::is_empty(parent.path()); ++tries)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_TRUE(fs::is_empty(parent.path())) << "after signal " << signal;
  }
}

TEST(temporary_folder, says_where_none_can_be) {
  EXPECT_THROW(temporary_folder("there/is/no/such/folder"), runtime_failure);
}

}  // namespace
}  // namespace xrdct
