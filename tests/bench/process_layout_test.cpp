#include "xrdct/bench/process_layout.hpp"

#include "tests/bench/made_scan.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/comm/pattern_exchange.hpp"

#include <gtest/gtest.h>

namespace xrdct::test {
namespace {

TEST(process_layout, gives_the_patterns_of_the_pool) {
  constexpr std::uint64_t frames = 7;
  made_scan const scan(pixel_type::u32, frames);
  auto const what = scan.what();
  auto unknown = what;  // what is read is chosen later
  unknown.input.files.clear();
  unknown.input.masks.clear();
  unknown.geometry.ponis.clear();
  process_layout processes(3, unknown);
  auto const m = examine(what, 1);
  processes.open(what.input, what.geometry, m.channels());
  std::vector<float> expected(frames * pattern_quantities * m.channels());
  make_pool_layout(m, what, 1)->reduce(frames, expected);
  for (int const count : {1, 2, 3}) {
    std::vector<float> patterns(expected.size(), -1);
    processes.runner(count)->reduce(frames, patterns);
    EXPECT_EQ(patterns, expected) << count << " processes";
  }
  // Fewer frames than processes.
  std::vector<float> two(2 * pattern_quantities * m.channels());
  processes.runner(3)->reduce(2, two);
  EXPECT_EQ(two, std::vector(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(two.size())));
}

TEST(process_layout, brings_the_errors_of_its_processes) {
  made_scan const scan(pixel_type::u32, 2);
  auto what = scan.what();
  process_layout processes(2, what);
  what.input.files = {"there/is/no/such.h5"};
  EXPECT_THROW(processes.open(what.input, what.geometry, 90), error);
  try {
    processes.open(what.input, what.geometry, 90);
  } catch (error const& e) {
    EXPECT_EQ(e.code(), exit_code::bad_input);
    EXPECT_NE(std::string(e.what()).find("such.h5"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace xrdct::test
