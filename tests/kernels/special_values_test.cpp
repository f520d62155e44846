// Values and bins at the edges: dead frames, bins that lose nearly all they have, sums that must not round.
#include "tests/kernels/backends.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace xrdct::test {
namespace {

class special_values : public every_backend {
 protected:
  // One row of pixels; pixel p has the coefficient in bin bins[p].
  static reduction_case row_of_pixels(pixel_type type, std::vector<std::uint32_t> const& bins,
                                      std::vector<float> const& coefficients, image_bits const& image) {
    reduction_case made;
    auto const columns = static_cast<int>(bins.size());
    made.format = {encoding::bitshuffle_lz4, type, 1, columns, 0};
    made.matrix = {1, columns, *std::max_element(bins.begin(), bins.end()) + 1, {}, bins, coefficients};
    for (std::uint32_t p = 0; p <= bins.size(); ++p) made.matrix.offsets.push_back(p);
    made.images = {image};
    made.chunks = {encode_image(image, type, encoding::bitshuffle_lz4, 0)};
    return made;
  }
};

TEST_P(special_values, all_pixels_dead_give_exact_zeros) {
  std::mt19937 random(21);
  for (auto const type : {pixel_type::u8, pixel_type::u16, pixel_type::u32, pixel_type::i32, pixel_type::f32}) {
    auto given = make_case({.type = type, .rows = 61, .columns = 67, .dark = true, .norm = true}, random);
    given.pixels.exclude_negative = true;
    auto const dead = type == pixel_type::i32   ? 0xfffffffeU
                      : type == pixel_type::f32 ? std::bit_cast<std::uint32_t>(-std::numeric_limits<float>::infinity())
                                                : maximum_bits(type);
    for (auto& image : given.images) std::ranges::fill(image, dead);
    for (auto& chunk : given.chunks) chunk = encode_image(given.images[0], type, given.format.code, 0);
    auto found = reduce(*device_, given);
    bool const is_unsigned = type != pixel_type::i32 && type != pixel_type::f32;
    for (std::size_t i = 0; i < given.images.size(); ++i) {
      EXPECT_EQ(found.status[i], frame_status::ok);
      EXPECT_EQ(found.saturated[i], is_unsigned ? given.format.pixels() : 0U);
      found.saturated[i] = 0;
      expect_zeros(found, i);
    }
  }
}

TEST_P(special_values, bins_whose_pixels_are_all_dead_are_zero_and_others_are_not) {
  std::mt19937 random(22);
  auto given = make_case({.rows = 61, .columns = 67, .frames = 4, .dark = true, .norm = true}, random);
  for (auto& image : given.images) {
    for (std::size_t p = 0; p < image.size(); ++p) {
      auto const begin = given.matrix.bin.begin();
      auto const in_even_bin = std::any_of(begin + given.matrix.offsets[p], begin + given.matrix.offsets[p + 1],
                                           [](std::uint32_t bin) { return bin % 2 == 0; });
      if (in_even_bin) image[p] = 0xffffffffU;
    }
  }
  for (std::size_t i = 0; i < given.images.size(); ++i)
    given.chunks[i] = encode_image(given.images[i], pixel_type::u32, given.format.code, 0);
  auto const found = reduce(*device_, given);
  for (std::size_t i = 0; i < given.images.size(); ++i) {
    auto const expected = reduce_plainly(given, given.images[i]);
    EXPECT_EQ(expected.entries[4], 0U);
    expect_pattern(expected, found, i);
  }
}

TEST_P(special_values, what_is_left_of_a_bin_is_exact_however_little_it_is) {
  std::mt19937 random(23);
  constexpr std::size_t pixels = 5000;
  std::vector<std::uint32_t> const bins(pixels, 0);
  std::vector<float> coefficients(pixels);
  for (auto& c : coefficients) c = std::uniform_real_distribution<float>(0.1F, 1)(random);
  coefficients[1234] = 3e-13F;
  image_bits image(pixels, 0xffffffffU);
  image[1234] = 7;
  auto given = row_of_pixels(pixel_type::u32, bins, coefficients, image);
  given.pixels.norm.resize(pixels);
  for (auto& n : given.pixels.norm) n = std::uniform_real_distribution<float>(0.1F, 1)(random);
  auto const found = reduce(*device_, given);
  EXPECT_FLOAT_EQ(found.count[0], 3e-13F);
  EXPECT_FLOAT_EQ(found.norm[0], 3e-13F * given.pixels.norm[1234]);
  EXPECT_FLOAT_EQ(found.signal[0], 7 * 3e-13F);
  EXPECT_FLOAT_EQ(found.variance[0], 7 * 3e-13F * 3e-13F);
}

TEST_P(special_values, counts_above_24_bits_become_float32_once) {
  std::vector<std::uint32_t> const values{16777217,   16777219,   16777220,   33554433,   2147483647, 2147483648,
                                          2147483775, 2147483777, 4294967167, 4294967168, 4294967169, 4294967294,
                                          4294967040, 65535,      65536,      0};
  std::vector<std::uint32_t> bins(values.size());
  for (std::uint32_t p = 0; p < bins.size(); ++p) bins[p] = p;
  for (auto const type : {pixel_type::u32, pixel_type::i32}) {
    auto const given = row_of_pixels(type, bins, std::vector<float>(bins.size(), 1), values);
    auto const found = reduce(*device_, given);
    double sum = 0;
    for (std::size_t p = 0; p < values.size(); ++p) {
      auto const value =
          type == pixel_type::i32 ? static_cast<std::int32_t>(values[p]) : static_cast<double>(values[p]);
      EXPECT_EQ(found.signal[p], static_cast<float>(value)) << values[p];
      sum += value;
    }
    EXPECT_EQ(found.raw_sum[0], sum);
  }
}

// In float32, 2³² − 1 and 2³² − 128 are the same number: only the former is the maximum.
TEST_P(special_values, the_maximum_is_told_from_its_neighbours) {
  image_bits const image{4294967295U, 4294967294U, 4294967168U, 1, 4294967295U};
  auto given = row_of_pixels(pixel_type::u32, {0, 1, 2, 3, 4}, {1, 1, 1, 1, 1}, image);
  auto found = reduce(*device_, given);
  EXPECT_EQ(found.saturated[0], 2U);
  EXPECT_EQ(std::vector<float>({0, 1, 1, 1, 0}), found.count);
  EXPECT_EQ(found.raw_sum[0], 4294967294.0 + 4294967168.0 + 1);
  given.pixels.exclude_maximum = false;
  found = reduce(*device_, given);
  EXPECT_EQ(found.saturated[0], 2U);
  EXPECT_EQ(std::vector<float>({1, 1, 1, 1, 1}), found.count);
  given.pixels.dummy = 4294967295.0;  // as float32 it is 2³², which all three of them become
  found = reduce(*device_, given);
  EXPECT_EQ(std::vector<float>({0, 0, 0, 1, 0}), found.count);
}

// The level is compared with the value as it is stored, not as float32 has it; a mark of dead pixels is above it too.
TEST_P(special_values, a_level_of_saturation_is_exact_and_leaves_nothing_out) {
  struct level {
    double at;
    pixel_type type;
    image_bits image;
    std::uint32_t saturated;
  };
  auto const f = [](float value) { return std::bit_cast<std::uint32_t>(value); };
  constexpr auto infinity = std::numeric_limits<float>::infinity();
  std::vector<level> const levels{
      {16777217, pixel_type::u32, {16777216, 16777217, 16777218, 7}, 2},
      {16777217.5, pixel_type::u32, {16777216, 16777217, 16777218, 0xffffffffU}, 2},
      {4294967296.0, pixel_type::u32, {0xffffffffU, 0xfffffffeU, 0, 1}, 1},  // the maximum always is
      {0x7fffffff, pixel_type::i32, {0x7fffffff, 0x7ffffffe, 0xffffffffU, 0x80000000U}, 1},
      {-1, pixel_type::i32, {0xfffffffeU, 0xffffffffU, 0, 5}, 3},
      {200, pixel_type::u8, {199, 200, 255, 0}, 2},
      {60000, pixel_type::u16, {59999, 60000, 60001, 65535}, 3},
      {3, pixel_type::u16, {2, 3, 300, 65535}, 3},
      {1.5, pixel_type::f32, {f(1.5F), f(1.4999999F), f(infinity), f(3e38F)}, 2},
      {-1.5, pixel_type::f32, {f(-1.5F), f(-1.4999999F), f(-infinity), f(-1.6F)}, 2},
  };
  for (auto const& [at, type, image, saturated] : levels) {
    auto given = row_of_pixels(type, {0, 1, 2, 3}, {1, 1, 1, 1}, image);
    auto const plain = reduce(*device_, given);
    given.pixels.saturation = at;
    auto const found = reduce(*device_, given);
    EXPECT_EQ(found.saturated[0], saturated) << name_of(type) << " " << at;
    EXPECT_EQ(found.signal, plain.signal);
    EXPECT_EQ(found.count, plain.count);
    EXPECT_EQ(found.raw_sum, plain.raw_sum);
    given.pixels.saturation = std::nan("");
    EXPECT_THROW(device_->make_reducer(given.what(), given.format), std::invalid_argument);
  }
}

TEST_P(special_values, saturated_pixels_are_counted_at_any_level) {
  std::mt19937 random(25);
  for (auto const type : {pixel_type::u8, pixel_type::u16, pixel_type::u32, pixel_type::i32, pixel_type::f32})
    for (double const at : {-2.0, 0.0, 1.0, 2.5, 30.0, 254.0, 255.0, 256.0, 65534.0, 65535.0, 7e4, 2147483648.0}) {
      auto given =
          make_case({.type = type, .rows = 67, .columns = 61, .frames = 19, .mask = true, .dark = true}, random);
      given.pixels.saturation = at;
      given.pixels.exclude_maximum = random() % 2 == 0;
      given.pixels.exclude_negative = random() % 2 == 0;
      auto const found = reduce(*device_, given);
      for (std::size_t i = 0; i < given.images.size(); ++i)
        expect_pattern(reduce_plainly(given, given.images[i]), found, i);
    }
}

TEST_P(special_values, masked_pixels_are_neither_saturated_nor_summed) {
  for (auto const type : {pixel_type::u8, pixel_type::u16, pixel_type::u32, pixel_type::i32}) {
    auto const maximum = maximum_bits(type);
    auto given = row_of_pixels(type, {0, 1, 2, 3}, {1, 1, 1, 1}, {maximum, maximum, 5, 5});
    given.pixels.mask = {1, 0, 1, 0};
    auto const found = reduce(*device_, given);
    EXPECT_EQ(found.saturated[0], 1U);
    EXPECT_EQ(found.raw_sum[0], type == pixel_type::i32 ? 5 + 2147483647.0 : 5.0);
  }
}

TEST_P(special_values, pixels_without_entries_are_in_the_raw_sum) {
  auto given = row_of_pixels(pixel_type::u16, {0, 0, 0, 0}, {1, 1, 1, 1}, {1, 20, 300, 4000});
  given.matrix.offsets = {0, 0, 1, 1, 1};
  given.matrix.bin.resize(1);
  given.matrix.coefficient.resize(1);
  auto const found = reduce(*device_, given);
  EXPECT_EQ(found.raw_sum[0], 4321.0);
  EXPECT_EQ(found.signal[0], 20.0F);
}

TEST_P(special_values, pixels_of_no_norm_or_no_dark_are_left_out) {
  constexpr auto infinity = std::numeric_limits<float>::infinity();
  auto given = row_of_pixels(pixel_type::u8, {0, 1, 2, 3, 4, 5}, {1, 1, 1, 1, 1, 1}, {1, 2, 3, 4, 5, 6});
  given.pixels.norm = {0.0F, std::nanf(""), -0.0F, infinity, 2, 2};
  given.pixels.dark = {0, 0, 0, 0, std::nanf(""), 1};
  auto const found = reduce(*device_, given);
  EXPECT_EQ(found.count, std::vector<float>({0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(found.signal, std::vector<float>({0, 0, 0, 0, 0, 5}));
  EXPECT_EQ(found.variance, std::vector<float>({0, 0, 0, 0, 0, 6}));
  EXPECT_EQ(found.raw_sum[0], 6.0);
}

TEST_P(special_values, a_matrix_without_entries_or_bins_gives_zeros_or_nothing) {
  std::mt19937 random(24);
  auto given = make_case({.bins = 5}, random);
  given.matrix.offsets.assign(given.format.pixels() + 1, 0);
  given.matrix.bin.clear();
  given.matrix.coefficient.clear();
  auto found = reduce(*device_, given);
  for (auto const& values : {found.signal, found.variance, found.norm, found.count})
    EXPECT_EQ(values, std::vector<float>(values.size(), 0.0F));
  given.matrix.bins = 0;
  found = reduce(*device_, given);
  for (std::size_t i = 0; i < given.images.size(); ++i)
    expect_pattern(reduce_plainly(given, given.images[i]), found, i);
}

XRDCT_FOR_EVERY_BACKEND(special_values);

}  // namespace
}  // namespace xrdct::test
