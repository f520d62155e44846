// What reducers say they may take, and what they take of this process.
#include "kernels/cpu/huge_buffer.hpp"
#include "tests/kernels/backends.hpp"

#include <malloc.h>
#include <unistd.h>

#include <bit>
#include <fstream>
#include <utility>

namespace xrdct::test {
namespace {

// Bytes of main memory that this process has.
double resident() {
  std::size_t all = 0, here = 0;
  std::ifstream("/proc/self/statm") >> all >> here;
  return static_cast<double>(here) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

struct taken {
  double said = 0, seen = 0;
};

// By one frame of 4 million pixels of this value, most of them in a bin.
taken reduce_one(std::string const& backend, rejection const& how, pixel_type type, std::uint32_t bits) {
  std::mt19937 random(7);
  auto given =
      make_case({.type = type, .rows = 2000, .columns = 2000, .frames = 0, .bins = 400, .reject = how}, random);
  add_image(given, image_bits(given.format.pixels(), bits));
  auto const device = make_backend(backend);
  auto const reducer = device->make_reducer(given.what(), given.format);
  auto const frames = given.frames();
  pattern_memory into(1, given.matrix.bins);
  auto const before = resident();
  auto const said = static_cast<double>(reducer->memory());
  reducer->submit(frames, into.all())->wait();
  EXPECT_EQ(into.status[0], frame_status::ok);
  return {said, resident() - before};
}

// glibc gives back at once what is larger, and may keep the rest: here what the store was before it grew.
constexpr double kept_by_malloc = 1 << 25;

constexpr rejection clip{.method = rejection_method::sigma_clip};
constexpr rejection middle{.method = rejection_method::quantiles, .lower = 0.25, .upper = 0.75};

TEST(reducer_memory, is_taken_where_all_values_are_wide) {
  for (auto const& how : {clip, middle}) {
    auto const [said, seen] = reduce_one("cpu1", how, pixel_type::f32, std::bit_cast<std::uint32_t>(0.5F));
    EXPECT_GT(said, 80 * 2.5e6);
    EXPECT_LE(seen, 1.02 * said + kept_by_malloc);
    EXPECT_GE(seen, 0.8 * said);
  }
}

TEST(reducer_memory, is_an_upper_estimate_where_few_are) {
  auto const [said, seen] = reduce_one("cpu1", clip, pixel_type::u16, 3);
  EXPECT_LE(seen, 0.5 * said);
}

// All pixels have more than 16 bits, and are summed up one by one; the longest blocks that are not decoded with the
// whole frame.
TEST(reducer_memory, is_an_upper_estimate_of_sums_of_wide_counts) {
  std::mt19937 random(8);
  auto given = make_case(
      {.type = pixel_type::u32, .rows = 1024, .columns = 1024, .block_pixels = 65536, .frames = 0, .bins = 4000},
      random);
  add_image(given, image_bits(given.format.pixels(), 70000));
  std::vector<frame> const frames(80,
                                  given.frames()[0]);  // two batches that each have a thread, and one that is shared
  for (auto const* const backend : {"cpu1", "cpu2"}) {
    auto const device = make_backend(backend);
    auto const reducer = device->make_reducer(given.what(), given.format);
    pattern_memory into(frames.size(), given.matrix.bins);
    ::malloc_trim(0);  // what is kept of earlier tests would be used again, and not be seen
    auto const before = resident();
    auto const said = static_cast<double>(reducer->memory());
    for (std::size_t const some : {64, 16})  // two batches that each have a thread, and one that threads share
      reducer->submit(std::span(frames).first(some), into.from(0, some))->wait();
    auto const seen = resident() - before;
    EXPECT_LE(seen, said) << backend;
    EXPECT_GE(seen, 0.3 * said) << backend;
  }
}

TEST(reducer_memory, grows_with_threads) {
  auto const one = reduce_one("cpu1", clip, pixel_type::u16, 3).said;
  EXPECT_EQ(reduce_one("cpu3", clip, pixel_type::u16, 3).said, 3 * one);
}

TEST(reducer_memory, is_little_where_frames_are_summed_up_at_once) {
  // Sums of 32 frames and 400 bins, and a slice of these frames.
  EXPECT_LT(reduce_one("cpu1", {}, pixel_type::u16, 3).said, 5e6);
}

TEST(huge_buffer, has_no_size_without_its_memory) {
  cpu::huge_buffer<float> from(1000);
  float const* const memory = from.data();
  cpu::huge_buffer<float> to(std::move(from));
  EXPECT_EQ(to.data(), memory);
  EXPECT_EQ(to.size(), 1000U);
  EXPECT_EQ(from.data(), nullptr);  // NOLINT(bugprone-use-after-move): what is left is what is tested
  EXPECT_EQ(from.size(), 0U);
  from = std::move(to);
  EXPECT_EQ(from.data(), memory);
  EXPECT_EQ(from.size(), 1000U);
  EXPECT_EQ(to.data(), nullptr);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(to.size(), 0U);
}

TEST(reducer_memory, of_the_reference_holds_a_frame) {
  EXPECT_GT(reduce_one("reference", clip, pixel_type::u16, 3).said, 4e6 * 12);
}

}  // namespace
}  // namespace xrdct::test
