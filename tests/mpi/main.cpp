// GoogleTest on all ranks: rank 0 prints as usual, the others only what fails, and all return the worst result.

#include "tests/mpi/world.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/comm/mpi_environment.hpp"
#include "xrdct/io/hdf5.hpp"

#include <gtest/gtest.h>

#include <cstdio>

namespace xrdct::test {
namespace {

communicator const* everyone = nullptr;

class failures_of_rank : public ::testing::EmptyTestEventListener {
  void OnTestPartResult(::testing::TestPartResult const& part) override {
    if (!part.failed()) return;
    std::fprintf(stderr, "rank %d: %s:%d: %s\n", everyone->rank(), part.file_name() ? part.file_name() : "?",
                 part.line_number(), part.message());
  }
};

}  // namespace

communicator const& world() { return *everyone; }

}  // namespace xrdct::test

int main(int argc, char** argv) try {
  ::testing::InitGoogleTest(&argc, argv);
  xrdct::hdf5::start();
  xrdct::mpi_environment const mpi;
  xrdct::test::everyone = &mpi.world();
  xrdct::set_log(xrdct::log_level::quiet, "");
  auto& listeners = ::testing::UnitTest::GetInstance()->listeners();
  if (!mpi.world().root()) {
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new xrdct::test::failures_of_rank);
  }
  return static_cast<int>(mpi.world().maximum(std::int64_t{RUN_ALL_TESTS()}));
} catch (std::exception const& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
