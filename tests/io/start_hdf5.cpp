// HDF5 starts before the first test as it does in the program: where its constants alone have started it, it cleans up
// at exit, and crashes on the files that a test on a full disk leaves half closed.
#include "xrdct/io/hdf5.hpp"

#include <gtest/gtest.h>

namespace xrdct::test {
namespace {

struct started_hdf5 final : testing::Environment {
  void SetUp() override { hdf5::start(); }
};

[[maybe_unused]] auto* const registered =
    testing::AddGlobalTestEnvironment(new started_hdf5);  // which GoogleTest deletes

}  // namespace
}  // namespace xrdct::test
