// Sums do not depend on how long the blocks of a frame are.
#include "tests/kernels/backends.hpp"

#include <algorithm>
#include <cstdint>

namespace xrdct::test {
namespace {

// Rows of slices and numbers of pixels reach as far as a block does; threads share frames by ranges of slices. With few
// bins, these are summed up in float32.
TEST(same_bits_of_blocks, of_any_length) {
  std::mt19937 random(34);
  for (auto const type : {pixel_type::u8, pixel_type::u16, pixel_type::u32, pixel_type::i32}) {
    for (std::uint32_t const block : {40U, 72U, 8200U, 65536U}) {
      auto const slice = std::max(1U, 8192 / block) * block;
      for (std::uint32_t const bins : {15U, 2000U}) {
        auto const given = make_case({.type = type,
                                      .rows = static_cast<int>(9 * slice / 401) + 1,
                                      .columns = 401,
                                      .block_pixels = block,
                                      .frames = 3,
                                      .bins = bins,
                                      .mask = true},
                                     random);
        auto const expected = reduce(*make_backend("cpu1"), given);
        auto const found = reduce(*make_backend("cpu3"), given);
        for (std::size_t i = 0; i < given.images.size(); ++i) {
          if (bins == 2000) expect_pattern(reduce_plainly(given, given.images[i]), found, i);
          expect_same_bits(found, i, expected, i);
        }
        ASSERT_FALSE(HasFailure()) << name_of(type) << ", blocks of " << block << ", " << bins << " bins";
      }
    }
  }
}

}  // namespace
}  // namespace xrdct::test
