#include "xrdct/bench/layouts.hpp"

#include "tests/bench/made_scan.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/bench/layout_probes.hpp"
#include "xrdct/comm/pattern_exchange.hpp"

#include <gmock/gmock.h>

#include <random>

namespace xrdct::test {
namespace {

constexpr std::uint64_t frames = 5;

std::vector<float> patterns_by(layout_runner& layout, measurement const& m) {
  std::vector<float> patterns(frames * pattern_quantities * m.channels(), -1);  // what is left of before must go
  layout.reduce(frames, patterns);
  return patterns;
}

/// By the pool with the backend `reference`, which shares no arithmetic with the others.
std::vector<float> expected(measurement const& m, job what) {
  what.run.backend = "reference";
  return patterns_by(*make_pool_layout(m, what, 1), m);
}

void expect_equal(measurement const& m, job const& what) {
  auto const truth = expected(m, what);
  ASSERT_THAT(truth, testing::Contains(testing::Gt(0)));
  for (int const threads : {1, 3}) {
    EXPECT_LT(deviation(patterns_by(*make_serial_layout(m, what, threads), m), truth, m.channels()), 1e-6) << threads;
    EXPECT_LT(deviation(patterns_by(*make_pool_layout(m, what, threads), m), truth, m.channels()), 1e-6) << threads;
  }
}

class layouts_of_type : public testing::TestWithParam<pixel_type> {};

TEST_P(layouts_of_type, agree_with_the_reference) {
  made_scan const scan(GetParam(), frames, true);
  auto const what = scan.what();
  expect_equal(examine(what, 1), what);
}

INSTANTIATE_TEST_SUITE_P(all, layouts_of_type, testing::Values(pixel_type::u16, pixel_type::u32, pixel_type::i32),
                         [](auto const& kind) { return std::string(name_of(kind.param)); });

TEST(layouts, apply_corrections_as_the_reference_does) {
  made_scan const scan(pixel_type::i32, frames, true);
  auto what = scan.what();
  auto m = examine(what, 1);
  auto& pixels = m.detectors[0].pixels;
  auto const count = m.stack().format.pixels();
  std::mt19937 random(4);
  std::uniform_real_distribution<float> around_one(0.5F, 1.5F);
  pixels.dark.resize(count);
  pixels.norm.resize(count);
  pixels.variance.resize(count);
  for (std::size_t p = 0; p < count; ++p) {
    pixels.dark[p] = around_one(random);
    pixels.norm[p] = p % 97 == 0 ? 0 : around_one(random);
    pixels.variance[p] = p % 89 == 0 ? INFINITY : around_one(random);
  }
  pixels.lowest = 1;
  pixels.highest = 40'000;
  pixels.dummy = 3;
  m.frame_norm[2] = 0.7;
  m.detectors[0].weight = 1.3;
  for (auto const errors : {error_model::none, error_model::poisson, error_model::counts, error_model::image}) {
    what.geometry.errors = errors;
    expect_equal(m, what);
    pixels.delta_dummy = 1.5;
  }
}

TEST(layouts, leave_missing_frames_out_and_refuse_bad_ones) {
  made_scan const scan(pixel_type::u32, frames);
  auto const what = scan.what();
  auto m = examine(what, 1);
  m.status[1] = frame_status::missing;
  expect_equal(m, what);
  auto const row = pattern_quantities * m.channels();
  auto const patterns = patterns_by(*make_serial_layout(m, what, 2), m);
  EXPECT_THAT(std::vector(patterns.begin() + row, patterns.begin() + 2 * row), testing::Each(0));

  made_scan const damaged(pixel_type::u32, frames, false, true);
  auto const ill = examine(damaged.what(), 1);
  EXPECT_THROW(patterns_by(*make_serial_layout(ill, what, 2), ill), input_error);
  EXPECT_THROW(patterns_by(*make_pool_layout(ill, what, 2), ill), input_error);
}

TEST(layouts, say_what_they_cannot_do) {
  made_scan const scan(pixel_type::u32, frames);
  auto what = scan.what();
  auto const m = examine(what, 1);
  layout_probes probes(what);
  probes.use(what, m);
  EXPECT_THAT(layout_probes::try_to([&] { probes.make(bench_layout::gpu, 1); }), testing::HasSubstr("cuda"));
  EXPECT_EQ(layout_probes::try_to([&] { probes.make(bench_layout::pool, 1); }), "");
  what.geometry.errors = error_model::azimuthal;
  EXPECT_THROW(make_serial_layout(m, what, 1), usage_error);
}

}  // namespace
}  // namespace xrdct::test
