#include "xrdct/devices/mps.hpp"

#include "tests/support/shared_data.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

namespace xrdct {
namespace {

TEST(mps, is_known_by_its_pipe) {
  test::temporary_folder const folder;
  EXPECT_FALSE(mps_is_in(folder.path().string()));
  EXPECT_FALSE(mps_is_in("/nowhere"));
  std::ofstream(folder / "control") << "a file";
  EXPECT_FALSE(mps_is_in(folder.path().string()));
  std::filesystem::remove(folder / "control");
  ASSERT_EQ(::mkfifo((folder / "control").c_str(), 0600), 0);
  EXPECT_TRUE(mps_is_in(folder.path().string()));

  ::setenv("CUDA_MPS_PIPE_DIRECTORY", folder.path().c_str(), 1);
  EXPECT_TRUE(mps_is_there());
  ::setenv("CUDA_MPS_PIPE_DIRECTORY", "/nowhere", 1);
  EXPECT_FALSE(mps_is_there());
  ::unsetenv("CUDA_MPS_PIPE_DIRECTORY");
}

}  // namespace
}  // namespace xrdct
