// Bins of very many counts are summed up in float32 by the cpu backend: how far that is from exact sums.
#include "tests/kernels/backends.hpp"
#include "tests/kernels/only_instruction_set.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace xrdct::test {
namespace {

struct deviation {
  double signal = 0, variance = 0;
  // Sums that are not the float32 nearest to the exact one, as those made in double nearly all are.
  int not_nearest = 0;
};

std::vector<plain_pattern> reduce_plainly(reduction_case const& given) {
  std::vector<plain_pattern> made;
  for (auto const& image : given.images) made.push_back(reduce_plainly(given, image));
  return made;
}

// The largest relative deviation of any bin of any frame, but for what rounding the result to float32 may make of it.
deviation largest_deviation(pattern_memory const& found, std::vector<plain_pattern> const& expected) {
  deviation most;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(found.status[i], frame_status::ok);
    for (std::size_t bin = 0; bin < found.bins; ++bin) {
      auto const off = [&](plain_sum const& sum, float value) {
        most.not_nearest += value != static_cast<float>(sum.value) ? 1 : 0;
        auto const difference = static_cast<double>(std::fabs(value - sum.value) / std::max(1e-30L, sum.value));
        return std::max(0.0, difference - 0x1p-24);
      };
      most.signal = std::max(most.signal, off(expected[i].signal[bin], found.signal[i * found.bins + bin]));
      most.variance = std::max(most.variance, off(expected[i].variance[bin], found.variance[i * found.bins + bin]));
    }
  }
  return most;
}

deviation largest_deviation(reduction_case const& given, std::string const& backend) {
  return largest_deviation(reduce(*make_backend(backend), given), reduce_plainly(given));
}

// Some 10,000 entries in every bin: enough for float32, and not too many in a range.
case_options many_entries(pixel_type type) {
  return {.type = type, .rows = 700, .columns = 611, .frames = 3, .bins = 50, .mask = true, .norm = true};
}

// A tenth of the 1e-6 that patterns are to agree with others by.
constexpr double bound = 1e-7;

TEST(single_sums, are_close_whatever_the_values) {
  std::mt19937 random(51);
  for (auto const type : {pixel_type::u8, pixel_type::u16, pixel_type::u32, pixel_type::i32}) {
    for (bool const large : {false, true}) {
      auto options = many_entries(type);
      options.large_values = large;
      options.exclude_negative = true;  // sums of both signs have no relative precision
      auto const off = largest_deviation(make_case(options, random), "cpu2");
      EXPECT_LT(off.signal, bound) << name_of(type) << (large ? ", large values" : "");
      EXPECT_LT(off.variance, bound) << name_of(type) << (large ? ", large values" : "");
      EXPECT_GT(off.not_nearest, 10) << "nothing was summed up in float32";
    }
  }
}

// Rows of bytes, and of two; one set of lanes, and two.
TEST(single_sums, are_close_on_every_instruction_set) {
  std::mt19937 random(54);
  for (auto const& [type, frames] : {std::pair(pixel_type::u8, 3), std::pair(pixel_type::u32, 17)}) {
    auto options = many_entries(type);
    options.frames = frames;
    auto const given = make_case(options, random);
    auto const expected = reduce_plainly(given);
    for (auto const target : instruction_sets()) {
      only_instruction_set const only(target);
      auto const off = largest_deviation(reduce(*make_backend("cpu2"), given), expected);
      EXPECT_GT(off.not_nearest, 10) << "nothing was summed up in float32";
      EXPECT_LT(off.signal, bound) << name_of_instruction_set(target) << " " << name_of(type);
      EXPECT_LT(off.variance, bound) << name_of_instruction_set(target) << " " << name_of(type);
    }
  }
}

// Equal values are what roundings are least likely to even out for.
TEST(single_sums, are_close_for_equal_values) {
  std::mt19937 random(52);
  for (std::uint32_t const value : {1U, 3U, 255U, 40000U}) {
    auto options = many_entries(pixel_type::u16);
    options.frames = 0;
    auto given = make_case(options, random);
    add_image(given, image_bits(given.format.pixels(), value));
    auto const off = largest_deviation(given, "cpu1");
    EXPECT_LT(off.signal, bound) << value;
    EXPECT_LT(off.variance, bound) << value;
  }
}

// With equal shares of all pixels as well, roundings of a sum go the same way for long: that no frame and no geometry
// comes near.
TEST(single_sums, are_close_for_equal_terms) {
  std::mt19937 random(55);
  for (float const share : {0.7F, 0.3F, 0.91F, 0.123F, 0.456F, 0.577F}) {
    auto options = many_entries(pixel_type::u16);
    options.frames = 0;
    auto given = make_case(options, random);
    std::ranges::fill(given.matrix.coefficient, share);
    add_image(given, image_bits(given.format.pixels(), 3));
    auto const off = largest_deviation(given, "cpu1");
    EXPECT_LT(off.signal, 1e-6) << share;
    EXPECT_LT(off.variance, 1e-6) << share;
  }
}

// A few values a thousand times as large as all others are most of the sum.
TEST(single_sums, are_close_with_bright_pixels) {
  std::mt19937 random(53);
  auto options = many_entries(pixel_type::u32);
  options.frames = 0;
  auto given = make_case(options, random);
  image_bits image(given.format.pixels());
  for (auto& value : image) value = random() % 1000 == 0 ? 30000 + random() % 200000 : random() % 40;
  add_image(given, image);
  auto const off = largest_deviation(given, "cpu2");
  EXPECT_LT(off.signal, bound);
  EXPECT_LT(off.variance, bound);
}

}  // namespace
}  // namespace xrdct::test
