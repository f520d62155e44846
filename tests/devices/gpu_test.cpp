// What only a GPU can show; without one, the reason is.

#include "tests/devices/gpu.hpp"
#include "tests/kernels/backends.hpp"
#include "tests/kernels/plain_reduction.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace xrdct::test {
namespace {

class gpu_alone : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_gpu()) GTEST_SKIP() << "no GPU can be used: " << about_gpu();
  }
};

TEST_F(gpu_alone, tells_its_name) { EXPECT_THAT(make_gpu()->description(), testing::HasSubstr(about_gpu())); }

TEST_F(gpu_alone, same_bits_in_any_batch_and_run) {
  std::mt19937 random(3);
  for (auto const code : {encoding::bitshuffle_lz4, encoding::byte_offset, encoding::hdf5_lz4}) {
    auto const given = make_case({.code = code, .rows = 131, .columns = 401, .frames = 70, .bins = 60}, random);
    auto const frames = given.frames();
    auto const device = make_gpu();
    auto const expected = reduce(*device, given);
    for (std::size_t const batch : {1U, 7U, 32U}) {
      auto const reducer = device->make_reducer(given.what(), given.format);
      for (std::size_t first = 0; first < frames.size(); first += batch) {
        auto const count = std::min(batch, frames.size() - first);
        auto const found = reduce(*reducer,
                                  {frames.begin() + static_cast<std::ptrdiff_t>(first),
                                   frames.begin() + static_cast<std::ptrdiff_t>(first + count)},
                                  given.matrix.bins);
        for (std::size_t i = 0; i < count; ++i) expect_same_bits(found, i, expected, first + i);
      }
    }
  }
}

}  // namespace
}  // namespace xrdct::test
